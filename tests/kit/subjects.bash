#!/usr/bin/env bash
# subjects: what mutants.sh and repairs.sh share. It compiles programs into a
# folder of their own, has the checks of a lab judge that folder, and reads the
# verdicts. The test that sources it has set kit, build and top (its own
# temporary folder), stands in the kit's root, and has sourced tap.bash.

: "${kit:?}" "${build:?}" "${top:?}"

# What still runs when the test ends is ended with it.
end_judges() {
    local pid

    for pid in $(jobs -pr); do
        kill -TERM -- "-$pid"
    done
    rm -rf "$top"
}
trap end_judges EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -f "$build/common/libcommon.a" ]; then
    not_ok "the kit is built in $build" "meson setup $build && ninja -C $build"
    finish
fi
# A sanitized library can be linked by a sanitized program only.
compile_options=(-g -O1)
if nm "$build/common/libcommon.a" 2>/dev/null | grep -q __asan; then
    compile_options+=('-fsanitize=address,undefined')
fi

# runner_of LAB: the test program of a lab ("lab01-blocking").
runner_of() {
    printf '%s/tests/labs/%s\n' "$build" "${1//-/_}"
}

# is_wanted LAB [WORD...]: is it one of these, or has it one of these cases? A
# word is labNN or labNN/CASE. Without any, every lab is.
is_wanted() {
    [ $# -eq 1 ] || [[ " ${*:2} " == *" ${1%%-*}"[\ /]* ]]
}

# case_is_wanted LAB CASE [WORD...]: the same of a case.
case_is_wanted() {
    [ $# -eq 2 ] || [[ " ${*:3} " == *" ${1%%-*} "* ]] ||
        [[ " ${*:3} " == *" ${1%%-*}/$2 "* ]]
}

# find_labs [WORD...]: puts the labs that can be judged into the array `labs`,
# and says which ones cannot, and which words name nothing.
find_labs() {
    local folder lab word pattern

    for word; do
        pattern="labs/${word%%/*}-*/"
        [[ $word != */* ]] || pattern+=${word#*/}/
        compgen -G "$pattern" >"$top/null" ||
            not_ok "there is $word" "no folder is $pattern"
    done
    labs=()
    for folder in labs/lab[0-9][0-9]-*/; do
        lab=$(basename "$folder")
        if ! is_wanted "$lab" "$@"; then
            continue
        elif [ -x "$(runner_of "$lab")" ]; then
            labs+=("$lab")
        elif grep -q "'$lab'" labs/meson.build; then
            not_ok "$lab is built" "there is no $(runner_of "$lab")"
        else
            skip "$lab" 'it does not stand in labs/meson.build yet'
        fi
    done
}

# checks_of LAB: its checks as "suite/name", one a line.
checks_of() {
    "$(runner_of "$1")" --list | awk '
        /^[A-Za-z]/ { suite = $1; sub(/:$/, "", suite); next }
        NF { print suite "/" $NF }'
}

# compile SOURCE PROGRAM [OPTION...]: one call of the compiler; what it said
# goes to PROGRAM.log.
compile() {
    local source=$1 program=$2

    shift 2
    cc @common/cflags "${compile_options[@]}" "$@" -o "$program" "$source" \
        "$build/common/libcommon.a" -pthread >"$program.log" 2>&1
}

# apply PATCH SOURCE OUT: leaves SOURCE as it is and the patched one in OUT;
# what patch said goes to OUT.log.
apply() {
    patch --silent --fuzz=0 --reject-file=- -o "$3" "$2" "$1" \
        >"$3.log" 2>&1 </dev/null && return
    rm -f "$3"
    return 1
}

# judge LAB SUBJECTS FILTER OUT: has the checks look at the programs in the
# folder SUBJECTS. OUT.verdicts has then one line a check: verdict (with _ for
# blanks; "uncovered" where only the private network is missing), a tab, and
# "suite/name"; OUT.said has what the checks told.
judge() {
    local runner

    runner=$(runner_of "$1")
    LT_SUBJECTS=$2 LT_JSON=$4.json "$runner" --filter "$3" >"$4.said" 2>&1 \
        </dev/null
    sed -nE 's/^\{"check":"([^"]*)","seconds":[0-9.]+,"verdict":"([^"]*)"'$(
        )'(,"what":"no private network)?.*/\2\3\t\1/p' "$4.json" 2>/dev/null |
        sed 's/^kit problem,.*\t/uncovered\t/; s/,.*\t/\t/
            s/^kit problem/kit_problem/; s/^timed out/timed_out/' \
            >"$4.verdicts"
}

# with_verdict WORD FILE [SUITE]: the names of those checks (of that suite).
with_verdict() {
    awk -F '\t' -v word="$1" -v suite="${3-}" '
        { split($2, part, "/") }
        $1 ~ "^(" word ")$" && (suite == "" || part[1] == suite) {
            print part[2]
        }' "$2"
}

# start COMMAND...: runs it in the background, two at a time. Each is a process
# group of its own, so that it ends with all that it has started.
start() {
    while [ "$(jobs -pr | wc -l)" -ge 2 ]; do
        wait -n
    done
    set -m
    "$@" &
    set +m
}
