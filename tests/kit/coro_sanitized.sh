#!/usr/bin/env bash
# coro_sanitized: the runtime's tests and lab 05's under ASan and UBSan, under
# TSan, under valgrind, and with the other way to switch stacks.
# usage: tests/kit/coro_sanitized.sh [BUILD]
#
# Each process writes what a tool finds in it to a file of its own, and those
# files are the verdict, whatever a test's status is: Criterion takes a leak for
# passed, and an invalid write in a forked child too. tests/coro_selftest has
# such faults planted, to be found by the same means.
#
# Under TSan and valgrind tests run without Criterion (forked.h); 100,000 tasks
# are a thousand there. What measures time, memory or threads may fail under
# them: there, only the logs count.
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
logs=$top/logs
export LT_UNCOVERED=ok LAB_PATIENCE=${LAB_PATIENCE:-5}
threaded='coro_@(offload|servers|signals)/*' # what the runtime has threads for

# --- builds ------------------------------------------------------------------

# What the tools are told goes into the programs themselves: the harness starts
# them with an environment of its own.
cat >"$top/told.c" <<END
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "log_path=$logs/asan:detect_leaks=1";
}
END

# A check leaves it to the end of its process to free its peers.
echo leak:tests/harness/ >"$top/leaks_meant"
cat >"$top/errors_meant" <<'END'
{
   the peers of a check
   Memcheck:Leak
   match-leak-kinds: all
   ...
   fun:peer_adopt
}
{
   what Criterion's own threads hold when a check has failed
   Memcheck:Leak
   match-leak-kinds: all
   ...
   obj:*/libnanomsg.so*
}
{
   the same
   Memcheck:Leak
   match-leak-kinds: all
   ...
   fun:_dl_allocate_tls
}
{
   the list of tests, which each has from the runner
   Memcheck:Leak
   match-leak-kinds: all
   ...
   fun:criterion_initialize
}
END

# build NAME OPTION...: what the tests here need, in $top/NAME.
build() {
    local sentence="the runtime is built with $1" targets
    if meson setup "$top/$1" "${@:2}" >"$top/log" 2>&1 &&
        mapfile -t targets < <(ninja -C "$top/$1" -t targets rule c_LINKER |
            grep -E '^tests/coro(_selftest)?/') &&
        ninja -C "$top/$1" lab05 "${targets[@]}" >"$top/log" 2>&1; then
        ok "$sentence"
    else
        not_ok "$sentence" "$(grep -E 'error|ERROR' "$top/log" | head -n 10)"
        return 1
    fi
}

# --- runs --------------------------------------------------------------------

# Those logs that tell of something. A log of valgrind does so in lines that
# begin with a place in the code. Not meant: what dies on purpose.
telling_logs() {
    grep -slE '^(==[0-9]+==)? +(#0|at) |runtime error|switching stacks' \
        "$logs"/* | xargs -r grep -sLE 'dies on purpose|subjects/overflow'
}

# Runs a command; its last line goes to $last.
run() { # COMMAND...
    rm -rf "$logs"
    mkdir "$logs"
    UBSAN_OPTIONS=log_path=$logs/ubsan:print_stacktrace=1 \
        TSAN_OPTIONS=log_path=$logs/tsan \
        LSAN_OPTIONS=suppressions=$top/leaks_meant:print_suppressions=0 \
        timeout 900 "$@" >"$top/out" 2>&1
    last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$top/out" | tail -n 1)
} 2>/dev/null # bash tells of a program that a signal has killed

# What the logs tell of, if anything.
told() {
    local log
    for log in $(telling_logs | head -n 3); do
        echo "${log##*/}:"
        grep -vE '^=+$' "$log" | head -n 25
    done
}

# A command that must pass, and whose logs must tell of nothing.
passes() { # SENTENCE COMMAND...
    run "${@:2}"
    check "$1 (${last:-it died})" "$(
        if ! grep -qE '^[1-9][0-9]* passed, 0 failed$' <<<"$last"; then
            echo "It said:"
            grep -vE '^(passed|ok)' "$top/out" | tail -n 20
        fi
        told
    )"
}

# The same, but some of it may fail.
tells_nothing() { # SENTENCE COMMAND...
    run "${@:2}"
    check "$1 (${last%,*})" "$(
        grep -qE '^[1-9][0-9]* passed' <<<"$last" || cat "$top/out"
        told
    )"
}

# A command in whose logs there must be this.
finds() { # SENTENCE PATTERN COMMAND...
    run "${@:3}"
    check "$1" "$(telling_logs | xargs -r grep -qE "$2" ||
        { echo "no '$2' in:" && cat "$logs"/* && tail -n 5 "$top/out"; })"
}

# Every executable of a folder, but for those that take part in tests only.
programs() { # FOLDER
    find "$1" -maxdepth 1 -type f -perm /111 ! -name 'planted*' | sort
}

# --- ASan and UBSan ----------------------------------------------------------

address() {
    local program
    cc -c "$top/told.c" -o "$top/told.o"
    build asan -Db_sanitize=address,undefined -Dc_link_args="$top/told.o" ||
        return
    finds "ASan finds a planted leak" 'LeakSanitizer.*leaks' \
        "$top/asan/tests/coro_selftest/planted" --filter planted/leak
    finds "ASan finds a planted invalid write" 'heap-buffer-overflow' \
        "$top/asan/tests/coro_selftest/planted" --filter planted/invalid_write
    finds "UBSan finds a planted overflow" 'signed integer overflow' \
        "$top/asan/tests/coro_selftest/planted" --filter planted/overflow
    for program in $(programs "$top/asan/tests/coro_selftest") \
        $(programs "$top/asan/tests/coro"); do
        passes "ASan and UBSan: ${program##*/}" "$program"
    done
    passes "ASan and UBSan: lab 05" "$top/asan/tests/labs/lab05_coroutines" \
        --filter 'worked_*/*'
}

# --- TSan --------------------------------------------------------------------

# The checks are the ordinary ones; a folder of links makes them take another
# server for lab 05's.
threads() {
    local stage=$top/stage selftest=tests/coro_selftest
    build tsan -Db_sanitize=thread || return
    finds "TSan finds a planted race" 'data race' \
        env LT_FORK=ok "$top/tsan/$selftest/planted" --filter planted/race
    passes "TSan: coro_selftest" "$top/tsan/$selftest/coro_selftest"
    LT_FORK=ok CORO_MANY=1000 LAB_PATIENCE=1 tells_nothing \
        "TSan: coro_test, its tests with threads" \
        "$top/tsan/tests/coro/coro_test" --filter "$threaded"
    mkdir -p "$stage/tests/labs"
    cp "$build/tests/labs/lab05_coroutines" "$stage/tests/labs/"
    cp -r "$top/tsan/labs" "$stage/"
    tells_nothing "TSan: lab 05" "$stage/tests/labs/lab05_coroutines" \
        --filter 'worked_*/*'
}

# --- valgrind ----------------------------------------------------------------

# session SERVER...: ten clients of a server, and its end. (The harness would
# take a program that works so long before it listens for one that never will.)
# shellcheck disable=SC2317 # another shell calls it
session() {
    local server address="" i got=0
    "$@" >"$top/announced" 2>"$top/err" &
    server=$!
    while [ -z "$address" ] && kill -0 "$server"; do
        address=$(sed -n 's/^listening on //p' "$top/announced")
    done
    for i in 1 2 3 4 5 6 7 8 9 10; do
        got=$((got + $(printf 'hello %s\n' "$i" "$i again" |
            socat -t 20 - "TCP:$address" | grep -c "^hello $i")))
    done
    kill -TERM "$server"
    wait "$server" && [ "$got" = 20 ] && echo "20 passed, 0 failed"
}
export -f session
export top

memory() {
    local watched program
    # A frame of 2 MiB is among what is tested: not a switch of stacks.
    local valgrind=(valgrind --vgdb=no --trace-children=yes
        --log-file="$logs/%p" --max-stackframe=3000000 --leak-check=full
        --suppressions="$top/errors_meant"
        '--errors-for-leak-kinds=definite,possible')
    local -x CORO_MANY=1000 LAB_PATIENCE=20 LT_FORK=ok
    if ! command -v valgrind >/dev/null; then
        skip "valgrind finds nothing" "valgrind is not installed"
        return
    fi
    finds "valgrind finds a planted leak" 'definitely lost' "${valgrind[@]}" \
        "$build/tests/coro_selftest/planted" --filter planted/leak
    finds "valgrind finds a planted invalid write" 'Invalid write' \
        "${valgrind[@]}" "$build/tests/coro_selftest/planted" \
        --filter planted/invalid_write
    passes "valgrind: coro_selftest" "${valgrind[@]}" \
        "$build/tests/coro_selftest/coro_selftest"
    passes "valgrind: coro_selftest, ucontext" "${valgrind[@]}" \
        "$top/ucontext/tests/coro_selftest/coro_selftest"
    for program in $(programs "$build/tests/coro"); do
        tells_nothing "valgrind: ${program##*/}" "${valgrind[@]}" "$program"
        watched=$(find "$logs" -type f | wc -l)
        check "and it watched each test's process" \
            "$([ "$watched" -gt "${last%% *}" ] || echo "$watched processes")"
    done
    passes "valgrind: lab 05's server" bash -c 'session "$@"' session \
        "${valgrind[@]}" "$build/labs/lab05-coroutines/server" -p 0
}

# --- all of it ---------------------------------------------------------------

address
rm -rf "$top/asan"
threads
rm -rf "$top/tsan"
if build ucontext -Ducontext=true; then
    for program in $(programs "$top/ucontext/tests/coro_selftest") \
        $(programs "$top/ucontext/tests/coro"); do
        passes "ucontext: ${program##*/}" "$program"
    done
fi
memory
finish
