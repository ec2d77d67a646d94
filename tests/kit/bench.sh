#!/usr/bin/env bash
# bench: does the bench ask every peer, compare every answer, and count right?
# How long anything takes is no matter here.
#
# usage: tests/kit/bench.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(cd "$kit" && realpath "${1:-build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
export PYTHONDONTWRITEBYTECODE=1
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT

# bench OUT [WORD...]: a run of a little of everything.
bench() {
    local out=$1
    shift
    timeout 100 tests/bench/bench.py "$build" "$top/$out" tiny "$@" \
        >"$top/said" 2>"$top/complaint"
}

check 'the peers that are here are built' "$(
    flock "$build/.lock" ninja -C "$build" peers >"$top/log" 2>&1 ||
        grep -v '^\[' "$top/log" | head -n 20
)"

# --- everyone is asked -------------------------------------------------------

check 'a run ends well' "$(bench all || head -n 5 "$top/complaint")"
lacking=$(sed -n 's/^left out: //p' "$top/said")
if [ -n "$lacking" ]; then
    skip 'every peer takes part' "$lacking"
else
    ok 'every peer takes part'
fi
check 'each server that is here answers, and each answer is right' "$(
    python3 tests/kit/bench_results.py answers "$top/all/results.json" 2>&1
)"
check 'the table has medians and ratios of the slices' "$(
    python3 tests/kit/bench_results.py table "$top/all/results.json" \
        "$top/all/table.txt" 2>&1
)"
check 'what is printed is the table' "$(diff "$top/said" "$top/all/table.txt")"
check 'the table has 80 columns' \
    "$(LC_ALL=C.UTF-8 grep -nE '.{81}' "$top/said")"
check 'each plot is SVG that says what it shows, in light, dark and print' "$(
    for name in echo connections pieces; do
        python3 tests/kit/bench_results.py plot "$top/all/bench-$name.svg" 2>&1
        [ -s "$top/all/bench-$name.txt" ] || echo "$name: no words beside it"
    done
)"

# --- nothing goes unnoticed --------------------------------------------------

bench wrong libuv="$build/tests/bench/peers/wrong -p 0"
status=$?
check 'a wrong answer ends the run, and is named' "$(
    [[ $status = 1 && $(<"$top/complaint") = *'libuv: the reply differs'* ]] ||
        echo "status $status: $(<"$top/complaint")"
    [ ! -e "$top/wrong" ] || echo 'there are results'
)"
bench missing go="$top/nowhere/echo_go" libev=/bin/true
status=$?
check 'a missing peer is named, with its package, and left out' "$(
    [ "$status" = 0 ] || echo "status $status: $(<"$top/complaint")"
    grep -qxF "left out: Go's net (./setup bench brings golang-go)" \
        "$top/said" || cat "$top/said"
    grep -qE "^. Go's net  " "$top/said" && echo 'it is in the table'
)"
check 'one that cannot serve is named, with what it did' "$(
    grep -qF 'libev: it does not say where it listens' "$top/said" ||
        cat "$top/said"
)"
check 'without a yardstick there is no bench' "$(
    bench none raw_epoll=/bin/true
    [[ $? = 75 && $(<"$top/complaint") = 'bench: no yardstick'* ]] ||
        cat "$top/complaint"
)"

# --- sums, by hand -----------------------------------------------------------

# Two rounds: an echo takes raw epoll 4 us and 5 us, lab 05 8 us and 5 us: 2.00
# and 1.00 times as long, at half and at the same rate.
cat >"$top/hand.json" <<'END'
{"conditions": {"run": "by hand", "date": "2026-01-01", "processor": "a hand",
  "processors": 2, "kernel": "6", "system": "paper", "slice_ms": 1,
  "rounds": 2, "tries": 3},
 "echo": [{"row": {"connections": 100, "bytes": 16, "idle": 0,
   "mode": "lines"}, "failed": {}, "slices": {
   "raw_epoll": [
    {"replies": 100, "seconds": 1, "cpu_s": 0.0004, "p50_us": 10,
     "p99_us": 20, "p999_us": 30, "beside": -1, "disturbed": false},
    {"replies": 200, "seconds": 1, "cpu_s": 0.0010, "p50_us": 10,
     "p99_us": 20, "p999_us": 30, "beside": 0, "disturbed": false}],
   "lab05": [
    {"replies": 50, "seconds": 1, "cpu_s": 0.0004, "p50_us": 12,
     "p99_us": 30, "p999_us": 30, "beside": 0, "disturbed": true},
    {"replies": 200, "seconds": 1, "cpu_s": 0.0010, "p50_us": 14,
     "p99_us": 20, "p999_us": 30, "beside": 1, "disturbed": false}]}}],
 "memory": {"lab05": {"connections": 10, "16": 4162.4}}, "missing": [],
 "calls": {"lab05": [{"connections": 100, "replies": 7,
   "each": {"recvfrom": 1.0, "sendto": 1.0, "epoll_wait": 0.03}}]},
 "pieces": {"yield": {"runtime": [6.0, 8.0, 7.0], "go": [1234.5]}}}
END
tests/bench/bench.py --show "$top/hand.json" >"$top/shown"
has() { # SENTENCE LINE: a line of the table, however wide its gaps are
    check "by hand: $1" "$(tr -s ' ' <"$top/shown" | grep -qxF -- "$2" ||
        cat "$top/shown")"
}
has 'medians, ratios, their ends, and who was disturbed' \
    '~ lab 05, coroutines 6.50 1.50 (1.00, 2.00) 0.75 13.0 1.25'
has 'the yardstick is compared with itself' \
    ' raw epoll 4.50 1.25 (1.25, 1.25) 2.00 10.0 1.00'
has 'memory, and calls added up' \
    ' lab 05, coroutines 4,162 - - 2.03'
has 'pieces' ' a yield, 2 7.00 1,234'
has 'how many slices were disturbed' \
    'by hand: 4 slices of 1 ms; 1 of them were disturbed by others, also'

for words in '' 'x' "$build $top/x soon" "$build $top/x tiny nobody=x"; do
    # shellcheck disable=SC2086 # several words
    tests/bench/bench.py $words >/dev/null 2>"$top/complaint"
    [ $? = 2 ] || not_ok "wrong usage: $words" "$(cat "$top/complaint")"
done
ok 'wrong usage has status 2'
finish
