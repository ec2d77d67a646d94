#!/usr/bin/env bash
# build: the figures of the handouts, drawn of the recordings beside this file,
# by the program that `make labNN-picture` draws with.
#
# usage: handouts/figures/build.sh [FOLDER]
#
# Writes NAME.svg, and NAME.txt with the same in words, into FOLDER; without one
# beside the recordings. A recording is what `make labNN-picture` has left in
# build/picture/labNN/server.json. Status 1: one cannot be drawn.
set -u
kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
out=$(realpath -m "${1:-$kit/handouts/figures}")
cd "$kit/handouts/figures" || exit 1
draw=${DRAW:-$kit/build/tests/picture/draw}

# figure NAME KIND ROWS RECORDING...
figure() {
    local name=$1 kind=$2 rows=$3 words=text
    shift 3
    [ "$kind" = ladder ] || words=words
    if ! "$draw" -i "$name" -m "$rows" "$kind" "${@/%/.json}" \
        >"$out/$name.svg" ||
        ! "$draw" "$words" "${@/%/.json}" >"$out/$name.txt"; then
        echo "figures: $name cannot be drawn" >&2
        exit 1
    fi
}

mkdir -p "$out" || exit 1
figure servers waited 60 lab02 lab03 lab04 lab05
figure lab01-waited waited 60 lab01
figure lab02-ladder ladder 25 lab02
figure lab03-waited waited 60 lab02 lab03
figure lab04-ladder ladder 26 lab04
