#!/usr/bin/env bash
# hidden: builds an instructor's own cases and checks, which lie outside the kit
# and need no change to it, for `grade --hidden OUT`.
#
# usage: tests/grade/hidden.sh HIDDEN BUILD OUT
#
# HIDDEN holds
#     points.ini               [lab03-nonblocking], then a line NAME = POINTS
#                              for each hidden case of that lab; may be empty
#     lab03-nonblocking/NAME/  a hidden case: case.ini, broken.c; and fixed.c,
#                              if it shall be tried here
#     lab03.c                  checks, as in tests/labs/: REPAIR(NAME,
#                              sentence); NAME may be a hidden case or one of
#                              the kit's
#
# Status: 0; 1 what is there does not build, or does not judge; 2 wrong usage.
set -u
hidden=$(realpath "${1:?which folder?}") || exit 2
build=$(realpath "${2:?which build folder?}") || exit 2
out=$(realpath -m "${3:?where to?}") || exit 2
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

wrong() {
    echo "hidden: $1" >&2
    exit "${2-1}"
}

[ -d "$hidden" ] || wrong "$1: not a folder" 2
[ -r "$hidden/points.ini" ] || wrong "$1: there is no points.ini in it" 2
rm -rf "$out"
mkdir -p "$out/tests/labs" "$out/labs" || wrong "$out cannot be made"
cp "$hidden/points.ini" "$out/"

# The folder of a lab as the checks look for it: what the kit has built, and the
# hidden cases beside that.
make_lab() {
    local stem=$1 folder
    mkdir "$out/labs/$stem"
    ln -s "$build/labs/$stem"/* "$out/labs/$stem/"
    for folder in "$hidden/$stem"/*/; do
        [ -f "$folder/case.ini" ] || continue
        folder=$(basename "$folder")
        [ ! -e "$build/labs/$stem/$folder" ] ||
            wrong "$stem/$folder: the kit has a case of this name"
        cp -r "$hidden/$stem/$folder" "$out/labs/$stem/"
    done
}

make_runner() {
    local stem=$1 lab=${1%%-*} words
    read -r -a words <<<"$(pkg-config --cflags --libs criterion)"
    cc @common/cflags -g -O1 -Itests/harness -Itests/labs \
        "$hidden/$lab.c" -Wl,--whole-archive \
        "$build/tests/harness/libchecks.a" -Wl,--no-whole-archive \
        "$build/tests/harness/libharness.a" \
        "$build/common/libcommon.a" "${words[@]}" \
        -o "$out/tests/labs/${stem//-/_}" ||
        wrong "$1/$lab.c does not compile"
}

# judges STEM NAME WHICH: the status of the hidden checks on a case's WHICH.c.
judges() {
    local folder=$out/labs/$1/$2 program=$out/try/$2
    mkdir -p "$out/try"
    cc @common/cflags -g -O1 "$folder/$3.c" "$build/common/libcommon.a" \
        -o "$program" || wrong "$1/$2/$3.c does not compile"
    LT_SUBJECTS=$out/try "$out/tests/labs/${1//-/_}" \
        --filter "repair_$2/*" >"$out/said" 2>&1
}

# A case whose checks do not tell broken from fixed would judge nobody.
try_case() {
    local status
    [ -f "$out/labs/$1/$2/broken.c" ] || wrong "$1/$2 has no broken.c"
    judges "$1" "$2" broken
    status=$?
    [ "$status" = 1 ] || {
        cat "$out/said" >&2
        wrong "$1/$2: broken.c should fail (the status is $status)"
    }
    [ -f "$out/labs/$1/$2/fixed.c" ] || return
    judges "$1" "$2" fixed || {
        cat "$out/said" >&2
        wrong "$1/$2: fixed.c should pass"
    }
}

count=0
for folder in labs/lab[0-9][0-9]-*/; do
    stem=$(basename "$folder")
    [ -f "$hidden/${stem%%-*}.c" ] || [ -d "$hidden/$stem" ] || continue
    make_lab "$stem"
    [ -f "$hidden/${stem%%-*}.c" ] || wrong "there is no ${stem%%-*}.c"
    make_runner "$stem"
    for ini in "$hidden/$stem"/*/case.ini; do
        [ -f "$ini" ] || continue
        try_case "$stem" "$(basename "$(dirname "$ini")")"
        count=$((count + 1))
    done
done
echo "hidden: $count cases, checks for" \
    "$(find "$out/tests/labs" -type f | wc -l) labs"
rm -rf "$out/try" "$out/said"
