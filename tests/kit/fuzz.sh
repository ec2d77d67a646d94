#!/usr/bin/env bash
# fuzz: arbitrary bytes, in arbitrary pieces, read by arbitrary calls: does the
# reader of a stream do what a simple model of it does?
# usage: tests/kit/fuzz.sh
#        FUZZ_SECONDS=600 tests/kit/fuzz.sh    for so long, and with other
#                                              inputs each time
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT

mapfile -t flags <common/cflags
sanitizers=fuzzer,address,undefined
sentence="the fuzzer is built"
echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' >"$top/empty.c"
if ! clang -fsanitize=$sanitizers "$top/empty.c" -o "$top/empty" \
    >"$top/log" 2>&1; then
    skip "$sentence" "clang, or libclang-rt-dev, is not installed"
    finish
fi
clang "${flags[@]}" -Werror -g -O1 -fsanitize=$sanitizers \
    -fno-sanitize-recover=undefined common/*.c common/coro/*.c \
    tests/fuzz/stream_reader.c -pthread -o "$top/reader" >"$top/log" 2>&1
check "$sentence" "$(grep -E 'error|undefined' "$top/log")"

# A bounded run tries the same inputs each time.
bound=(-runs=20000 -seed=1)
[ -z "${FUZZ_SECONDS-}" ] || bound=("-max_total_time=$FUZZ_SECONDS")
mkdir "$top/corpus"
"$top/reader" "${bound[@]}" -max_len=1024 -len_control=0 -timeout=30 \
    -artifact_prefix="$top/" -print_final_stats=1 "$top/corpus" \
    >"$top/log" 2>&1
status=$?
sed -n -e 's/^stat::number_of_executed_units: */inputs tried: /p' \
    -e 's/^#.*DONE *cov: \([0-9]*\).*/places in the code reached: \1/p' \
    "$top/log"
check "reading does what the model does" "$(
    [ $status -eq 0 ] || grep -vE '^#|^INFO|^stat|^"' "$top/log" | tail -n 30
)"
finish
