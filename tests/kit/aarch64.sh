#!/usr/bin/env bash
# aarch64: the runtime's self-test with each compiler, each way of switching
# stacks, and each processor.
# usage: tests/kit/aarch64.sh
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

selftest=(common/*.c common/coro/*.c tests/coro_selftest/coro_selftest.c)
mapfile -t flags <common/cflags

# passes WITH RUNNER COMPILER OPTION...: with the options of this compiler, the
# self-test is built and passes. RUNNER: the emulator's command, or "" for none.
passes() {
    local sentence="$1: the self-test passes" runner compiler=$3 tool
    read -ra runner <<<"$2"
    shift 3
    for tool in "$compiler" "${runner[@]:0:1}"; do
        if ! command -v "$tool" >/dev/null; then
            skip "$sentence" "$tool is not installed"
            return
        fi
    done
    if ! "$compiler" "${flags[@]}" -Werror -O2 -g "$@" "${selftest[@]}" \
        -pthread -o "$top/selftest" >"$top/log" 2>&1; then
        not_ok "$sentence" "$(grep -E 'error|undefined' "$top/log")"
        return
    fi
    (cd "$top" && timeout 120 "${runner[@]}" ./selftest) >"$top/log" 2>&1
    check "$sentence" "$(
        tail -n 1 "$top/log" | grep -qE '^[1-9][0-9]* passed, 0 failed$' ||
            grep -v '^ok' "$top/log"
    )"
}

passes "gcc" "" gcc
passes "gcc, ucontext" "" gcc -DCORO_UCONTEXT
passes "clang" "" clang
passes "clang, ucontext" "" clang -DCORO_UCONTEXT
# Static, because the C library of that machine is not in its place here.
passes "aarch64" qemu-aarch64 aarch64-linux-gnu-gcc -static
passes "aarch64, ucontext" qemu-aarch64 aarch64-linux-gnu-gcc -static \
    -DCORO_UCONTEXT
for page in 16384 65536; do
    passes "aarch64, pages of $page bytes" "qemu-aarch64 -p $page" \
        aarch64-linux-gnu-gcc -static -Wl,-z,max-page-size=65536
done
finish
