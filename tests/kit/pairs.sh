#!/usr/bin/env bash
# pairs: is every case fit to be hunted? broken and fixed differ in one place,
# both compile without a warning, nothing in broken.c, in case.ini or in the
# folder's name gives the cause away, there are checks for both, and the pages
# know of it.
#
# usage: tests/kit/pairs.sh [BUILD_FOLDER [labNN|labNN/CASE...]]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d) || exit 1
# shellcheck source=tests/kit/subjects.bash
. tests/kit/subjects.bash

changed_lines_most=8
near=3 # lines round the place
title_most=51
does_most=150
hints_least=3
read -r -d '' -a causes <<'WORDS'
    port htons htonl ntohs ntohl address addr bind listen accept connect
    socket recv send read write select poll fcntl nonblock nonblocking
    blocking reuse reuseaddr reuseport backlog queue timeval maxfd nfds set
    fdset setsize close shutdown descriptor fd leak cloexec fork zombie
    waitpid wait thread mutex lock deadlock race errno error swallowed
    unchecked eagain ewouldblock eintr emfile enfile epipe econnreset
    eaddrinuse econnaborted sigpipe sigchld signal nul zero strlen sizeof
    newline eof buffer offset partial short spin spins busy bug broken fixed
WORDS
tell_tales='bugs?|buggy|wrong(ly)?|broken|fix(ed|es)?|missing|todo|typo'
tell_tales+='|should( have)? be(en)?|mistakes?|forg[eo]t(ten)?|faulty?'
tell_tales+='|incorrect(ly)?'

# --- reading C ---------------------------------------------------------------

# only code|comments FILE: each line without the one or the other; the lines
# keep their numbers.
only() {
    awk -v wanted="$1" '
        {
            code = comment = ""
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                two = substr($0, i, 2)
                if (inside == "comment") {
                    comment = comment c
                    if (two == "*/") {
                        comment = comment "/"
                        i++
                        inside = ""
                    }
                } else if (inside != "") { # the quote that ends it
                    code = code c
                    if (c == "\\")
                        code = code substr($0, ++i, 1)
                    else if (c == inside)
                        inside = ""
                } else if (two == "/*") {
                    comment = comment two
                    i++
                    inside = "comment"
                } else if (two == "//") {
                    comment = comment substr($0, i)
                    break
                } else {
                    code = code c
                    if (c == "\"" || c == "\047")
                        inside = c
                }
            }
            print wanted == "code" ? code : comment
        }' "$2"
}

# code_lines FILE...: the lines that say something, without their blanks. What
# every program has (braces, includes, returns) is left out.
code_lines() {
    local file

    for file; do
        only code "$file"
    done | tr -d ' \t' | grep -vE '^#include|^$' |
        grep -vE '^(.{0,4}|(static)?(int|void)|return[^(]*;|break;|continue;)$'
}

# layout FILE: the file as clang-format writes it; as it is without that tool.
layout() {
    if command -v clang-format >"$top/null"; then
        clang-format --style=file --assume-filename=labs/x.c <"$1"
    else
        cat "$1"
    fi
}

# --- what is demanded of a case; each prints what is wrong, or nothing ------

all_files_are_there() {
    local file

    for file in broken.c fixed.c case.ini meson.build; do
        [ -f "$1/$file" ] || printf 'there is no %s\n' "$file"
    done
    grep -q "'$(basename "$1")'" "$1/../meson.build" ||
        printf 'the meson.build of the lab does not list it\n'
}

# One place is one hunk with one line round it: a call that moved over its
# neighbour is in one place. Leaves the difference in $top/diff for the next.
differ_in_one_place() {
    local hunks lines

    layout "$1/broken.c" >"$top/broken.c"
    layout "$1/fixed.c" >"$top/fixed.c"
    diff "$top/broken.c" "$top/fixed.c" >"$top/diff"
    hunks=$(diff -U1 "$top/broken.c" "$top/fixed.c" | grep -c '^@@')
    lines=$(grep -c '^[<>]' "$top/diff")
    [ "$hunks" -eq 1 ] || printf 'they differ in %d places\n' "$hunks"
    [ "$lines" -le $changed_lines_most ] ||
        printf '%d lines are changed, at most %d may be\n' "$lines" \
            $changed_lines_most
}

# compile_quietly FILE: with every compiler here, at -O1 and -O2.
compile_quietly() {
    local compiler level

    for compiler in "${compilers[@]}"; do
        for level in -O1 -O2; do
            "$compiler" @common/cflags -Werror "$level" -c -o "$top/object" \
                "$1" 2>&1 | sed "s/^/$compiler $level: /"
        done
    done
}

nothing_gives_it_away() {
    local places from to

    if ! diff <(only comments "$1/broken.c" | tr -s ' \t\n' '\n') \
        <(only comments "$1/fixed.c" | tr -s ' \t\n' '\n') >"$top/null"; then
        printf 'their comments differ\n'
    fi
    only comments "$1/broken.c" | grep -niwE \
        'bugs?|buggy|to ?do|fixme|xxx|hack|broken|mistakes?' |
        sed 's/^/a marker in a comment, line /'
    only comments "$1/broken.c" | grep -niE \
        '(/\*|//)[ *]*(wrong|missing|fix|should|here|note|attention)\b' |
        sed 's/^/a marker in a comment, line /'
    mapfile -t places < <(sed -n 's/^\([0-9,]*\)[acd].*/\1/p' "$top/diff")
    [ ${#places[@]} -gt 0 ] || return
    from=$((${places[0]%,*} - near))
    to=$((${places[-1]#*,} + near))
    sed -n "$((from > 0 ? from : 1)),${to}p" "$top/broken.c" | grep -iwE \
        "$tell_tales" |
        sed 's/^ */near the place: /'
}

# The words that a student reads: of case.ini, and those that the program
# prints; to be compared with the answer of the evidence question. Numbers
# below 100 stand everywhere and say nothing.
words_to_read() {
    {
        sed -n 's/^[a-z0-9]* *= *//p' "$1/case.ini" | grep -vE '^[0-9a-f]{64}$'
        only code "$1/broken.c" | grep -o '"[^"]*"'
    } | tr -cs 'A-Za-z0-9_' '\n' | grep -vE '^[0-9]{0,2}$' |
        tr '[:upper:]' '[:lower:]' | sort -u
}

the_answer_is_not_given() {
    local answer

    answer=$(value_of answer "$1/case.ini")
    rm -rf "$top/words"
    mkdir "$top/words"
    words_to_read "$1" | (cd "$top/words" && awk '{
        printf "%s", $0 >$0
        close($0)
    }')
    (cd "$top/words" && find . -type f -exec sha256sum {} +) |
        sed -n "s|^$answer  \./|it stands there to be read: |p"
}

value_of() {
    sed -n "s/^$1 *= *//p" "$2" | head -n 1
}

# A value on the page: it must be there, and not longer than this.
demand_text() {
    local value

    value=$(value_of "$1" "$2")
    [ -n "$value" ] || printf 'there is no %s\n' "$1"
    [ ${#value} -le "$3" ] ||
        printf '%s has %d characters, at most %d fit\n' "$1" ${#value} "$3"
}

well_formed_ini() {
    local ini=$1/case.ini hint=0 key

    grep -vnE '^([a-z][a-z_]*[0-9]?) = [^ ].*$|^[#;]' "$ini" |
        sed 's/^/not "key = value", line /'
    sed -nE 's/^([a-z_]+[0-9]*) *=.*/\1/p' "$ini" | sort | uniq -d |
        sed 's/^/more than once: /'
    sed -nE 's/^([a-z_]+[0-9]*) *=.*/\1/p' "$ini" | grep -vxE \
        'order|role|title|does|args|open_files|hint[1-9]|question|answer' |
        sed 's/^/unknown key: /'
    demand_text title "$ini" $title_most
    demand_text does "$ini" $does_most
    demand_text question "$ini" 1000
    [[ $(value_of order "$ini") =~ ^[1-9][0-9]?$ ]] ||
        printf 'order is no number\n'
    [[ $(value_of role "$ini") =~ ^(server|client)$ ]] ||
        printf 'role is neither server nor client\n'
    [[ $(value_of open_files "$ini") =~ ^([1-9][0-9]*)?$ ]] ||
        printf 'open_files is no number\n'
    [[ $(value_of answer "$ini") =~ ^[0-9a-f]{64}$ ]] ||
        printf 'answer is no sha256 in hexadecimal\n'
    while read -r key; do
        hint=$((hint + 1))
        [ "$key" = "hint$hint" ] || printf '%s stands where hint%d should\n' \
            "$key" $hint
    done < <(sed -nE 's/^(hint[0-9]+) *=.*/\1/p' "$ini")
    [ $hint -ge $hints_least ] || printf 'only %d hints\n' $hint
}

name_is_no_cause() {
    local name part

    name=$(basename "$1")
    [[ $name =~ ^[a-z]+(_[a-z0-9]+)*$ ]] ||
        printf 'not words in small letters, joined by _\n'
    for part in ${name//_/ }; do
        [[ " ${causes[*]} " != *" $part "* ]] ||
            printf '"%s" names a cause, not a symptom\n' "$part"
    done
}

# Takes the list of the lab's checks in $top/checks.
has_checks() {
    local name repairs symptoms

    name=$(basename "$1")
    repairs=$(grep -c "^repair_$name/" "$top/checks")
    symptoms=$(grep -c "^symptom_$name/" "$top/checks")
    [ "$repairs" -ge 2 ] || printf '%d repair checks, not 2\n' "$repairs"
    [ "$symptoms" -ge 1 ] || printf 'no symptom check\n'
}

# is_answer TEXT CASE_INI: as `lab` reads it.
is_answer() {
    local text

    text=$(printf %s "$1" | tr '[:upper:]' '[:lower:]' | sha256sum)
    [ "${text%% *}" = "$(value_of answer "$2")" ]
}

# A row for the students on the map and on the lab's page (where a case may be
# solved in full, too), and one for the instructor, which ends in the answer.
stands_on_the_pages() {
    local folder=$1 lab name row

    lab=$(basename "$(dirname "$folder")")
    name=$(basename "$folder")
    row="| ${lab:3:2} | $(value_of title "$folder/case.ini") | \`$name\` |"
    grep -qxF "$row" labs/README.md ||
        printf 'labs/README.md has no row %s\n' "$row"
    grep -qE "^(\| \`$name\` \||### $name\>)" "handouts/$lab.md" ||
        printf "handouts/%s.md has no row | \`%s\` |\n" "$lab" "$name"
    row=$(grep -E "^\| \`$name\`[^|]*\|.*\|$" handouts/instructor.md)
    if [ -z "$row" ]; then
        printf "handouts/instructor.md has no row | \`%s\` |\n" "$name"
        return
    fi
    row=${row% |}
    is_answer "${row##*| }" "$folder/case.ini" ||
        printf 'handouts/instructor.md: "%s" is not the answer\n' "${row##*| }"
}

# Takes the code lines of the worked programs in $top/worked.
a_program_of_its_own() {
    local all known

    code_lines "$1/broken.c" >"$top/lines"
    all=$(wc -l <"$top/lines")
    known=$(grep -cxFf "$top/worked" "$top/lines")
    [ $((2 * known)) -lt "$all" ] ||
        printf '%d of its %d code lines stand in a worked program\n' "$known" \
            "$all"
}

# --- one lab ----------------------------------------------------------------

cases_least() {
    case $1 in
    lab04-* | lab05-*) echo 5 ;;
    lab01-* | lab02-* | lab03-*) echo 4 ;;
    *) echo 3 ;;
    esac
}

look_at_case() {
    local folder=${1%/} name problems

    name=${folder#labs/}
    problems=$(all_files_are_there "$folder")
    check "$name: broken.c, fixed.c, case.ini, meson.build are there" \
        "$problems"
    [ -z "$problems" ] || return
    check "$name: its rows are there, in three pages" \
        "$(stands_on_the_pages "$folder")"
    check "$name: broken and fixed differ in one place of at most 8 lines" \
        "$(differ_in_one_place "$folder")"
    check "$name: both compile without a warning (${compilers[*]})" \
        "$(compile_quietly "$folder/broken.c"
        compile_quietly "$folder/fixed.c")"
    check "$name: nothing in broken.c gives the place away" \
        "$(nothing_gives_it_away "$folder")"
    check "$name: case.ini is well formed" "$(well_formed_ini "$folder")"
    check "$name: the answer is not among the words that a student reads" \
        "$(the_answer_is_not_given "$folder")"
    check "$name: the folder is not named after a cause" \
        "$(name_is_no_cause "$folder")"
    check "$name: it is built like every case" \
        "$(diff "$first_build_file" "$folder/meson.build")"
    if [ -s "$top/checks" ]; then
        check "$name: it has repair checks and a symptom check" \
            "$(has_checks "$folder")"
    fi
    check "$name: it is a program of its own, no worked one with a slip" \
        "$(a_program_of_its_own "$folder")"
}

look_at_lab() {
    local folder=labs/$1 lab=$1 cases

    shopt -s nullglob
    cases=("$folder"/*/)
    shopt -u nullglob
    check "$1: it has cases enough" "$(
        [ ${#cases[@]} -ge "$(cases_least "$1")" ] ||
            printf '%d, not %d\n' ${#cases[@]} "$(cases_least "$1")"
    )"
    check "$1: no two of its cases have the same order" \
        "$(cat "${cases[@]/%/case.ini}" 2>"$top/null" </dev/null |
            sed -n 's/^order *= *//p' | sort | uniq -d)"
    code_lines "$folder"/*.c | sort -u >"$top/worked"
    for folder in "${cases[@]}"; do
        ! case_is_wanted "$lab" "$(basename "$folder")" "${wanted[@]}" ||
            look_at_case "$folder"
    done
}

compilers=(gcc)
if command -v clang >"$top/null"; then
    compilers+=(clang)
else
    skip 'clang compiles each case without a warning' 'no clang'
fi
command -v clang-format >"$top/null" ||
    skip 'pairs are compared after formatting' 'no clang-format'
first_build_file=$(printf '%s\n' labs/*/*/meson.build | head -n 1)

wanted=("${@:2}")
find_labs "${wanted[@]}"
for lab in labs/lab[0-9][0-9]-*/; do
    lab=$(basename "$lab")
    is_wanted "$lab" "${wanted[@]}" || continue
    : >"$top/checks"
    if [[ " ${labs[*]} " == *" $lab "* ]]; then
        checks_of "$lab" >"$top/checks"
    fi
    look_at_lab "$lab"
done
finish
