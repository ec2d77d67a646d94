#!/usr/bin/env bash
# new_case: CONTRIBUTING.md says how a case is made. Here it is done, in a copy
# of the kit, with what an author would write (tests/kit/new_case/): each step
# puts things where the text says, and nowhere else. Then the commands behind
# the steps must be content, and say what is missing when a step is left out.
#
# usage: tests/kit/new_case.sh [BUILD_FOLDER]
# shellcheck disable=SC2317 # shellcheck does not see who calls the steps
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unset CASE MAKEFLAGS MFLAGS MAKELEVEL

# The case: what the text calls CASE, labNN and labNN-stem.
case=more_than_you_see
lab=lab01
stem=lab01-blocking
answer=00 # to its question
neighbour=old_news
given=$kit/tests/kit/new_case

# --- the text ----------------------------------------------------------------

section() {
    awk '/^## / { inside = $0 == "## A case, in seven steps"; next } inside' \
        CONTRIBUTING.md
}

# step_text N: the words of a step in one line; of "after": what follows them.
step_text() {
    section | awk -v wanted="$1" '
        /^[0-9]+\. / { step = $1 + 0 }
        /^[^ 0-9]/ { step = "after" }
        step == wanted' | tr -s ' \n' ' '
}

# quoted: what stands in backquotes in such a line, one a line.
quoted() {
    grep -oE "\`[^\`]+\`" | tr -d '`'
}

# Files and folders are what has a slash or a dot in its name.
places_in_text() {
    local step

    for step in {1..7}; do
        step_text "$step" | quoted | grep -E '^[^ ]*[./][^ ]*$' |
            sed "s/^/$step /"
    done | sort -u
}

# In the words of the text: labNN/CASE. In those of this case: lab01/...
in_words() {
    sed "s/labNN-stem/$stem/g; s/labNN_stem/${stem//-/_}/g; s/labNN/$lab/g
        s/CASE/$case/g" <<<"$1"
}

# place STEP NAME: where that is which the step calls so; a bare name is a file
# in the folder of the case, or for step 7 in the one of its repairs. What was
# asked for is remembered.
place() {
    local folder=''

    printf '%s\n' "$1 $2" >>"$top/places"
    case $1/$2 in
    */*/*) ;;
    7/*) folder='tests/kit/repairs/labNN/CASE/' ;;
    *) folder='labs/labNN-stem/CASE/' ;;
    esac
    in_words "$folder$2"
}

# --- the steps ---------------------------------------------------------------

step_1() {
    mkdir -p "$(place 1 labs/labNN-stem/CASE/)"
}

step_2() {
    cp "$given/fixed.c" "$(place 2 fixed.c)"
}

step_3() {
    local broken

    broken=$(place 3 broken.c)
    cp "$given/fixed.c" "$broken"
    patch --silent --fuzz=0 "$broken" "$given/break.patch"
    cp "labs/$stem/$neighbour/meson.build" "$(place 3 meson.build)"
}

# The answer becomes a hash by the command that stands in the text.
step_4() {
    local ini command

    ini=$(place 4 case.ini)
    command=$(step_text 4 | quoted | grep sha256sum)
    {
        cat "$given/case.ini"
        bash -c "${command/the answer/$answer}" | sed 's/^/answer = /' |
            cut -c-73
    } >"$ini"
}

step_5() {
    sed -i "/^cases = /s/]/, '$case']/" \
        "$(place 5 labs/labNN-stem/meson.build)"
}

step_6() {
    local checks other

    checks=$(place 6 tests/labs/labNN_cases.c)
    other=$(place 6 tests/labs/labNN_stem.c)
    [ -f "$checks" ] || checks=$other
    [ -f "$(place 6 tests/harness/check.h)" ] || return
    sed '1,/^#include "check.h"/d' "$given/checks.c" >>"$checks"
}

step_7() {
    local folder name file row

    folder=$(place 7 tests/kit/repairs/labNN/CASE/)
    mkdir -p "$folder"
    for name in right1 right2 wrong1 wrong2; do
        cp "$given/$name.patch" "$(place 7 "$name.patch")"
    done
    while read -r file row; do
        file=$(place 7 "$file")
        awk -v row="${row//\\/\\\\}" -v after="| \`$neighbour\` |" '
            { print }
            index($0, after) { print row }' "$file" >"$top/page"
        cp "$top/page" "$file"
    done <"$given/rows"
}

# undo STEP [NAME]: what it calls so, or else all of its places, are again as
# they are in the kit.
undo() {
    local name path

    while read -r name; do
        path=$(place "$1" "$name")
        if [ ! -e "$kit/$path" ]; then
            rm -rf "$path"
        elif [ -f "$path" ] && ! cmp -s "$kit/$path" "$path"; then
            cp "$kit/$path" "$path"
        fi
    done < <(sed -n "s/^$1 //p" "$top/places" | sort -u |
        if [ $# = 2 ]; then grep -xF "$2"; else cat; fi)
}

# --- what comes of it --------------------------------------------------------

# run COMMAND...: at most 240 s, without input. Sets $out and $status.
run() {
    out=$(timeout 240 "$@" 2>&1 </dev/null)
    status=$?
}

# judge PAIRS|REPAIRS: runs that script as the text behind the steps says.
judge() {
    local command

    command=$(step_text after | quoted | grep "^tests/kit/$1.sh ")
    if [ -z "$command" ]; then
        out="CONTRIBUTING.md does not say how to call tests/kit/$1.sh" status=0
        return
    fi
    # shellcheck disable=SC2046 # these are words
    run $(in_words "$command")
}

# It must say "0 failed", speak of this case, and skip nothing of it.
content() {
    judge "$1"
    [ "$status" = 0 ] && [[ ${out##*$'\n'} == *' passed, 0 failed'* ]] &&
        [[ $out == *"ok - $stem/$case: "* ]] &&
        [[ $out != *"skip - $stem/$case: "* ]] && return
    printf 'status %d\n%s\n' "$status" "$out"
}

# complains SCRIPT TEXT...: it must fail, and each text stands in what it says
# of this case.
complains() {
    local about text

    judge "$1"
    [ "$status" != 0 ] || printf '%s.sh is content\n' "$1"
    about=$(awk -v case="$stem/$case: " '
        /^(not )?ok - / { mine = /^not ok/ && index($0, case) }
        mine' <<<"$out")
    for text in "${@:2}"; do
        [[ $about == *"$text"* ]] ||
            printf 'it does not say "%s" of %s:\n%s\n' "$text" "$case" "$out"
    done
}

# without STEP NAME SCRIPT TEXT...: leaves out what the step calls so, or "all"
# of it, until the script has been heard.
without() {
    local step=$1 name=$2 sentence="step $1 left out"

    if [ "$name" = all ]; then
        undo "$step"
    else
        sentence="step $step without $name"
        undo "$step" "$name"
    fi
    [ "$step" != 6 ] || run ninja -C build "tests/labs/${stem//-/_}"
    check "$sentence: $3.sh says what is missing" "$(complains "${@:3}")"
    undo "$step"
    "step_$step"
    [ "$step" != 6 ] || run ninja -C build "tests/labs/${stem//-/_}"
}

# What the text says of case.ini: its keys. And what it says of limits.
other_words() {
    local most

    diff <(step_text 4 | quoted | grep -xE '[a-z_]+' | sort -u) \
        <({
            grep -oE '^[a-z_]+ ' "labs/$stem/$case/case.ini" | tr -d ' '
            printf 'args\nopen_files\n' # where it needs them
        } | sort -u)
    most=$(step_text 3 | sed -nE 's/.*at most ([0-9]+) lines.*/\1/p')
    grep -qx "changed_lines_most=$most" tests/kit/pairs.sh ||
        printf 'pairs.sh demands other than at most "%s" lines\n' "$most"
    most=$(step_text 4 | sed -nE 's/.*at most ([0-9]+) characters.*/\1/p')
    grep -qx "title_most=$most" tests/kit/pairs.sh ||
        printf 'pairs.sh demands other than "%s" characters\n' "$most"
}

# --- the test ----------------------------------------------------------------

copy_sources "$top/kit"
cd "$top/kit" || exit 1
numbers=$(section | grep -oE '^[0-9]+\.' | xargs)
check 'CONTRIBUTING.md makes a case in seven steps' "$(
    [ "$numbers" = '1. 2. 3. 4. 5. 6. 7.' ] ||
        printf 'its steps: %s\n' "${numbers:-none}"
)"
for step in {1..7}; do
    said=$("step_$step" 2>&1)
    check "step $step can be followed" "$said"
done
check 'the steps name the files that are needed, and no others' \
    "$(diff <(places_in_text) <(sort -u "$top/places"))"
check 'the keys and limits in the text are those that hold' "$(other_words)"

command=$(step_text after | quoted | grep '^make ')
# shellcheck disable=SC2046 # these are words
run $(in_words "${command:-false}")
title=$(sed -n 's/^title = //p' "$given/case.ini")
check "the board shows the new case (${command:-no command for that})" "$(
    grep -qE "^(next|to do) +$case +$title\$" <<<"$out" || printf '%s\n' "$out"
)"
run ./lab "${lab#lab}" check "CASE=$case"
check 'the broken one fails its checks' "$(
    [ "$status" = 1 ] && grep -q "^failed *$case: " <<<"$out" ||
        printf 'status %d\n%s\n' "$status" "$out"
)"
cp "$given/fixed.c" "work/$lab/$case.c"
run ./lab "${lab#lab}" check "CASE=$case"
check 'a mended one passes' "$(
    [ "$status" = 0 ] && [ "${out##*$'\n'}" = '2 passed, 0 failed' ] ||
        printf 'status %d\n%s\n' "$status" "$out"
)"
printf '%s\n' "$answer" >>"work/$lab/$case.txt"
run ./lab "${lab#lab}"
check 'the board shows it mended, and the answer is right' "$(
    grep -qE "^done +$case .*evidence right" <<<"$out" || printf '%s\n' "$out"
)"

check 'pairs.sh is content with the new case' "$(content pairs)"
check 'repairs.sh is content with the new case' "$(content repairs)"
run tests/kit/excerpts.sh build
check 'the rows fit into their pages' "$(
    [ "$status" = 0 ] || grep -A 5 '^not ok' <<<"$out"
)"

without 7 all repairs right1.patch right2.patch wrong1.patch wrong2.patch
without 7 wrong2.patch repairs wrong2.patch
without 7 handouts/instructor.md pairs handouts/instructor.md
without 7 handouts/labNN-stem.md pairs "handouts/$stem.md"
without 7 labs/README.md pairs labs/README.md
without 6 all pairs '0 repair checks' 'no symptom check'
without 5 all pairs 'meson.build of the lab does not list it'
without 4 all pairs 'no case.ini'
without 3 all pairs 'no broken.c' 'no meson.build'
without 2 all pairs 'no fixed.c'
check 'with all of them back, pairs.sh is content again' "$(content pairs)"
finish
