#!/usr/bin/env bash
# repairs: do the checks of the cases judge a student's copy rightly? Of every
# case these are judged: broken (refused; shows its symptom), fixed (accepted;
# no symptom), and tests/kit/repairs/labNN/CASE/: right1 and right2, repairs
# other than fixed (accepted), wrong1 and wrong2, plausible ones that are none
# (refused). All programs of one kind lie in one folder and are judged at once.
#
# usage: tests/kit/repairs.sh [BUILD_FOLDER [labNN|labNN/CASE...]]
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

patches=(right1 right2 wrong1 wrong2)
kinds=(broken fixed "${patches[@]}")

wanted=("${@:2}")

# The cases of a lab that are wanted.
cases_of() {
    local folder name

    for folder in "labs/$1"/*/; do
        name=$(basename "$folder")
        ! case_is_wanted "$1" "$name" "${wanted[@]}" || printf '%s\n' "$name"
    done
}

# The filter for the checks of these cases.
checks_wanted() {
    local suites=$1 names

    names=$(cases_of "$2" | paste -sd '|')
    printf '@(%s)_@(%s)/*\n' "$suites" "$names"
}

# The source of one kind of a case; a patched one is made here.
source_of() {
    local lab=$1 kind=$2 name=$3

    case $kind in
    broken | fixed) printf '%s\n' "labs/$lab/$name/$kind.c" ;;
    *) printf '%s\n' "$top/$lab/$kind/$name.c" ;;
    esac
}

# Makes the folder with the programs of one kind of all cases, and judges it.
judge_kind() {
    local lab=$1 kind=$2 folder=$top/$1/$2 name source suites=repair

    mkdir -p "$folder"
    for name in $(cases_of "$lab"); do
        source=$(source_of "$lab" "$kind" "$name")
        if [[ " ${patches[*]} " == *" $kind "* ]]; then
            apply "tests/kit/repairs/${lab%%-*}/$name/$kind.patch" \
                "labs/$lab/$name/broken.c" "$source" || continue
        fi
        compile "$source" "$folder/$name" -Werror
    done
    if [ "$kind" = broken ] || [ "$kind" = fixed ]; then
        suites='repair|symptom'
    fi
    judge "$lab" "$folder" "$(checks_wanted "$suites" "$lab")" "$folder/result"
}

# --- judging one case --------------------------------------------------------

# Prints what kept the program NAME in the folder of its kind from being
# judged, or nothing. Leaves the verdicts of its checks in NAME.verdicts.
was_judged() {
    local folder=$1 name=$2 log

    for log in "$folder/$name.c.log" "$folder/$name.log"; do
        if [ ! -x "$folder/$name" ] && [ -s "$log" ]; then
            head -n 20 "$log"
            return
        fi
    done
    grep -E "	(repair|symptom)_$name/" "$folder/result.verdicts" \
        >"$folder/$name.verdicts"
    if [ ! -s "$folder/$name.verdicts" ]; then
        tail -n 5 "$folder/result.said"
        printf 'it was not judged\n'
    elif grep -q '^kit_problem' "$folder/$name.verdicts"; then
        printf 'one of its checks says "kit problem"\n'
        grep -A 9 '^kit problem' "$folder/result.said"
    fi
}

bad_words='failed|timed_out|crashed'

# What each kind must come to: one line a suite of checks, and whether all of
# them pass or one at least fails.
demands_on() {
    case $1 in
    broken) printf 'repair fails\nsymptom passes\n' ;;
    fixed) printf 'repair passes\nsymptom fails\n' ;;
    right*) printf 'repair passes\n' ;;
    wrong*) printf 'repair fails\n' ;;
    esac
}

# The demands that are not met; what could not be covered is let pass.
unmet_demands() {
    local kind=$1 verdicts=$2 name=$3 suite demand

    while read -r suite demand; do
        if [ "$demand" = passes ]; then
            with_verdict "$bad_words" "$verdicts" "${suite}_$name" |
                sed "s/^/$suite check failed: /"
        elif ! with_verdict "$bad_words|uncovered" "$verdicts" \
            "${suite}_$name" | grep -q .; then
            printf 'all %s checks passed\n' "$suite"
        fi
    done < <(demands_on "$kind")
}

# Nothing was seen that decides, where there is no private network.
is_undecided() {
    local kind=$1 verdicts=$2 name=$3 suite demand word

    while read -r suite demand; do
        word=passed
        [ "$demand" = passes ] || word=$bad_words
        with_verdict "$word" "$verdicts" "${suite}_$name" | grep -q . ||
            return 0
    done < <(demands_on "$kind")
    return 1
}

# A program without comments and layout, to be compared.
essence() {
    gcc -fpreprocessed -dD -E -P "$1" | tr -d ' \t\n' | sha256sum | cut -c-64
}

# The kinds of this case are different programs, one and all.
all_different() {
    local lab=$1 name=$2 kind source

    for kind in "${kinds[@]}"; do
        source=$(source_of "$lab" "$kind" "$name")
        [ ! -s "$source" ] || printf '%s %s\n' "$kind" "$(essence "$source")"
    done | awk '$2 in kind { print $1 " is the same as " kind[$2] }
        { kind[$2] = $1 }'
}

report_case() {
    local lab=$1 name=$2 kind folder outcome problems
    local -A sentence=(
        [broken]='broken is refused and shows its symptom'
        [fixed]='fixed is accepted and shows no symptom'
        [right1]='a first other repair is accepted'
        [right2]='a second other repair is accepted'
        [wrong1]='a first repair that is none is refused'
        [wrong2]='a second repair that is none is refused'
    )

    for kind in "${kinds[@]}"; do
        folder=$top/$lab/$kind
        outcome="$lab/$name: ${sentence[$kind]}"
        problems=$(was_judged "$folder" "$name")
        if [ -n "$problems" ]; then
            not_ok "$outcome" "$problems"
            continue
        fi
        problems=$(unmet_demands "$kind" "$folder/$name.verdicts" "$name")
        if [ -n "$problems" ]; then
            not_ok "$outcome" "$problems
$(grep -h '^SEED=' "$folder/result.said")"
        elif is_undecided "$kind" "$folder/$name.verdicts" "$name"; then
            skip "$outcome" 'its checks need a private network'
        else
            ok "$outcome"
        fi
    done
    check "$lab/$name: all these are different programs" \
        "$(all_different "$lab" "$name")"
}

find_labs "${wanted[@]}"
for lab in "${labs[@]}"; do
    for kind in "${kinds[@]}"; do
        start judge_kind "$lab" "$kind"
    done
done
wait
for lab in "${labs[@]}"; do
    for name in $(cases_of "$lab"); do
        report_case "$lab" "$name"
    done
done
finish
