#!/usr/bin/env bash
# mutants: do the checks of the worked programs catch wrong ones, each by the
# check named for it and none by accident? The wrong ones are patches,
# tests/kit/mutants/labNN/PROGRAM/NAME.patch, whose line "caught by:" names
# exactly the checks that fail. (A line "sometimes by:" may name others whose
# outcome hangs on timing that no check can force.) Besides, for every worked
# program: one that does not exist, one that never listens, one that ends at
# once, and one that only says that all is well: no check passes for these.
#
# usage: tests/kit/mutants.sh [BUILD_FOLDER [labNN...]]
# shellcheck disable=SC2317 # shellcheck does not see what start() calls
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
top=$(mktemp -d) || exit 1
# shellcheck source=tests/kit/subjects.bash
. tests/kit/subjects.bash

mutants_least=6 # per lab
worthless=(absent silent quits liar)

# What the four are that score nothing.
describe() {
    case $1 in
    absent) echo 'a program that does not exist' ;;
    silent) echo 'a program that never listens' ;;
    quits) echo 'a program that exits 0 at once' ;;
    liar) echo 'a program that prints "passed" and exits 0' ;;
    esac
}

# write_worthless KIND PROGRAM
write_worthless() {
    case $1 in
    absent) return ;;
    silent) printf '#!/bin/sh\nexec sleep 1000\n' ;;
    quits) printf '#!/bin/sh\nexit 0\n' ;;
    liar) cat <<'LIAR' ;;
#!/bin/sh
echo 'listening on 127.0.0.1:12345'
echo passed
echo 'verdict passed'
echo '{"check":"worked_server/a_line_comes_back","verdict":"passed"}'
echo passed >&2
echo '99 passed, 0 failed'
exit 0
LIAR
    esac >"$2"
    [ ! -e "$2" ] || chmod +x "$2"
}

# The worked programs that a lab has checks for, one a line.
worked_programs() {
    checks_of "$1" | sed -n 's|^worked_\(.*\)/.*|\1|p' | sort -u
}

# new_subjects LAB PROGRAM NAME: prints the folder for a mutant, in which the
# lab's other programs stand already.
new_subjects() {
    local folder=$top/$1/$2/$3 program

    mkdir -p "$folder"
    for program in $(worked_programs "$1"); do
        [ "$program" = "$2" ] ||
            ln -s "$build/labs/$1/$program" "$folder/$program"
    done
    printf '%s\n' "$folder"
}

# named_in PATCH KEY: the checks on the line "KEY: CHECK..." above the diff and
# on indented lines below it, one a line, sorted.
named_in() {
    awk -v key="$2:" '
        /^---/ { exit }
        /^[^ ]/ { mine = index($0, key) == 1 }
        mine { sub("^" key, ""); print }' "$1" |
        tr -s ' ,\t' '\n' | grep . | sort
}

# Judges one patch; what is wrong with it goes to the file `problem`, and only
# then that file exists.
judge_patch() {
    local lab=$1 program=$2 patch=$3 folder

    folder=$(new_subjects "$lab" "$program" "$(basename "$patch" .patch)")
    if ! apply "$patch" "labs/$lab/$program.c" "$folder/$program.c"; then
        cp "$folder/$program.c.log" "$folder/problem"
    elif ! compile "$folder/$program.c" "$folder/$program"; then
        head -n 20 "$folder/$program.log" >"$folder/problem"
    else
        judge "$lab" "$folder" "worked_$program/*" "$folder/result"
    fi
}

judge_worthless() {
    local folder

    folder=$(new_subjects "$1" "$2" "$3")
    write_worthless "$3" "$folder/$2"
    judge "$1" "$folder" "worked_$2/*" "$folder/result"
}

# Says how the judgement of a patch came out.
report_patch() {
    local lab=$1 program=$2 patch=$3 name folder sentence

    name=$(basename "$patch" .patch)
    folder=$top/$lab/$program/$name
    sentence="$lab: $program: $name is caught by what is named for it"
    if [ -s "$folder/problem" ]; then
        not_ok "$sentence" "$(cat "$folder/problem")"
        return
    fi
    named_in "$patch" 'caught by' >"$folder/named"
    named_in "$patch" 'sometimes by' >"$folder/sometimes"
    with_verdict uncovered "$folder/result.verdicts" | sort \
        >"$folder/uncovered"
    comm -23 "$folder/named" "$folder/uncovered" >"$folder/expected"
    with_verdict 'failed|timed_out|crashed|kit_problem' \
        "$folder/result.verdicts" | sort | comm -23 - "$folder/sometimes" \
        >"$folder/caught"
    if [ ! -s "$folder/named" ]; then
        not_ok "$sentence" 'the patch has no line "caught by: CHECK..."'
    elif ! grep -q . "$folder/result.verdicts"; then
        not_ok "$sentence" "$(tail -n 5 "$folder/result.said")"
    elif grep -q '^kit_problem' "$folder/result.verdicts"; then
        not_ok "$sentence" "a check says \"kit problem\"
$(grep -A 9 '^kit problem' "$folder/result.said")"
    elif ! cmp -s "$folder/expected" "$folder/caught"; then
        not_ok "$sentence" "$(
            comm -23 "$folder/expected" "$folder/caught" |
                sed 's/^/did not catch it: /'
            comm -13 "$folder/expected" "$folder/caught" |
                sed 's/^/caught it too: /'
            grep '^SEED=' "$folder/result.said"
        )"
    elif [ ! -s "$folder/expected" ]; then
        skip "$sentence" 'its check needs a private network'
    else
        ok "$sentence"
    fi
}

report_worthless() {
    local lab=$1 program=$2 kind=$3 folder sentence

    folder=$top/$lab/$program/$kind
    sentence="$lab: $program: no check passes for $(describe "$kind")"
    if ! grep -q . "$folder/result.verdicts"; then
        not_ok "$sentence" "$(tail -n 5 "$folder/result.said")"
    elif grep -q '^kit_problem' "$folder/result.verdicts"; then
        not_ok "$sentence" "a check says \"kit problem\"
$(grep -A 9 '^kit problem' "$folder/result.said")"
    else
        check "$sentence" "$(with_verdict passed "$folder/result.verdicts" |
            sed 's/^/passed: /')"
    fi
}

# rows_of LAB PROGRAM: the mutants of a program in the order of the matrix.
rows_of() {
    local kind patch

    shopt -s nullglob
    for patch in "tests/kit/mutants/${1%%-*}/$2"/*.patch; do
        printf '%s/%s\n' "$2" "$(basename "$patch" .patch)"
    done
    for kind in "${worthless[@]}"; do
        printf '%s/%s\n' "$2" "$kind"
    done
    shopt -u nullglob
}

# The matrix of a lab: a row for each mutant, a column for each check.
print_matrix() {
    local lab=$1 program rows=() row files=()

    for program in $(worked_programs "$lab"); do
        mapfile -t -O ${#rows[@]} rows < <(rows_of "$lab" "$program")
    done
    for row in "${rows[@]}"; do
        [ ! -s "$top/$lab/$row/result.verdicts" ] ||
            files+=("$row/result.verdicts")
    done
    [ ${#files[@]} -gt 0 ] || return
    (cd "$top/$lab" && awk -F '\t' -v lab="$lab" '
        FNR == 1 {
            row = FILENAME
            sub(/\/result.verdicts$/, "", row)
            rows[++row_count] = row
        }
        {
            check = $2
            sub(/.*\//, "", check)
            if (!(check in column)) {
                column[check] = ++column_count
                legend[column_count] = check
            }
            sign = "x"
            if ($1 == "passed")
                sign = "."
            else if ($1 == "uncovered" || $1 == "kit_problem")
                sign = "?"
            cell[row, column[check]] = sign
        }
        END {
            wide = 80 - column_count - 1
            if (wide > 50)
                wide = 50
            printf "\n%s: which check (column) catches which mutant (row)\n",
                lab
            tens = units = ""
            for (i = 1; i <= column_count; i++) {
                tens = tens (i % 10 == 0 ? i / 10 : " ")
                units = units (i % 10)
            }
            printf "%-*s %s\n%-*s %s\n", wide, "", tens, wide, "", units
            for (r = 1; r <= row_count; r++) {
                line = ""
                for (i = 1; i <= column_count; i++)
                    line = line ((rows[r], i) in cell ? cell[rows[r], i] : " ")
                printf "%-*s %s\n", wide, substr(rows[r], 1, wide), line
            }
            for (i = 1; i <= column_count; i++)
                printf "%4d %s\n", i, legend[i]
        }' "${files[@]}")
}

test_lab() {
    local lab=$1 folder=tests/kit/mutants/${1%%-*} patches=() program patch kind

    shopt -s nullglob
    patches=("$folder"/*/*.patch)
    shopt -u nullglob
    check "$lab: it has mutants enough" "$(
        [ ${#patches[@]} -ge $mutants_least ] ||
            printf '%d, not %d\n' ${#patches[@]} $mutants_least
    )"
    for patch in "${patches[@]}"; do
        start judge_patch "$lab" "$(basename "$(dirname "$patch")")" "$patch"
    done
    for program in $(worked_programs "$lab"); do
        for kind in "${worthless[@]}"; do
            start judge_worthless "$lab" "$program" "$kind"
        done
    done
    wait
    for patch in "${patches[@]}"; do
        report_patch "$lab" "$(basename "$(dirname "$patch")")" "$patch"
    done
    for program in $(worked_programs "$lab"); do
        for kind in "${worthless[@]}"; do
            report_worthless "$lab" "$program" "$kind"
        done
    done
}

find_labs "${@:2}"
for lab in "${labs[@]}"; do
    test_lab "$lab"
done
for lab in "${labs[@]}"; do
    print_matrix "$lab"
done
printf '\n'
finish
