#!/usr/bin/env bash
# twenty: twenty students run `make lab03-check` on one machine at once. Half of
# them have mended everything. Nobody may disturb anybody.
# usage: tests/kit/twenty.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash
unset MAKEFLAGS MFLAGS MAKELEVEL
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

if ! "$build/tests/harness/labnet" -t >/dev/null 2>&1; then
    skip "twenty students at once" "no private network"
    finish
fi
for n in {1..20}; do
    copy_kit "$top/$n"
    [ "$n" -gt 10 ] || mend "$top/$n" lab03
done
for n in {1..20}; do
    (
        timeout 300 make -C "$top/$n" lab03-check >"$top/$n.log" 2>&1
        echo $? >"$top/$n.status"
    ) &
done
wait

# The verdicts without what differs from run to run.
verdicts() {
    grep -E '^(passed|failed|timed out|crashed|kit problem) +' "$1" | sort
}
verdicts "$top/11.log" >"$top/broken"
total=$(wc -l <"$top/broken")
for n in {1..20}; do
    problem=''
    if [ "$n" -le 10 ]; then
        [ "$(<"$top/$n.status")" = 0 ] &&
            grep -q "^$total passed, 0 failed" "$top/$n.log" ||
            problem=$(grep -v ^passed "$top/$n.log" | tail -n 15)
        check "student $n has mended everything and passes" "$problem"
    else
        verdicts "$top/$n.log" | cmp -s - "$top/broken" ||
            problem=$(verdicts "$top/$n.log" | diff - "$top/broken")
        [ "$(<"$top/$n.status")" = 2 ] || problem="status $(<"$top/$n.status")"
        ! grep -q '^kit problem' "$top/$n.log" || problem="a kit problem"
        check "student $n sees the same verdicts as alone" "$problem"
    fi
done
finish
