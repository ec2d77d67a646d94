#!/usr/bin/env bash
# backtrace: what gdb shows of a task: who called whom, down to where the task
# began, and nothing else; also in the middle of a switch.
# usage: tests/kit/backtrace.sh
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mapfile -t flags <common/cflags

cat >"$top/deep.c" <<'END'
#include "coro.h"

#define CALLED __attribute__((noinline)) static int

CALLED
third(int n)
{
    return task_yield() + n; /* the task stops here, and goes on here */
}

CALLED
second(int n)
{
    return third(n + 1) + n;
}

static int
other(void *arg)
{
    (void)arg;
    return task_yield();
}

CALLED
first(void *arg)
{
    struct task *t = task_spawn("other", other, arg);

    return second(1) + task_join(t, NULL, FOREVER) + 1;
}

int
main(void)
{
    return loop_run(first, NULL) != 4;
}
END

# Stops in the third call; then at each instruction of some switches: to another
# task that begins, back, again, and from its end. The `bt` of each place
# follows a line "at PLACE".
cat >"$top/commands" <<'END'
set pagination off
set width 0
set print frame-info short-location
set print frame-arguments none
break third
run
echo at third\n
bt
echo at the end\n
END
cat >"$top/more_commands" <<'END'
break coro_swap
break context_leave
set $switches = 0
while $switches < 4
    continue
    set $instructions = 0
    while $instructions < 30
        echo at an instruction\n
        bt
        stepi
        set $instructions = $instructions + 1
    end
    set $switches = $switches + 1
end
echo at the end\n
END

# build COMPILER OPTION...
build() {
    "$1" "${flags[@]}" -g -O1 "${@:2}" common/{,coro/}*.c "$top/deep.c" \
        -pthread -o "$top/deep" >"$top/log" 2>&1 && "$top/deep"
}

# Shows what gdb says to these files of commands.
debug() { # FILE...
    gdb -nx -batch "${@/#/--command=}" "$top/deep" 2>&1
}

# From what gdb says, the functions of each `bt`, one line for each.
functions() {
    awk '/^at / { if (line != "") print line; line = ""; next }
        /^#[0-9]/ { sub(/^#[0-9]+ +(0x[0-9a-f]+ in )?/, ""); sub(/ \(.*/, "")
                    line = line (line == "" ? "" : " ") $0; next }
        /^Backtrace stopped|^warning|corrupt/ { line = line " " $0 }'
}

# shows SENTENCE PATTERN: the bt in the third call is that.
shows() {
    local said
    said=$(debug "$top/commands" | functions)
    check "$1" "$(grep -qxE "$2" <<<"$said" || echo "bt shows: $said")"
}

# Each bt in the middle of a switch ends where a task, or the program, began;
# the first time, a task has only the place where it will begin.
begins='task_begin coro_first|loop_run main|coro_swap coro_first'
ends_well_in_a_switch() { # SENTENCE
    debug "$top/commands" "$top/more_commands" | functions |
        grep -E '^coro_(swap|first)( |$)' >"$top/switching"
    check "$1" "$(
        [ "$(wc -l <"$top/switching")" -ge 60 ] ||
            echo "$(wc -l <"$top/switching") instructions were looked at"
        [ "$(grep -c ' third second first ' "$top/switching")" -ge 15 ] ||
            echo "few of them were on the stack of the task"
        grep -q '^coro_first$' "$top/switching" || echo "no end was seen"
        sed "s/^/ /" "$top/switching" |
            grep -vE " ($begins)$|^ coro_first$" | sort -u
    )"
}

frames='third second first task_begin'
for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null || ! command -v gdb >/dev/null; then
        skip "$compiler: bt shows a task" "$compiler, or gdb, is not installed"
        continue
    fi
    build $compiler ||
        not_ok "$compiler: a task three calls deep" "$(cat "$top/log")"
    shows "$compiler: bt shows a task's frames, and ends where it began" \
        "$frames coro_first"
    ends_well_in_a_switch "$compiler: at each instruction of a switch as well"
done
# There, a task begins in the C library, in a function that may have no name.
build gcc -DCORO_UCONTEXT ||
    not_ok "ucontext: a task three calls deep" "$(cat "$top/log")"
shows "ucontext: bt shows a task's frames, and ends where it began" \
    "$frames( (__start_context|\?\?|0x0+))*"
finish
