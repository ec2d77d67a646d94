#!/usr/bin/env bash
# student_kit: is what students get whole, and does it hold no solution? And
# what they hand in.
# usage: tests/kit/student_kit.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
export SOURCE_DATE_EPOCH=1700000000

# pack [FOLDER [EDITION]]: packs the kit in FOLDER as $top/out.tar.gz.
pack() {
    "${1:-$kit}/tests/grade/student_kit.sh" \
        "${2:-$kit/tests/grade/edition.ini}" "$top/out.tar.gz" \
        >"$top/said" 2>&1
}

# inside PATTERN: the packed files whose names are like this.
inside() {
    tar -tzf "$top/out.tar.gz" | grep -E "$1"
}

# --- what is in it -----------------------------------------------------------

pack
check "it is packed" "$([ -s "$top/out.tar.gz" ] || cat "$top/said")"
cp "$top/out.tar.gz" "$top/first.tar.gz"
check "no solution, mutant, patch, guide or history is in it" \
    "$(inside 'fixed\.c|mutants|\.patch|instructor|tests/kit|\.git/|grade')"
mkdir "$top/student"
tar -xzf "$top/out.tar.gz" -C "$top/student"
copy=$top/student/lab-kit
check "no check tells of a broken program's fault" \
    "$(grep -rn '^SYMPTOM(' "$copy/tests/labs")"
check "every case is, with its checks" "$(
    for ini in labs/*/*/case.ini; do
        name=$(basename "$(dirname "$ini")")
        [ -f "$copy/$(dirname "$ini")/broken.c" ] || echo "no broken.c of $name"
        grep -q "^REPAIR($name," "$copy"/tests/labs/*.c ||
            echo "no check of $name"
    done)"
check "no page leads to what is not there" "$(
    cd "$copy" && grep -oHE '\]\([^)#:]+' README.md handouts/*.md labs/*.md |
        while IFS=: read -r page link; do
            [ -e "$(dirname "$page")/${link#](}" ] || echo "$page: ${link#](}"
        done)"
# By other means than the packing script: each changed line of each solution,
# with its four neighbours, in one line of text.
check "no five lines of a solution that are not in its broken program" "$(
    flat() { sed 's/^[[:blank:]]*//; s/[[:blank:]]*$//' "$1" | tr '\n' '\1'; }
    find "$copy" -type f -print0 | while IFS= read -r -d '' file; do
        flat "$file"
        echo
    done >"$top/everything"
    for fixed in labs/*/*/fixed.c; do
        lines=$(wc -l <"$fixed")
        broken=$(flat "${fixed%fixed.c}broken.c")
        for ((i = 1; i + 4 <= lines; i++)); do
            window=$(sed -n "$i,$((i + 4))p" "$fixed" | flat /dev/stdin)
            [[ $broken == *"$window"* ]] || printf '%s\n' "$window"
        done
    done >"$top/windows"
    [ -s "$top/windows" ] || echo "there are none to look for"
    grep -aFf "$top/windows" "$top/everything" | tr '\1' '\n' | head)"

# --- the same bytes ----------------------------------------------------------

copy_sources "$top/other"
find "$top/other" -type f -exec touch -d 2001-02-03 {} +
pack "$top/other"
check "the same kit elsewhere, without git, gives the same bytes" \
    "$(cmp "$top/first.tar.gz" "$top/out.tar.gz" 2>&1)"

# --- it refuses --------------------------------------------------------------

sed -n '/open_listener/,/^}/p' labs/lab01-blocking/old_news/fixed.c \
    >>"$top/other/handouts/lab01-blocking.md"
rm "$top/out.tar.gz"
pack "$top/other"
check "a solution on a page is found, and nothing is written" "$(
    [ ! -e "$top/out.tar.gz" ] || echo "it was written"
    grep -qE '^handouts/lab01-blocking.md:[0-9]+: this stands in .*old_news' \
        "$top/said" || cat "$top/said")"

# refuses EDITION_LINE WORDS: status 2, and one line with these words.
refuses() {
    local status
    echo "$1" >"$top/edition.ini"
    pack "$kit" "$top/edition.ini"
    status=$?
    check "an edition with '$1' is refused in one line" "$(
        [ "$status" = 2 ] || echo "status $status"
        [ "$(wc -l <"$top/said")" = 1 ] || echo 'not one line:'
        grep -qF -- "$2" "$top/said" || cat "$top/said")"
}
refuses 'lab = lab01-blocking' "edition.ini:1: not 'labs =' or 'solutions ='"
refuses 'labs = lab99-nowhere' 'there is no labs/lab99-nowhere'
refuses 'solutions = maybe' 'solutions is yes or no, not maybe'

# --- editions ----------------------------------------------------------------

printf 'labs = lab01-blocking lab03-nonblocking # two\nsolutions = yes\n' \
    >"$top/edition.ini"
pack "$kit" "$top/edition.ini"
check "an edition holds the labs that it names, and no page of another" "$(
    inside 'labs?/lab0[245]|handouts/lab0[245]|lab0[245]_'
    inside 'lab03-nonblocking/server.c' >/dev/null || echo 'no lab 03')"
check "it names every solution that it holds" "$(
    diff <(inside 'fixed\.c' | sed 's|^lab-kit/||' | LC_ALL=C sort) \
        <(grep '/fixed\.c$' "$top/said" | LC_ALL=C sort)
    inside 'fixed\.c' >/dev/null || echo 'none')"

# --- it works ----------------------------------------------------------------

cd "$copy" || exit 1
unset CASE LT_UNCOVERED MAKEFLAGS MFLAGS MAKELEVEL
out=$(timeout 300 make lab03 2>&1 </dev/null)
check "make lab03 works in it, with nothing said while it builds" "$(
    [ "$(head -n 1 <<<"$out")" = "$(sed -n '1s/^# //p' \
        handouts/lab03-nonblocking.md)" ] || echo "$out"
    grep -qE '^next +turned_away ' <<<"$out" || echo "$out")"
out=$(timeout 600 make test 2>&1 </dev/null)
check "make test passes in it" \
    "$(tail -n 1 <<<"$out" | grep -qE '^[1-9][0-9]* passed, 0 failed' ||
        echo "$out")"
for command in grade student-kit flakes; do
    out=$(./lab "$command" 2>&1)
    check "make $command says that it is the instructor's" \
        "$(grep -qF "only the instructor's edition" <<<"$out" || echo "$out")"
done

# --- what is handed in -------------------------------------------------------

cp "$kit/labs/lab03-nonblocking/turned_away/fixed.c" work/lab03/turned_away.c
echo secret >work/lab03/notes.bak
out=$(timeout 300 make submit 2>&1)
check "make submit says what the checks say" \
    "$(grep -qx 'lab03  1 of 6 cases mended, evidence right for 0' \
        <<<"$out" || echo "$out")"
check "and packs the programs and the evidence, nothing else" "$(
    diff <(tar -tzf submission.tar.gz) \
        <(find work -name '*.[ct]*' -path 'work/lab*' -type f |
            grep -E '\.(c|txt)$' | LC_ALL=C sort)
    tar -xzOf submission.tar.gz work/lab03/turned_away.c |
        cmp - work/lab03/turned_away.c)"
rm -r work
out=$(./lab submit 2>&1)
check "without work/ there is nothing to submit" \
    "$([ $? = 2 ] && grep -q 'nothing to submit' <<<"$out" || echo "$out")"
finish
