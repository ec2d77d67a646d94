#!/usr/bin/env bash
# grade: what the tests of the grader share: made-up submissions, and what is
# said of them. A test sources it after tap.bash, and stands in the kit's root;
# $build is set. It makes a folder $top, and removes it at the end.
# shellcheck disable=SC2317 # what a trap calls is not unreachable

: "${build:?}"
grade=$build/tests/grade/grade
top=$(mktemp -d) || exit 1
chmod 711 "$top"
mark=left$$

# at_end is a command that a test may want to be called before.
at_end=:
end() {
    "$at_end"
    rm -rf "$top"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -x "$grade" ]; then
    skip 'submissions are graded' 'the grader is not built: ./setup grade'
    finish
fi

# --- submissions -------------------------------------------------------------

# submission NAME KIND [labNN...]: one with the files broken.c or fixed.c.
submission() {
    local name=$1 kind=$2 ini folder lab
    shift 2
    for ini in labs/*/*/case.ini; do
        folder=${ini%/case.ini}
        lab=${folder#labs/}
        lab=${lab%%-*}
        [ $# -eq 0 ] || [[ " $* " == *" $lab "* ]] || continue
        mkdir -p "$top/$name/$lab"
        cp "$folder/$kind.c" "$top/$name/$lab/${folder##*/}.c"
    done
}

# judge NAME [OPTION...]: leaves NAME.json, NAME.said and NAME.status.
judge() {
    local name=$1
    shift
    SECRET=$mark "$grade" "$top/$name" -o "$top/$name.json" "$@" \
        >"$top/$name.said" 2>&1 </dev/null
    echo $? >"$top/$name.status"
}

# The value of a key of a result, which is written one key a line.
value() {
    sed -nE 's/^ ?"'"$2"'": "?([^"]*[^",])"?,?$/\1/p' "$top/$1.json"
}

# verdict NAME LAB CASE: what the table says of it.
verdict() {
    sed -nE "s/^(.*[^ ]) +$2  $3 .*/\1/p" "$top/$1.said"
}

# expect_verdict NAME LAB CASE WORDS: a complaint when it is another one.
expect_verdict() {
    local got
    got=$(verdict "$1" "$2" "$3")
    [ "$got" = "$4" ] || echo "$2/$3 of $1 should be '$4', is '$got'"
}

# expect_points NAME POINTS
expect_points() {
    [ "$(<"$top/$1.status")" = 0 ] || cat "$top/$1.said"
    [ "$(value "$1" points)" = "$2" ] ||
        echo "$1 should have $2 points, has '$(value "$1" points)'" \
            "$(grep -v '^passed' "$top/$1.said")"
}

# What grading must never leave: processes, its folder, half a result.
remains() {
    pgrep -x "$mark"
    pgrep -f "^$top/tmp/lab-grade-"
    find "$top/tmp" -mindepth 1 | head -n 5
    find "$top" -maxdepth 1 -name '*.json.*'
}

# gone: true when nothing of the last grader remains; waits for that.
gone() {
    until_true nothing_remains
}

# shellcheck disable=SC2317 # until_true calls it
nothing_remains() {
    [ -z "$(remains)" ]
}

# unprintable FILE: what is in it that no terminal should get.
unprintable() {
    LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$1" | cat -v | head -n 3
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || echo "$1 is not UTF-8"
}

mkdir "$top/tmp"
chmod 1777 "$top/tmp"
export TMPDIR=$top/tmp
echo untouched >"$top/canary"
chmod 666 "$top/canary"
