#!/usr/bin/env bash
# lint: layout, lint, sizes, and what must not be left in a tree.
# usage: tests/kit/lint.sh [BUILD]
#        WHOLE=1 tests/kit/lint.sh [BUILD]   the analyzer goes to its own limit
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash

files() { # the kit's own files whose names match
    if git ls-files >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@"
    else
        find . -path ./build -prune -o -path ./work -prune -o -type f -print |
            sed 's|^\./||' | while read -r file; do
            for pattern in "$@"; do
                # shellcheck disable=SC2053 # a pattern
                [[ $file == $pattern ]] && echo "$file"
            done
        done
    fi
}
mapfile -t sources < <(files '*.c' '*.h')
# shellcheck disable=SC2046 # names without blanks
mapfile -t scripts < <(grep -lE '^#!/(usr/bin/env bash|bin/(ba)?sh)' \
    $(files '*.sh' '*.bash' 'lab' 'setup' '.ci/run' 'tests/kit/*') 2>/dev/null |
    sort -u)

# with TOOL SENTENCE COMMAND...: what the command prints is what is wrong.
with() {
    local tool=$1 sentence=$2
    shift 2
    if command -v "$tool" >/dev/null; then
        check "$sentence" "$("$@" 2>&1 | head -n 20)"
    else
        skip "$sentence" "$tool is not installed"
    fi
}

# The analyzer looks at 225,000 states of a function unless told. A tenth takes
# a sixth of the time.
depth=(--extra-arg=-Xclang --extra-arg=-analyzer-config
    --extra-arg=-Xclang --extra-arg=max-nodes=22500)
[ -z "${WHOLE:-}" ] || depth=()
# shellcheck disable=SC2317 # called by `with`
tidy() { # broken.c has its one fault on purpose, often one that tidy finds
    printf '%s\n' "${sources[@]}" | grep '\.c$' | grep -v '/broken\.c$' |
        xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet "${depth[@]}" \
            2>/dev/null |
        grep -E 'error:|warning:' | sort -u
}

with clang-format "clang-format changes nothing" \
    clang-format --dry-run "${sources[@]}"
with clang-tidy "clang-tidy finds nothing" tidy
# Those of commands/ are parts of lab, and are looked at as such.
with shellcheck "shellcheck finds nothing" shellcheck -x -a "${scripts[@]}"
mapfile -t -O "${#scripts[@]}" scripts < <(files 'commands/*.bash')

# longer_than LINES FILE...
longer_than() {
    local most=$1
    shift
    wc -l "$@" | awk -v most="$most" '$2 != "total" && $1 > most'
}

# shellcheck disable=SC2046 # names without blanks
{
    check "a lab's program has at most 150 lines" \
        "$(longer_than 150 $(files 'labs/*.c'))"
    check "a file in common/ has at most 350 lines" \
        "$(longer_than 350 $(files 'common/*.[ch]'))"
    # One script quotes what tcpdump prints.
    check "no line of code or script is longer than 80 columns" \
        "$(grep -nE '^.{81,}' "${sources[@]}" "${scripts[@]}" |
            grep -v '^tests/kit/transcript_selftest.sh:' | head)"
    check "no mark of unfinished work is left" \
        "$(grep -nE '\b(TODO|FIXME|XXX|HACK)\b' "${sources[@]}" \
            $(files '*.md' 'lab' 'setup' '*.build'))"
    check "no test sleeps" \
        "$(grep -nE '\b(sleep|usleep|nanosleep)\(' $(files 'tests/*.[ch]') |
            grep -vE '^tests/(harness/clock.c|kit/subjects/[a-z]*.c):')"
    check "nothing switches assert off" "$(grep -n 'NDEBUG' "${sources[@]}")"
    check "the first line of each C file says what it is" \
        "$(for file in "${sources[@]}"; do
            head -n 1 "$file" | grep -q '^/\* ' || echo "$file"
        done)"
}
finish
