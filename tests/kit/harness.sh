#!/usr/bin/env bash
# harness: runs harness_test and looks at it from outside: what is left of a
# run that ends in whatever way, which verdicts it comes to, what it writes, and
# what it does where private networks are barred.
#
#     tests/kit/harness.sh [BUILD]           BUILD: build, unless said otherwise
#     tests/kit/harness.sh --record [BUILD]  takes what the failing checks say
#                                            now for right: read the difference!
# shellcheck disable=SC2317 # what a trap or ended_by calls is not unreachable
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
verdicts=$kit/tests/kit/harness_verdicts.txt
# shellcheck source=tests/kit/tap.bash
. "$kit/tests/kit/tap.bash"

record=
if [ "${1-}" = --record ]; then
    record=yes
    shift
fi
build=$(cd "${1-$kit/build}" && pwd) || exit 2
# shellcheck source=tests/kit/barred.bash
. "$kit/tests/kit/barred.bash"
top=$(mktemp -d)
readonly RUN_S=120                        # for a whole run: a hang ends here
readonly GONE_S=$((2 * ${LAB_PATIENCE:-1})) # for what a run leaves behind
readonly FORKED=4                         # processes of a server and 3 clients

cleanup() {
    local pids
    mapfile -t pids < <(jobs -pr)
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}"
    rm -rf "$top"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- a small build folder, with a lab that is there for the harness alone ----

lab=$top/labs/harness-test
program=$top/tests/kit/harness_test

add_case() { # NAME ARGUMENTS FIXED BROKEN
    mkdir -p "$lab/$1"
    printf 'order = 1\nrole = server\ntitle = %s\nargs = %s\n' "$1" "$2" \
        >"$lab/$1/case.ini"
    ln -s "$build/tests/kit/subjects/$3" "$lab/$1/fixed"
    ln -s "$build/tests/kit/subjects/$4" "$lab/$1/broken"
}

make_stage() {
    local subject
    mkdir -p "$lab" "${program%/*}"
    cp "$build/tests/kit/harness_test" "$program" || return 1
    for subject in "$build"/tests/kit/subjects/*; do
        [ -d "$subject" ] || ln -s "$subject" "$lab/"
    done
    ln -sf "$build/labs/lab02-starving/server_fork" "$lab/"
    add_case greeter 'listen=12345 accept say=hello end pause' actor actor
    add_case stayer '-p 12345' stubborn stubborn
}

# Runs the checks that match a filter, with these variables; the text goes to
# $top/text, the status to $status.
run() { # FILTER [NAME=VALUE...]
    env -u LT_SUBJECTS -u LT_STYLE "${@:2}" \
        timeout -k 5 "$RUN_S" "$program" --filter "$1" >"$top/text" 2>&1
    status=$?
}

# The verdicts of the last run, one a line: "passed   holds: a b c".
verdict_lines() {
    grep -E '^(passed|failed|timed out|crashed|kit problem) +[a-z]+.*: ' \
        "$top/text"
}

# Complains unless the last run ended with this status and this last line.
expect_run() { # STATUS LAST_LINE
    [ "$status" = "$1" ] || echo "status $status instead of $1"
    [ "$(tail -n 1 "$top/text")" = "$2" ] ||
        echo "'$(tail -n 1 "$top/text")' instead of '$2'"
}

# --- what is left of a run ---------------------------------------------------

# The processes, wherever they are, that have inherited our mark.
marked() { # MARK
    grep -lzxs "HARNESS_MARK=$1" /proc/[0-9]*/environ | cut -d/ -f3
}

# Waits until so many processes of server_fork have the mark.
wait_for_server() { # MARK
    local until=$((SECONDS + RUN_S)) pid count
    while [ $SECONDS -lt $until ]; do
        count=0
        for pid in $(marked "$1"); do
            [ "$(cat "/proc/$pid/comm" 2>&1)" = server_fork ] &&
                count=$((count + 1))
        done
        [ "$count" -eq "$FORKED" ] && return
    done
    echo "only $count processes of server_fork came"
}

# Waits until nothing has the mark; tells what still has.
wait_until_gone() { # MARK
    local until=$((SECONDS + GONE_S)) pid
    while [ -n "$(marked "$1")" ]; do
        [ $SECONDS -le $until ] && continue
        for pid in $(marked "$1"); do
            echo "left: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
        done
        return
    done
}

# The networks of these processes, as the kernel numbers them.
networks() { # PID...
    local pid
    for pid in "$@"; do
        readlink "/proc/$pid/ns/net"
    done 2>/dev/null | sort -u
}

# Tells which of these networks somebody is still in; ours does not count.
networks_left() { # NETWORK...
    local network own
    own=$(readlink /proc/self/ns/net)
    for network in "$@"; do
        [ "$network" = "$own" ] && continue
        find /proc/[0-9]*/ns/net -lname "$network" 2>/dev/null |
            sed 's/^/still in a private network: /'
    done
}

# Those of these processes that run the others: the first one, which is the
# runner, and its child, in which Criterion works.
runners_of() { # PID...
    local pid
    for pid in "$@"; do
        tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1 |
            grep -qx "$program" && echo "$pid"
    done 2>/dev/null
}

# Criterion's sockets of runners that are gone; removes them.
sockets_left() { # PID...
    local pid
    for pid in "$@"; do
        [ -e "/tmp/criterion_$pid.sock" ] || continue
        echo "left: /tmp/criterion_$pid.sock"
        rm -f "/tmp/criterion_$pid.sock"
    done
}

# Ports on which somebody listens in our own network.
listening() {
    awk '$4 == "0A" { print "listening: " $2 }' /proc/net/tcp /proc/net/tcp6
}

# Where this network is ours alone, nobody may listen in it now.
ports_left() {
    [ -z "${HARNESS_ALONE-}" ] || listening
}

# A run that ends by itself.
outcome() { # CHECK WORD STATUS
    local mark=$BASHPID.$1 complaints
    run "worked_outcomes/$1" "HARNESS_MARK=$mark"
    complaints=$(
        verdict_lines | grep -q "^$2 *outcomes: " || cat "$top/text"
        [ "$status" = "$3" ] || echo "status $status instead of $3"
        wait_until_gone "$mark"
        ports_left
    )
    check "nothing is left of a check when ${1//_/ }" "$complaints"
}

# A run that one function starts and another one ends.
ended_by() { # START END SENTENCE
    local mark=$BASHPID.$2 complaints pids runners networks job left
    set -m # a process group of its own, and SIGINT as a shell at work has it
    "$1" "$mark"
    set +m
    job=$!
    complaints=$(wait_for_server "$mark")
    mapfile -t pids < <(marked "$mark")
    mapfile -t networks < <(networks "${pids[@]}")
    mapfile -t runners < <(runners_of "${pids[@]}")
    "$2"
    complaints+=$(
        wait_until_gone "$mark"
        networks_left "${networks[@]}"
        ports_left
        left=$(sockets_left "${runners[@]}") # a killed one cannot help it
        [ "$2" = kill_it ] || printf %s "$left"
    )
    wait "$job"
    check "nothing is left of a run when $3" "$complaints"
} 2>"$top/err" # bash tells of every job that is killed

start() { # MARK
    HARNESS_MARK=$1 "$program" --filter worked_outcomes/it_stays \
        >"$top/text" 2>&1 &
}
start_in_a_terminal() { # MARK
    local command="HARNESS_MARK=$1 '$program'"
    command+=' --filter worked_outcomes/it_stays; exit' # a shell in between
    [ -p "$top/keys" ] || mkfifo "$top/keys"
    script -qefc "$command" /dev/null <"$top/keys" >"$top/text" 2>&1 &
    exec {keyboard}>"$top/keys"
}
interrupt() { kill -INT -- "-$job"; }
terminate() { kill -TERM "$job"; }
kill_it() { kill -KILL "$job"; }
kill_inner() { # the one of the two that the job is not
    local pid
    for pid in "${runners[@]}"; do
        [ "$pid" = "$job" ] || kill -KILL "$pid"
    done
}
press_ctrl_c() {
    printf '\003' >&"$keyboard"
    exec {keyboard}>&-
}

outcomes() {
    if [ ! -x "$lab/server_fork" ]; then
        skip "nothing is left of a run" "server_fork is not built"
        return
    fi
    outcome it_passes passed 0
    outcome it_fails failed 1
    outcome it_times_out 'timed out' 1
    outcome it_crashes failed 1
    ended_by start interrupt "SIGINT goes to its process group"
    ended_by start_in_a_terminal press_ctrl_c "Ctrl-C is pressed"
    ended_by start terminate "its runner gets SIGTERM"
    ended_by start kill_it "its runner is killed"
    ended_by start kill_inner "the process of Criterion is killed"
}

# --- what stands still -------------------------------------------------------

still() {
    run 'worked_still/*' LT_SILENCE=2
    check "a check that stands still has failed, and the others are judged" "$(
        expect_run 1 '1 passed, 1 failed'
        grep -q 'the check did not report' "$top/text" || cat "$top/text"
    )"
    run 'worked_outcomes/it_passes' LT_SILENCE=1 HARNESS_TEST_STANDS_STILL=1
    check "where Criterion stands still, the run ends, and nothing passes" "$(
        expect_run 75 'harness: Criterion stands still'
        grep -qx '0 passed, 1 failed' "$top/text" || cat "$top/text"
    )"
}

# --- what the harness promises -----------------------------------------------

# With signals ignored and a secret in the environment, as some who start the
# kit leave them.
promises() {
    local line
    trap '' PIPE HUP USR1
    run 'worked_holds/*' LT_SECRET=yes MAKEFLAGS=k
    trap - PIPE HUP USR1
    while IFS= read -r line; do
        check "${line:12}" "$([ "${line%% *}" = passed ] ||
            grep -A 12 -F "$line" "$top/text")"
    done < <(verdict_lines)
    check "these were all" "$([ "$status" = 0 ] || echo "status $status")"
}

# --- verdicts and what they say ----------------------------------------------

# Ports, times, and what depends on the kernel's own pace, made the same. What
# passed on the wire is looked at by picture.sh.
normalized() {
    sed -E -e '/^  ladder /d' -e 's/port [0-9]{2,5}$/port PORT/' \
        -e 's/(127\.0\.0\.[0-9]+):[0-9]+/\1:PORT/' \
        -e 's/^(  took +)[0-9]+ ms/\1N ms/' \
        -e 's/longer than [0-9]+ s/longer than N s/' \
        -e 's/FIN-WAIT[12]/FIN-WAIT/' \
        -e 's/[0-9]{5,} bytes not read/MANY bytes not read/' \
        -e '/^SEED=/,$d' "$top/text"
}

# Reads blocks "verdict   suite: sentence", each with its indented lines, into
# the array with this name, by sentence.
read_blocks() { # ARRAY
    local -n blocks=$1
    local line sentence=
    # shellcheck disable=SC2004 # an array by words, not by numbers
    while IFS= read -r line; do
        case $line in
        ' '*) blocks[$sentence]+=$'\n'$line ;;
        *)
            sentence=${line:12}
            blocks[$sentence]=$line
            ;;
        esac
    done
}

verdicts_are_right() {
    local -A wanted=() got=()
    local sentence
    run 'worked_@(fails|dies)/*'
    if [ -n "$record" ]; then
        normalized >"$verdicts"
        echo "recorded: $verdicts"
        return
    fi
    read_blocks wanted <"$verdicts"
    read_blocks got < <(normalized)
    for sentence in "${!wanted[@]}" "${!got[@]}"; do
        printf '%s\n' "$sentence"
    done | sort -u >"$top/sentences"
    while IFS= read -r sentence; do
        case ${got[$sentence]-} in
        'kit problem '*'so        no private network')
            skip "it is told rightly: $sentence" "no private network" ;;
        *)
            check "it is told rightly: $sentence" "$(diff \
                <(printf '%s\n' "${wanted[$sentence]-}") \
                <(printf '%s\n' "${got[$sentence]-}"))" ;;
        esac
    done <"$top/sentences"
    check "a run of checks that fail is not passed" \
        "$([ "$status" = 1 ] || echo "status $status")"
    check "every line fits 80 columns" "$(grep -nE '^.{81}' "$top/text")"
}

# Who waits for a program knows of its end before he has said so. strace makes
# him slow there.
death_is_told_late() {
    local words='a crash counts, however late its keeper tells of it'
    if ! strace -o "$top/trace" true 2>/dev/null; then
        skip "$words" 'strace cannot trace here'
        return
    fi
    timeout -k 5 "$RUN_S" env -u LT_SUBJECTS -u LT_STYLE \
        strace -f -o "$top/trace" -e trace=wait4 \
        -e inject=wait4:delay_exit=300000 "$program" \
        --filter 'worked_fails/a_crash_while_we_wait' >"$top/text" 2>&1
    check "$words" "$(grep -q '^crashed ' "$top/text" || cat "$top/text")"
}

# A fork of the runner is judged as Criterion's processes are. Left out is what
# takes long, and what calls Criterion itself.
forks() {
    local all='worked_@(holds|fails|dies)/!(it_takes*|it_is_skipped|it_fails*)'
    run "$all"
    verdict_lines | sort >"$top/lines"
    run "$all" LT_FORK=ok
    check "checks that are forks of the runner get the same verdicts" "$(
        [ -s "$top/lines" ] || echo "no verdicts"
        verdict_lines | sort | diff "$top/lines" - | head -n 20)"
    run 'worked_nobody/*' LT_FORK=ok
    check "for them, too, a filter that matches nothing is wrong usage" \
        "$([ "$status" = 2 ] || echo "status $status")"
}

statuses() {
    run 'worked_nobody/*'
    check "a filter that matches nothing is wrong usage" "$(
        [ "$status" = 2 ] || echo "status $status"
        grep -qx 'no check matches the filter' "$top/text" || cat "$top/text"
    )"
    run 'worked_outcomes/it_passes' CRITERION_ALWAYS_SUCCEED=1
    check "a run that passes has status 0" \
        "$(expect_run 0 '1 passed, 0 failed')"
    "$program" --no-such-option >"$top/text" 2>&1
    status=$?
    check "an unknown option is wrong usage" \
        "$([ $status = 2 ] || echo "status $status")"
    run 'worked_outcomes/it_passes' LT_JSON=/no/such/folder/file
    check "results that cannot be written are the kit's trouble" \
        "$([ $status = 75 ] || echo "status $status")"
}

# --- what programs read ------------------------------------------------------

# Complains about a file of JSON lines: every line must be valid, the plan the
# first and the totals the last, and in between one verdict for each check.
complaints_about_json() { # FILE
    local line n=0
    while IFS= read -r line; do
        n=$((n + 1))
        printf '%s' "$line" | python3 -m json.tool >/dev/null ||
            echo "line $n is not JSON"
    done <"$1" 2>&1
    python3 - "$1" 2>&1 <<'END'
import json
import sys

words = {"passed", "failed", "timed out", "crashed", "kit problem"}
lines = [json.loads(line) for line in open(sys.argv[1], encoding="ascii")]
plan, results, totals = lines[0]["plan"], lines[1:-1], lines[-1]
if [result["check"] for result in results] != plan:
    print("the results are not those of the plan")
if not all(result["verdict"] in words for result in results):
    print("a verdict is none of the five words")
passed = sum(result["verdict"] == "passed" for result in results)
if totals != {"passed": passed, "total": len(plan)}:
    print("the totals are wrong:", totals)
END
}

json_is_right() {
    local mark=$BASHPID.json complaints runners job
    run 'worked_@(outcomes|dies)/!(it_stays)' "LT_JSON=$top/json"
    check "LT_JSON is JSON lines: plan, a verdict for each check, totals" \
        "$(complaints_about_json "$top/json")"
    check "what a program sends and prints is escaped for people" \
        "$(LC_ALL=C grep -nP '[^\x20-\x7e]' "$top/text" | cat -v)"
    check "a program that forges verdicts is not believed" "$(
        verdict_lines | grep 'forger' | grep -v '^failed '
        grep -q '"check":"worked_outcomes/a_forger[^{]*"verdict":"failed"' \
            "$top/json" || echo "its verdict in JSON is another"
    )"
    HARNESS_MARK=$mark LT_JSON=$top/json \
        "$program" --filter 'worked_outcomes/it_stays' >"$top/text" 2>&1 &
    job=$!
    complaints=$(wait_for_server "$mark")
    # shellcheck disable=SC2046 # numbers
    mapfile -t runners < <(runners_of $(marked "$mark"))
    kill -KILL "$job"
    wait "$job" 2>"$top/err"
    check "a run that is killed leaves the plan" "$complaints$(
        [ "$(cat "$top/json")" = '{"plan":["worked_outcomes/it_stays"]}' ] ||
            echo "instead of the plan: $(cat "$top/json")"
        wait_until_gone "$mark"
    )"
    sockets_left "${runners[@]}" >"$top/err"
}

# --- the knobs ---------------------------------------------------------------

seeded_text() { # NAME=VALUE...
    run worked_seeded/a_text "$@"
    sed -n 's/^  so  *//p' "$top/text"
}

knobs() {
    local seed first again other
    first=$(seeded_text SEED=7)
    again=$(seeded_text SEED=7)
    other=$(seeded_text SEED=8)
    check "a SEED repeats its texts" "$(
        [ "${#first}" = 40 ] || echo "no text: '$first'"
        [ "$first" = "$again" ] || printf '%s\n%s\n' "$first" "$again"
    )"
    check "another SEED has other texts" \
        "$([ "$first" != "$other" ] || echo "$first")"
    first=$(seeded_text -u SEED)
    seed=$(sed -n 's/^SEED=\([0-9]*\) repeats this run$/\1/p' "$top/text")
    again=$(seeded_text "SEED=$seed")
    check "a run without SEED prints the one that repeats it" "$(
        [ -n "$seed" ] && [ "$first" = "$again" ] ||
            printf 'SEED=%s\n%s\n%s\n' "$seed" "$first" "$again"
    )"
    run worked_patient/the_limit_is_longer LAB_PATIENCE=3
    check "LAB_PATIENCE stretches the limit of a check" \
        "$(expect_run 0 '1 passed, 0 failed')"
    for patience in 1 0 -3 much; do
        run worked_patient/the_limit_is_longer "LAB_PATIENCE=$patience"
        check "LAB_PATIENCE=$patience does not" \
            "$(expect_run 1 '0 passed, 1 failed')"
    done
    check "too few descriptors for a check are the kit's trouble" "$(
        ulimit -n 1024
        run 'worked_holds/a_program_that_is_started_late*'
        expect_run 75 '0 passed, 0 failed, 1 skipped'
        grep -q "so        'ulimit -Hn' must be .* and is 1024$" "$top/text" ||
            cat "$top/text"
    )"
}

# --- cases -------------------------------------------------------------------

# Nothing that the last run did not cover, but these checks.
only_uncovered() { # SENTENCE...
    diff <(printf '%s\n' "$@" | sort) <(
        sed -n '/^not covered /{N
            s/^not covered \(.*\)\n  so        no private network.*/\1/p;}' \
            "$top/text" | sort)
}

cases() {
    run 'repair_greeter/it_greets'
    check "a repair check runs 'fixed' with the arguments of its case.ini" \
        "$(expect_run 0 '1 passed, 0 failed')"
    rm "$lab/greeter/fixed"
    run 'repair_greeter/it_greets'
    check "where 'fixed' is missing, it fails" \
        "$(expect_run 1 '0 passed, 1 failed')"
    ln -s "$build/tests/kit/subjects/actor" "$lab/greeter/fixed"
    run 'symptom_greeter/*'
    check "a symptom check that finds no symptom fails" \
        "$(expect_run 1 '0 passed, 1 failed')"
    run 'repair_greeter/it_greets' "LT_SUBJECTS=$top/nowhere"
    check "LT_SUBJECTS comes before what the kit built" \
        "$(expect_run 1 '0 passed, 1 failed')"
    run 'repair_stayer/*'
    check "a check that times out leaves the port to the next one" "$(
        verdict_lines | diff - <(
            echo 'timed out   stayer: it takes too long'
            echo 'passed      stayer: the next one gets the port'
        )
    )"
}

# --- private networks --------------------------------------------------------

# /proc/net/tcp is read again and again: in the machine's own table of
# connections, that takes milliseconds.
small_table() {
    local knob=/proc/sys/net/ipv4/tcp_child_ehash_entries
    if [ ! -e "$knob" ]; then
        skip "a private network has a table of its own" "Linux before 6.1"
        return
    fi
    check "a private network has a table of its own" "$(
        entries=$("$build/tests/harness/labnet" cat "${knob/child_/}")
        [ "$entries" = 8192 ] || echo "entries: $entries")"
}

same_everywhere() {
    local settings=/proc/sys/net/ipv4
    check "a write is short at the same point everywhere" "$(
        "$build/tests/harness/labnet" cat "$settings"/tcp_congestion_control \
            "$settings"/tcp_wmem | diff <(
                echo reno
                printf '4096\t16384\t1048576\n'
            ) -)"
}

# A program sleeps while the kernel still has what it sent: on a loopback device
# that needs a second for it, as on a machine that is very busy.
slow_loopback() {
    local words="what the kernel has still is waited for"
    if ! "$build/tests/harness/labnet" tc qdisc add dev lo root tbf \
        rate 40kbit burst 5000 latency 5s 2>"$top/err"; then
        skip "$words" "the loopback device cannot be made slow"
        return
    fi
    "$build/tests/harness/labnet" sh -c 'tc qdisc add dev lo root tbf \
        rate 40kbit burst 5000 latency 5s && exec "$@"' slow \
        "${no_networks[@]}" env LT_JSON="$top/json" timeout -k 5 "$RUN_S" \
        "$program" --filter 'worked_holds/many_bytes_at_once*' \
        >"$top/text" 2>&1
    status=$?
    check "$words" "$(
        expect_run 0 '1 passed, 0 failed'
        grep -qE '"seconds":(0\.[5-9]|[1-9])' "$top/json" ||
            echo 'it was not slow' "$(cat "$top/json")")"
}

# --- where private networks are barred ---------------------------------------

readonly NEED_NETWORK=(
    'holds: many messages are one segment'
    'holds: one byte at a time is one packet each'
    'holds: packets are counted by their flags'
)

# In JSON lines, the checks' own times add up to no more than the run's.
complaints_about_order() { # FROM TO FILE
    python3 - "$@" 2>&1 <<'END'
import json
import sys

took = float(sys.argv[2]) - float(sys.argv[1])
lines = [json.loads(line) for line in open(sys.argv[3], encoding="ascii")]
total = sum(line.get("seconds", 0) for line in lines)
if total > took:
    print(f"{total} s of checks in {took} s: not one at a time")
END
}

two_at_once() {
    local other
    timeout -k 5 "$RUN_S" "$program" --filter 'repair_greeter/it_greets' \
        >"$top/other" 2>&1 &
    other=$!
    run 'repair_greeter/it_greets'
    expect_run 0 '1 passed, 0 failed'
    wait "$other" || cat "$top/other"
}

where_barred() {
    local passed=0 start_s end_s foreigner
    start_s=$EPOCHREALTIME
    run 'worked_holds/*' "LT_JSON=$top/json"
    end_s=$EPOCHREALTIME
    passed=$(verdict_lines | grep -c '^passed ')
    check "what needs no private network passes" "$(
        grep -A 12 -E '^(failed|timed out|crashed) ' "$top/text"
        [ "$passed" -gt 30 ] || echo "only $passed checks passed"
    )"
    check "what needs one is named, and no more" \
        "$(only_uncovered "${NEED_NETWORK[@]}")"
    check "the checks run one at a time" "$(complaints_about_order \
        "$start_s" "$end_s" "$top/json")"
    check "what is not covered is the kit's trouble" \
        "$(expect_run 75 "$passed passed, 0 failed, 3 skipped")"
    run 'worked_holds/@(packets|a_text)*' LT_UNCOVERED=ok
    check "unless LT_UNCOVERED=ok says that it is known" \
        "$(expect_run 0 '1 passed, 0 failed, 1 skipped')"
    run 'repair_greeter/*' LT_UNCOVERED=ok
    check "a case is checked on the real port" "$(
        expect_run 0 '1 passed, 0 failed, 1 skipped'
        ports_left
    )"
    check "two runs at once take turns" "$(two_at_once)"
    socat TCP-LISTEN:12345,bind=127.0.0.1,reuseaddr,fork PIPE &
    foreigner=$!
    until listening | grep -q ':3039$'; do :; done
    run 'repair_greeter/*' LT_UNCOVERED=ok
    check "where 12345 is taken, a case is a kit problem" "$(
        expect_run 0 '0 passed, 0 failed, 2 skipped'
        only_uncovered 'greeter: it greets' 'greeter: it is seen on the wire'
        grep -q '^  so  *no private network, and port 12345 is taken$' \
            "$top/text" || cat "$top/text"
    )"
    check "and who has taken it lives on" \
        "$(kill -0 "$foreigner" 2>&1 && echo hello |
            socat - TCP:127.0.0.1:12345 | grep -qx hello ||
            echo "it does not answer")"
    kill "$foreigner"
    wait "$foreigner" 2>"$top/err"
}

# Takes over the lines of another run of this test.
take_over() {
    local line
    while IFS= read -r line; do
        case $line in
        'ok - '*) ok "where networks are barred: ${line#ok - }" ;;
        'not ok - '*) not_ok "where networks are barred: ${line#not ok - }" ;;
        'skip - '*)
            tap_skipped=$((tap_skipped + 1))
            echo "$line"
            ;;
        *) echo "$line" ;;
        esac
    done
}

# --- all of it ---------------------------------------------------------------

if ! make_stage 2>"$top/err"; then
    not_ok "the harness is built" "$(cat "$top/err")"
    finish
fi
if [ -n "${HARNESS_BARRED-}" ]; then
    outcomes
    cases
    where_barred
    finish
fi
if "$build/tests/harness/labnet" -t >"$top/err" 2>&1; then
    verdicts_are_right
    [ -z "$record" ] || exit 0
    promises
    death_is_told_late
    forks
    outcomes
    still
    statuses
    json_is_right
    knobs
    cases
    small_table
    same_everywhere
    slow_loopback
    HARNESS_ALONE=yes HARNESS_BARRED=yes "${barred[@]}" \
        "$0" "$build" >"$top/barred" 2>&1
    take_over <"$top/barred"
else
    verdicts_are_right
    [ -z "$record" ] || exit 0
    statuses
    json_is_right
    knobs
    HARNESS_BARRED=yes "$0" "$build" >"$top/barred" 2>&1
    take_over <"$top/barred"
fi
finish
