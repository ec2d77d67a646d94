#!/usr/bin/env bash
# guards: a stack that overflows kills, by name, and 100,000 tasks live, on the
# kernels that have no guard pages of the new kind as well.
# usage: tests/kit/guards.sh
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mapfile -t flags <common/cflags

gcc "${flags[@]}" -Werror -g -O1 -Wl,--wrap=madvise,--wrap=mprotect \
    common/{,coro/}*.c tests/coro_selftest/guards.c -pthread -o "$top/guards" \
    >"$top/log" 2>&1
check "the program is built" "$(grep -E 'error|undefined' "$top/log")"

# run KERNEL WHAT: what it says goes to $top/said, its status to $status.
run() {
    timeout 120 "$top/guards" "$@" >"$top/said" 2>&1
    status=$?
} 2>/dev/null # bash tells of a program that a signal has killed

dies_by_name() { # KERNEL SENTENCE
    run "$1" overflow
    check "$2, an overflow dies with its task's name" "$(
        [ $status -eq $((128 + 11)) ] || echo "status $status"
        grep -q '^overflow: task deep one, spawned at ' "$top/said" ||
            cat "$top/said"
    )"
}

# With that notice, or with none.
lives() { # KERNEL SENTENCE [NOTICE]
    run "$1" alive
    check "$2, 100,000 tasks live" "$(
        [ $status -eq 0 ] || echo "status $status"
        diff <(printf '%s\n' ${3:+"$3"} '100000 alive' '100000 cancelled' |
            sort) <(sort "$top/said")
    )"
}

notice='coro: from task %d on, stacks have no guard page'
# shellcheck disable=SC2059 # it is a format
many=$(printf "$notice" 30001) few=$(printf "$notice" 101)
on="on this kernel"
dies_by_name new "$on"
if strace -e trace=madvise "$top/guards" new overflow 2>&1 |
    grep -qE 'madvise.*(0x66|MADV_GUARD_INSTALL).* = 0'; then
    lives new "$on"
else
    lives new "$on" "$many"
fi
dies_by_name old "before Linux 6.13"
lives old "before Linux 6.13" "$many"
dies_by_name pretends "where a guard is a pretence"
dies_by_name full "with few mappings left"
lives full "with few mappings left" "$few"
finish
