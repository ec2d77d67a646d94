#!/usr/bin/env bash
# asyncio: every test that asyncio.md names exists.
#
#     tests/coro/asyncio.sh [BUILD]        BUILD: build, unless said otherwise
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/kit/tap.bash
. "$kit/tests/kit/tap.bash"
build=$(cd "${1-$kit/build}" && pwd) || exit 2

tests=$("$build/tests/coro/coro_test" --list | sed -n 's/^[^a-zA-Z_]*//p')
rows=$(grep '^| ' "$kit/tests/coro/asyncio.md" | grep -v '^| case ')

# The test names of a text, one a line: words in backquotes with two or more
# underscores.
named() {
    grep -o "\`[A-Za-z0-9_]*\`" | tr -d '`' | grep '_.*_' | sort -u
}

missing=$(named <<<"$rows" | grep -vxF -f <(printf '%s\n' "$tests"))
check 'every test that asyncio.md names exists' "$missing"
check 'every row of asyncio.md has a test, or none and a reason' \
    "$(awk -F'|' '$3 !~ /`/ && ($3 !~ /^ none $/ || $4 ~ /^ *$/)' <<<"$rows")"
check 'every row of asyncio.md says same, or differs and why' \
    "$(awk -F'|' '$3 ~ /`/ && $4 !~ /^ (same|differs:)/' <<<"$rows")"
finish
