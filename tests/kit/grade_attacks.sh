#!/usr/bin/env bash
# grade_attacks: hostile submissions are graded as a class. Each must come to
# the verdict that it declares, with no point above the honest score, nothing
# left running, nothing written outside, and the grader alive.
#
# usage: tests/kit/grade_attacks.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/grade.bash
. tests/kit/grade.bash

# --- the world outside -------------------------------------------------------

# Somebody listens on this machine, who must not be reached.
listener=
# shellcheck disable=SC2317 # called at the end
end_listener() {
    [ -z "$listener" ] || kill "$listener"
}
at_end=end_listener
socat -u TCP-LISTEN:0,bind=127.0.0.1,fork /dev/null 2>/dev/null &
listener=$!
port=
for _ in $(seq 200); do
    port=$(ss -Hltnp 2>/dev/null |
        sed -n "s/.*127.0.0.1:\([0-9]*\) .*pid=$listener,.*/\1/p")
    [ -z "$port" ] || break
    read -rt 0.02 <> <(:)
done

# What must be as before when all is over: the kit, and a folder that everybody
# may write to.
outside() {
    find "$kit" -path "$build" -prune -o -path "$kit/.git" -prune -o \
        -path "$kit/work" -prune -o -type f -printf '%p %T@ %s\n' | sort
    cat "$top/canary"
}
before=$(outside)

# --- the submissions ---------------------------------------------------------

# header ATTACK KEY: what its first line says of verdict or host; the last part
# of that line says what it does.
header() {
    sed -nE "1s/.*[*;] $2: ([^;]*);.*/\1/p" "tests/kit/attacks/$1.attack"
}

# place ATTACK FOLDER HOST: puts it before an honest program.
place() {
    mkdir -p "$2/${3%/*}"
    {
        cat tests/kit/attacks/headers.attack
        sed "s|@KIT@|$kit|g; s|@CANARY@|$top/canary|g; s|@MARK@|$mark|g
            s|@PORT@|${port:-1}|g; s|@CLASS@|$top/class|g" \
            "tests/kit/attacks/$1.attack"
        cat labs/"${3%/*}"-*/"${3#*/}/fixed.c"
    } >"$2/$3.c"
}

# Three attacks share a submission, before three servers; the honest one of
# lab02 beside them gets its points whatever they do.
hosts=(lab01/no_entry lab03/turned_away lab04/not_at_home)
declare -A submission_of host_of
attacks=()
for file in tests/kit/attacks/*.attack; do
    name=$(basename "$file" .attack)
    [ "$name" != headers ] || continue
    attacks+=("$name")
    host=$(header "$name" host)
    host=${host:-${hosts[${#attacks[@]} % 3]}}
    number=1
    while [ -e "$top/class/attack$number/$host.c" ]; do
        number=$((number + 1))
    done
    place "$name" "$top/class/attack$number" "$host"
    mkdir -p "$top/class/attack$number/lab02"
    cp labs/lab02-starving/end_never_comes/fixed.c \
        "$top/class/attack$number/lab02/end_never_comes.c"
    submission_of[$name]=attack$number
    host_of[$name]=$host
done
submission honest fixed lab02
mv "$top/honest" "$top/class/"

# --- judging -----------------------------------------------------------------

export SECRET=$mark
"$grade" class "$top/class" -t 20 -o "$top" >"$top/said" 2>&1
status=$?
check 'the grader is alive, and has come to the end' "$(
    [ "$status" = 0 ] || echo "status $status"
    grep -q ' 0 in trouble$' "$top/said" || cat "$top/said")"
level=$(sed -n 's/.*"level": "\(.*\)".*/\1/p' "$top/honest.json")

# verdict_in NAME HOST, points_in NAME HOST: what the result says of it.
key_in() {
    python3 - "$top/$1.json" "${2%/*}" "${2#*/}" "$3" <<'END'
import json
import sys
path, lab, case, key = sys.argv[1:]
with open(path) as file:
    for one in json.load(file).get('cases', []):
        if one['lab'] == lab and one['case'] == case:
            print(one[key])
END
}

for name in "${attacks[@]}"; do
    declared=$(header "$name" verdict)
    does=$(sed -n '1s/.*; \(.*\) \*\/$/\1/p' "tests/kit/attacks/$name.attack")
    sentence="attack: $does: $declared"
    if [ "$level" != full ] && [ "$declared" = passed ]; then
        skip "$sentence" "isolation is $level"
        continue
    fi
    check "$sentence" "$(
        got=$(key_in "${submission_of[$name]}" "${host_of[$name]}" verdict)
        [ "$got" = "$declared" ] ||
            echo "$name in ${submission_of[$name]} came to '$got'"
        [ "$declared" = passed ] ||
            [ "$(key_in "${submission_of[$name]}" "${host_of[$name]}" \
                points)" = 0 ] || echo "$name has got points")"
done
check 'whatever it says, each is asked for the same cases and points' "$(
    for file in "$top"/attack*.json; do
        python3 - "$file" <<'END'
import json
import sys
with open(sys.argv[1]) as file:
    result = json.load(file)
cases = result['cases']
if result['of'] != 100 or result['of'] != sum(one['of'] for one in cases) or \
        result['points'] != sum(one['points'] for one in cases):
    print(sys.argv[1], result['points'], result['of'], len(cases))
END
    done)"
check 'who is honest gets the points, whatever stands beside it' "$(
    for folder in "$top"/class/attack*/; do
        folder=$(basename "$folder")
        [ "$(key_in "$folder" lab02/end_never_comes verdict)" = passed ] ||
            echo "$folder"
    done)"

# --- afterwards --------------------------------------------------------------

check 'no result holds what a terminal obeys, or a secret' "$(
    for file in "$top"/*.json "$top/said"; do
        unprintable "$file"
    done
    grep -nE 'root:[^ ]*:0:' "$top"/*.json | head -n 3)"
check 'every result is valid JSON' "$(
    for file in "$top"/*.json; do
        python3 -m json.tool "$file" >/dev/null || echo "$file"
    done 2>&1)"
check 'nothing is left of any of them' "$(remains)"
check 'nothing was written outside' "$(
    diff <(echo "$before") <(outside) | head -n 5)"
finish
