#!/usr/bin/env bash
# grade_class: a class of made-up submissions with declared scores is graded
# three times: each time these scores, and no other. Then it is stopped, killed
# and called again.
#
# usage: [KILLS=N] tests/kit/grade_class.sh [BUILD_FOLDER]
# KILLS: how often a grader is killed at a random moment (30; 300 by hand)
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/grade.bash
. tests/kit/grade.bash

class=$top/class
mkdir -p "$class"
declare -A declared # the points of each submission

points_of() { # LAB CASE
    sed -n "/^\[$1-/,/^\[/s/^$2 = //p" labs/points.ini
}

cases_of() { # LAB
    local ini
    for ini in labs/"$1"-*/*/case.ini; do
        basename "${ini%/case.ini}"
    done
}
labs=(lab01 lab02 lab03 lab04 lab05)

# --- the class ---------------------------------------------------------------

# hand_in NAME LAB CASE KIND: one file; its points are declared. `tried` is a
# broken one with a remark, since the broken one itself is known.
hand_in() {
    local name=$1 lab=$2 case=$3 kind=$4 folder target
    folder=$(echo labs/"$lab"-*/"$case")
    target=$class/$name/$lab/$case.c
    mkdir -p "$class/$name/$lab"
    case $kind in
    fixed) cp "$folder/fixed.c" "$target" ;;
    tried)
        cp "$folder/broken.c" "$target"
        echo '/* I have tried. */' >>"$target"
        ;;
    *) patch -s -o "$target" "$folder/broken.c" \
        "tests/kit/repairs/$lab/$case/$kind.patch" ;;
    esac
    case $kind in
    fixed | right?)
        declared[$name]=$((${declared[$name]:-0} + $(points_of "$lab" "$case")))
        ;;
    *) declared[$name]=$((${declared[$name]:-0} + 0)) ;;
    esac
}

for lab in "${labs[@]}"; do
    number=0
    for case in $(cases_of "$lab"); do
        number=$((number + 1))
        hand_in all_mended "$lab" "$case" fixed
        hand_in none_mended "$lab" "$case" tried
        for kind in right1 right2 wrong1 wrong2; do
            hand_in "${lab}_$kind" "$lab" "$case" "$kind"
        done
        # Every second one, every third one, the first one alone.
        for step in 2 3; do
            kind=tried
            [ $((number % step)) -ne 0 ] || kind=fixed
            hand_in "${lab}_one_of_$step" "$lab" "$case" "$kind"
        done
        [ "$number" -ne 1 ] || hand_in "${lab}_first" "$lab" "$case" right1
    done
done

# Wrong servers that the kit knows, handed in for a case that wants another one.
number=0
for file in tests/kit/mutants/*/*/*.patch; do
    lab=${file#tests/kit/mutants/}
    program=${lab#*/}
    program=${program%%/*}
    lab=${lab%%/*}
    [ "$program" = server ] || continue
    number=$((number + 1))
    name=mutant$number
    case=$(cases_of "$lab" | head -n 1)
    mkdir -p "$class/$name/$lab"
    patch -s -o "$class/$name/$lab/$case.c" "$(echo labs/"$lab"-*/server.c)" \
        "$file"
    declared[$name]=0
done

# What comes by other ways.
tar -C "$class/lab01_right1" -czf "$class/zipped.tgz" .
declared[zipped]=${declared[lab01_right1]}
declared[empty]='' # cannot be graded
mkdir "$class/empty"
echo 'late, sorry' >"$class/readme.txt"

check 'the class has at least 60 submissions' "$(
    [ ${#declared[@]} -ge 60 ] || echo "${#declared[@]}")"

# --- three times -------------------------------------------------------------

# graded NAME [OPTION...]: the class, into the folder NAME.
graded() {
    local name=$1
    shift
    "$grade" class "$class" -o "$top/$name" "$@" >"$top/$name.said" 2>&1
    echo $? >"$top/$name.status"
}

# scores NAME: "submission points", a line each; without points for one that
# could not be graded.
scores() {
    python3 - "$top/$1" <<'END'
import glob
import json
import os
import sys
for path in sorted(glob.glob(sys.argv[1] + '/*.json')):
    with open(path) as file:
        result = json.load(file)
    print(os.path.basename(path)[:-5], result.get('points', ''))
END
}

for name in "${!declared[@]}"; do
    echo "$name ${declared[$name]}"
done | LC_ALL=C sort >"$top/declared"
for round in 1 2 3; do
    graded "round$round"
    check "graded for the $round. time: exactly the declared scores" "$(
        [ "$(<"$top/round$round.status")" = 0 ] ||
            tail -n 3 "$top/round$round.said"
        scores "round$round" | LC_ALL=C sort | diff "$top/declared" - |
            head -n 10)"
done
# For whoever wants to know: how often a check had to be run a second time.
grep -ho 'passed when it was run again[^"]*' "$top"/round?/*.json | sort |
    uniq -c | sed 's/^/# /'

check 'one line for each, with what is left, and a sum' "$(
    for name in "${!declared[@]}"; do
        grep -qE "^$name(\.tgz)? " "$top/round1.said" || echo "$name"
    done
    grep -q 'left out: readme.txt: ' "$top/round1.said" || echo readme.txt
    grep -q 'about .* left$' "$top/round1.said" || echo 'what is left'
    sum=$(tail -n 2 "$top/round1.said" | head -n 1)
    [ "$sum" = "${#declared[@]} submissions: $((${#declared[@]} - 1)) graded\
 (0 unchanged), 1 cannot be graded, 0 in trouble" ] || echo "$sum")"

# --- once more ---------------------------------------------------------------

# A part of the class will do for what follows.
mkdir "$top/part"
cp -r "$class"/lab01_* "$class"/lab02_right1 "$class"/mutant[1-4] "$top/part/"
class=$top/part
count=$(find "$class" -mindepth 1 -maxdepth 1 | wc -l)
graded again
echo '/* I have tried. */' >>"$class/lab01_first/lab01/no_answer.c"
graded again
check 'what has not changed is not graded again, what has is' "$(
    grep -q "($((count - 1)) unchanged)" "$top/again.said" ||
        tail -n 2 "$top/again.said"
    grep '^lab01_first ' "$top/again.said" | grep unchanged)"
graded again -s 7
check 'other random numbers are another task' "$(
    grep -q '(0 unchanged)' "$top/again.said" ||
        tail -n 2 "$top/again.said")"

# has_lines FILE COUNT
# shellcheck disable=SC2317 # until_true calls it
has_lines() {
    [ "$(wc -l <"$1")" -ge "$2" ]
}

for signal in INT KILL; do
    : >"$top/stopped.said"
    rm -rf "$top/stopped"
    "$grade" class "$class" -o "$top/stopped" >"$top/stopped.said" 2>&1 &
    stopped=$!
    until_true has_lines "$top/stopped.said" 5
    kill "-$signal" "$stopped"
    wait "$stopped" 2>/dev/null
    status=$?
    done_before=$(grep -c ' of ' "$top/stopped.said")
    check "SIG$signal: nothing is left running, and no result is damaged" "$(
        [ "$signal" = KILL ] || [ "$status" = 75 ] || echo "status $status"
        [ "$signal" = KILL ] || grep -q '^stopped: ' "$top/stopped.said" ||
            cat "$top/stopped.said"
        gone || remains
        for file in "$top"/stopped/*.json; do
            python3 -m json.tool "$file" >/dev/null || echo "$file"
        done 2>&1)"
    graded stopped
    check "SIG$signal: the same command goes on where it was" "$(
        kept=$(sed -n 's/.*(\([0-9]*\) unchanged).*/\1/p' "$top/stopped.said")
        [ "$kept" -ge $((done_before - 3)) ] ||
            echo "$done_before were done, $kept were kept"
        [ "$(<"$top/stopped.status")" = 0 ] || tail "$top/stopped.said"
        diff <(scores again) <(scores stopped))"
done

# --- trouble -----------------------------------------------------------------

mkdir "$top/a b" "$top/small"
cp -r "$class/lab01_first" "$top/small/"
class=$top/small
graded trouble
check 'a class of one' "$([ "$(<"$top/trouble.status")" = 0 ] ||
    cat "$top/trouble.said")"
echo '/* And again. */' >>"$class/lab01_first/lab01/no_answer.c"
TMPDIR="$top/a b" graded trouble
check "the kit's own trouble is no score, and is said, with status 75" "$(
    [ "$(<"$top/trouble.status")" = 75 ] || cat "$top/trouble.said"
    grep -q '^lab01_first  *kit trouble: TMPDIR' "$top/trouble.said" ||
        cat "$top/trouble.said"
    scores trouble | grep '[0-9]$')"
if unshare -Ur true 2>/dev/null; then
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$grade" class "$class" -l full -o "$top/barred" \
        >"$top/barred.said" 2>&1
    status=$?
    check 'where programs cannot be kept apart, a class is refused' "$(
        [ "$status" = 75 ] || echo "status $status"
        grep -q 'full is wanted' "$top/barred.said" || cat "$top/barred.said")"
fi
class=$top/nowhere
graded nowhere
check 'a folder that is not there is said, with status 2' "$(
    [ "$(<"$top/nowhere.status")" = 2 ] || cat "$top/nowhere.said")"

# --- killed ------------------------------------------------------------------

# innermost PID: who has no children among those that come of it.
innermost() {
    local pid=$1 next
    while next=$(pgrep -n -P "$pid"); do
        pid=$next
    done
    echo "$pid"
}

# Half of them while a lone grader runs, half while a class does; in every third
# case it is not the one that was called, but one that works for it.
check "killed at ${KILLS:=30} random moments: no survivor, no lost result" "$(
    for number in $(seq "$KILLS"); do
        milliseconds=$((RANDOM % 1500))
        if [ $((number % 2)) -eq 0 ]; then
            "$grade" "$top/small/lab01_first" -o "$top/killed.json" &
        else
            "$grade" class "$top/small" -o "$top/killed" &
        fi >/dev/null 2>&1
        killed=$!
        read -rt "$(printf '%d.%03d' $((milliseconds / 1000)) \
            $((milliseconds % 1000)))" <> <(:)
        whom=$killed
        [ $((number % 3)) -ne 0 ] || whom=$(innermost "$killed")
        kill -KILL "$whom"
        wait "$killed"
        gone || {
            echo "after $milliseconds ms:"
            remains
        }
        for file in "$top/killed.json" "$top"/killed/*.json; do
            [ ! -e "$file" ] || python3 -m json.tool "$file" >/dev/null ||
                echo "$file after $milliseconds ms"
        done
    done 2>/dev/null)"
"$grade" "$top/small/lab01_first" -o "$top/killed.json" >/dev/null 2>&1
check 'afterwards the same comes out as ever' "$(
    [ "$(value killed points)" = "$(points_of lab01 no_answer)" ] ||
        value killed points)"
finish
