#!/usr/bin/env bash
# compilers: gcc and clang build everything without a warning, and with both
# sanitizers the labs' checks still pass.
# usage: tests/kit/compilers.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

# build_with SENTENCE COMPILER OPTION...: in $top/COMPILER.
build_with() {
    local sentence=$1 compiler=$2
    shift 2
    if ! command -v "$compiler" >/dev/null; then
        skip "$sentence" "$compiler is not installed"
        return 1
    fi
    if CC=$compiler meson setup "$top/$compiler" "$@" \
        >"$top/log" 2>&1 && ninja -C "$top/$compiler" >"$top/log" 2>&1; then
        ok "$sentence"
    else
        not_ok "$sentence" "$(grep -E 'error|warning|ERROR' "$top/log" |
            head -n 10)"
        return 1
    fi
}

build_with "clang builds everything without a warning" clang -Dwerror=true
rm -rf "$top/clang"
build_with "gcc builds everything without a warning" gcc -Dwerror=true
rm -rf "$top/gcc"
# The sanitizers make gcc warn of what cannot happen, and the runner would be
# told of its own leaks; the programs that it starts do not inherit this.
export ASAN_OPTIONS=detect_leaks=0
if build_with "gcc builds everything with sanitizers" gcc \
    -Db_sanitize=address,undefined; then
    for test in "$top/gcc"/tests/labs/lab??_*; do
        [ -d "$test" ] && continue # meson's objects
        name=$(basename "$test")
        if LT_UNCOVERED=ok "$test" >"$top/log" 2>&1; then
            ok "$name passes under ASan and UBSan"
        else
            not_ok "$name passes under ASan and UBSan" \
                "$(grep -v '^passed' "$top/log" | tail -n 20)"
        fi
    done
fi
finish
