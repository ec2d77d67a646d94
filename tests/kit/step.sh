#!/usr/bin/env bash
# step: the page that steps through a run, without a browser. The laws of event
# loops on every event of every recording that the kit has, what becomes of
# damaged ones, and make labNN-step from recording to page. node runs the
# page's own scripts, unchanged: it has the engine of the browser that
# tests/kit/browser.sh drives.
# usage: tests/kit/step.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash
page_bytes_most=300000
recordings=(tests/kit/step/*.json handouts/figures/*.json)

command -v node >/dev/null || {
    skip 'the page to step through a run' 'no node: ./setup develop installs it'
    finish
}
top=$(mktemp -d)
copy=$top/kit
trap 'rm -rf "$top"' EXIT
trap 'exit 130' INT TERM

# laws FOLDER TRACE...: what is wrong; the sum of what was looked at in $sum.
laws() {
    timeout 300 node tests/kit/step/laws.js "$@" >"$top/said" 2>&1
    sum=$(sed -n '$s/^\([1-9][0-9]* checks\) of .*/\1/p' "$top/said")
    [ -n "$sum" ] || echo 'it has not come to its end'
    sed '$s/^[0-9]* checks of .*//; /^$/d' "$top/said" | head -n 20
}

# --- the recordings ----------------------------------------------------------

laws tests/step "${recordings[@]}" >"$top/wrong"
check "the laws hold in every recording, and damage is refused: ${sum:-none}" \
    "$(cat "$top/wrong")"
check 'each lab has a recording' "$(
    for folder in labs/lab0[1-5]-*/; do
        folder=$(basename "$folder")
        [ -s "tests/kit/step/${folder%%-*}.json" ] || echo "$folder"
    done)"
if [ -x "$build/tests/picture/check" ]; then
    check 'they keep the rules of the format as well' "$(
        for trace in "${recordings[@]}"; do
            "$build/tests/picture/check" "$trace" >"$top/said" 2>&1 ||
                cat "$top/said"
        done)"
else
    skip 'they keep the rules of the format' 'no libjansson'
fi

# The laws would be worth nothing if a page that breaks them passed.
# bites SENTENCE SED_SCRIPT FILE: the page, changed so, is found wrong.
bites() {
    rm -rf "$top/changed"
    cp -r tests/step "$top/changed"
    sed -i "$2" "$top/changed/$3"
    ! cmp -s "tests/step/$3" "$top/changed/$3" || {
        not_ok "$1" "nothing was changed in $3"
        return
    }
    check "$1" "$(
        [ -n "$(laws "$top/changed" tests/kit/step/lab05.json)" ] ||
            echo "nobody minds")"
}
bites 'a queue that is a stack is found' \
    's/state.queue.push(/state.queue.unshift(/' tasks.js
bites 'a task that goes on behind another one still running is found' \
    's/state.running = null;//' tasks.js
bites 'bytes read twice are found' \
    's/conn.read += args.result/conn.read += 2 * args.result/' fold.js
bites 'a state that remembers where one came from is found' \
    's/state = first_state()/state = (globalThis.x ??= first_state())/' fold.js
bites 'events that nobody counts are found' \
    's/event.seq !== i + 1/false/' read.js

# --- make labNN-step ---------------------------------------------------------

if [ ! -x "$build/tests/picture/convert" ] || ! command -v strace >/dev/null
then
    skip 'make labNN-step' 'no libpcap, libjansson or strace'
    finish
fi
copy_kit "$copy"
unset CASE PROGRAM MAKEFLAGS MFLAGS MAKELEVEL
pictures=$copy/build/picture

# step LAB ID [NAME=VALUE]: makes the page; what is wrong with it.
step() {
    local lab=$1 page=$pictures/$1/$2-step.html trace=$pictures/$1/$2.json
    local out status begin=$EPOCHREALTIME
    out=$(cd "$copy" && timeout 120 make "$lab-step" "${@:3}" 2>&1 </dev/null)
    status=$?
    [ "$status" = 0 ] || echo "status $status"
    [[ $out == *"build/picture/$lab/$2-step.html: "* ]] || echo "says: $out"
    [ -s "$page" ] || {
        echo "no page $page"
        return
    }
    [ "$(stat -c %s "$page")" -le "$page_bytes_most" ] || echo 'a huge page'
    # Nothing in it that a browser would fetch.
    grep -nE '<[^>]*(src|href)="(https?:|//|/)|url\(|@import|fetch\(' "$page"
    grep -q '@[a-z]*@' "$page" && echo 'a part is missing'
    awk -v a="$begin" -v b="$EPOCHREALTIME" \
        'BEGIN { if (b - a > 15) print b - a " s" }'
    "$build/tests/picture/check" "$trace" >"$top/rules" 2>&1 ||
        cat "$top/rules"
    LAWS_ONLY=yes laws tests/step "$trace"
}
for lab in lab01 lab02 lab03 lab04 lab05; do
    check "make $lab-step records the worked server and makes a page" \
        "$(step "$lab" server)"
done
check 'make lab02-step does it for a server of many processes' \
    "$(step lab02 server_fork PROGRAM=server_fork)"

# The calls of a trace that have a line: CALL FILE LINE.
lines_of_calls() {
    local name='"name":"\(accept\|recv\|send\)[4"].*'
    local place='"file":"\(labs[^"]*\)","line":\([0-9]*\).*'
    sed -n "s/.*$name$place/\1 \2 \3/p" "$1"
}
check 'the line of a call has that call in it' "$(
    n=0
    while read -r call file line; do
        n=$((n + 1))
        sed -n "${line}p" "$file" | grep -q "$call" ||
            echo "$file:$line has no $call"
    done < <(lines_of_calls "$pictures/lab01/server.json")
    [ "$n" -gt 10 ] || echo "only $n calls have a line")"
check 'a task stands where it called the runtime, in its own source' "$(
    place='"file":"labs/lab05-coroutines/server.c","line":\([0-9]*\)'
    mapfile -t lines < <(sed -n "s|.*\"waits_for\":\"a line\".*$place.*|\1|p" \
        "$pictures/lab05/server.json" | sort -u)
    [ "${#lines[@]}" = 1 ] || echo "lines: ${lines[*]}"
    sed -n "${lines[0]-1}p" labs/lab05-coroutines/server.c |
        grep -q stream_read_line || echo "not there: ${lines[*]}")"
check "a student's own program is stepped through" "$(
    step lab05 falls_silent CASE=falls_silent 2>&1 |
        grep -v 'bytes are read, and'
    grep -q 'data-file="work/lab05/falls_silent.c"' \
        "$pictures/lab05/falls_silent-step.html" || echo 'without its source')"

# refused STATUS TEXT ARGUMENT...
refused() {
    local out status
    out=$(cd "$copy" && ./lab "${@:3}" 2>&1 </dev/null)
    status=$?
    [ "$status" = "$1" ] && [[ $out == *"$2"* ]] ||
        echo "status $status, not $1 and '$2': $out"
}
check 'an unknown program is named, status 2' \
    "$(refused 2 'no program dance' 05 step PROGRAM=dance)"
check 'an unknown case is named, status 2' \
    "$(refused 2 "no case 'dance'" 05 step CASE=dance)"
check 'a trace that is not there is named' "$(
    out=$(tests/step/build.sh "$top/none.json" 2>&1) && echo 'status 0'
    [[ $out == *"none.json cannot be read"* ]] || echo "$out")"
finish
