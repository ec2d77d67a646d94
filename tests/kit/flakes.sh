#!/usr/bin/env bash
# flakes: everything many times. A false result is a bug to find.
# usage: tests/kit/flakes.sh [BUILD [RUNS [LOADED [KIT [NAME...]]]]]
# tests/labs RUNS times (200), then LOADED times (50) under a load of twice the
# cores, then the kit's own tests KIT times (10), all or those named: so several
# machines can share the work. Prints each failure as it comes, at the end the
# wall time and the counts.
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
runs=${2:-200} loaded=${3:-50} kit_runs=${4:-10} kit_tests=("${@:5}")
top=$(mktemp -d)
load=()
end() {
    [ ${#load[@]} -eq 0 ] || kill "${load[@]}" 2>/dev/null
    rm -rf "$top"
}
trap end EXIT
trap 'exit 130' INT TERM
passed=0 failed=0

labs_once() { # LABEL
    local test
    for test in "$build"/tests/labs/lab??_*; do
        [ -d "$test" ] && continue # meson's objects
        if LT_UNCOVERED=ok timeout -k 5 300 "$test" >"$top/log" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "$1: $(basename "$test")"
            grep -v '^passed' "$top/log"
        fi
    done
}

echo "tests/labs, $runs times"
for ((i = 1; i <= runs; i++)); do
    labs_once "run $i"
done
echo "after $SECONDS s: $passed passed, $failed failed"
echo "tests/labs, $loaded times under load"
for ((i = 0; i < 2 * $(nproc); i++)); do
    (while :; do :; done) &
    load+=($!)
done
for ((i = 1; i <= loaded; i++)); do
    labs_once "loaded run $i"
done
kill "${load[@]}"
load=()
echo "after $SECONDS s: $passed passed, $failed failed"
echo "tests/kit, $kit_runs times"
for ((i = 1; i <= kit_runs; i++)); do
    if meson test -C "$build" --no-rebuild --suite kit "${kit_tests[@]}" \
        >"$top/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "kit run $i"
        awk -f tests/totals.awk "$build/meson-logs/testlog.txt"
    fi
done
echo "after $SECONDS s of wall time"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
