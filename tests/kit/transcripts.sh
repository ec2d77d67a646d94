#!/usr/bin/env bash
# transcripts: does every command of every page say what the page says? The
# console blocks of a page are run in order in one shell, in a copy of the kit
# and in a private network, and their output is compared line by line.
#
# usage: tests/kit/transcripts.sh [BUILD_FOLDER] [PAGE.md...]
#
# What a page may do:
#   ```console             run; "$ " starts a command, "> " continues it, the
#                          rest is its output, without what ends in no newline
#   ```{.console noexec="reason"}   not run
#   …                      alone on a line: one line of any content
#   command &              the next command waits until this has settled; a
#                          line "[1] 4711" after it may be shown or not
# A shell forgets a job that ended, so `wait $!` rather than `wait %1`. What a
# page starts, it ends. transcript.py (DECLARED) lists the kinds of value that
# may differ from those on the page: client ports, process ids, times, ...
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
shift $(($# > 0))
if [ $# -eq 0 ]; then
    mapfile -t pages < <(ls "$kit"/{README,labs/README,ARCHITECTURE}.md \
        "$kit"/CONTRIBUTING.md "$kit"/handouts/*.md 2>/dev/null)
else
    mapfile -t pages < <(realpath "$@")
fi
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash
transcript=$kit/tests/kit/transcript.py
labnet=$build/tests/harness/labnet
page_limit_s=${PAGE_LIMIT_S:-300}

top=$(mktemp -d) || exit 1
running=
# Process numbers of its own: they grow, so that lsof lists first what a page
# started first, and whatever happens to the first process ends them all.
alone=(unshare --pid --fork --kill-child --mount-proc)
trap 'rm -rf "$top"' EXIT
trap 'end_page; exit 130' INT
trap 'end_page; exit 143' TERM

# shellcheck disable=SC2317 # the traps call it
end_page() {
    if [ -n "$running" ]; then
        kill -KILL "$running" && wait "$running"
    fi 2>/dev/null
}

# make_copy FOLDER: the kit and its build folder, at the paths that they have,
# but below FOLDER: the build knows the way from the one to the other.
make_copy() {
    copy_kit "$1$kit" || return
    # Ninja's log remembers how old build.ninja is, whatever its time says now;
    # from that it would conclude to make the original's build files anew.
    sed -i '/\tbuild\.ninja\t/d' "$1$kit/build/.ninja_log" || return
    [ "$build" != "$kit/build" ] || return 0
    mkdir -p "$(dirname "$1$build")" && mv "$1$kit/build" "$1$build" &&
        ln -s "$1$build" "$1$kit/build"
}

# prepare_work PAGE COPY: what `make labNN` leaves in work/ and build/work/, for
# those labs whose copies the page names.
prepare_work() {
    local numbers number cases folder file

    mapfile -t numbers < <(sed -n 's|.*work/lab\([0-9][0-9]\).*|\1|p' "$1" |
        sort -u)
    for number in "${numbers[@]}"; do
        # To put one case back prepares them all.
        cases=("$2/labs/lab$number"-*/*/case.ini)
        folder=${cases[0]%/*}
        "$2/lab" "$number" reset CASE="${folder##*/}" || return
        for file in "$2/work/lab$number"/*.c; do
            "$2/lab" compile "work/lab$number/$(basename "$file")" || return
        done
    done
}

# run_page PAGE NAME: leaves what there is to complain of in $top/NAME/said.
run_page() {
    local folder=$top/$2 status at

    mkdir -p "$folder/notes" &&
        "$transcript" cram "$1" >"$folder/page" 2>"$folder/said" || return
    if ! make_copy "$folder" >"$folder/said" 2>&1 ||
        ! prepare_work "$1" "$folder$kit" >"$folder/said" 2>&1; then
        echo "(no copy of the kit could be made)" >>"$folder/said"
        return
    fi
    TRANSCRIPT_KIT=$folder$kit TRANSCRIPT_NOTES=$folder/notes \
        "$labnet" "${alone[@]}" "$kit/tests/kit/transcript_run" \
        "$folder/page" "$page_limit_s" \
        >"$folder/diff" 2>&1 &
    running=$!
    wait "$running"
    status=$?
    running=
    {
        if [ "$status" -ge 124 ]; then
            at=$(cat "$folder/notes/at")
            echo "it stood at line $at when $page_limit_s s were over:"
            sed -n "${at}p" "$1"
        elif [ "$status" -ne 0 ]; then
            "$transcript" explain "$1" "$folder/diff"
            cat "$folder/notes/shell"
            grep -q '^@@' "$folder/diff" || cat "$folder/diff"
        fi
        if [ "$status" -lt 124 ] && [ -s "$folder/notes/left" ]; then
            echo "it left running:"
            cat "$folder/notes/left"
        fi
    } >"$folder/said"
}

# judge_page PAGE: runs it and says what came of it.
judge_page() {
    local page=$1 name=${1#"$kit/"} stem

    stem=$(basename "$page" .md)
    if [[ $stem = lab[0-9][0-9]-* ]] && [ ! -d "$build/labs/$stem" ] &&
        ! grep -q "'$stem'" "$kit/labs/meson.build"; then
        skip "$name" 'its lab does not stand in labs/meson.build yet'
        return
    fi
    run_page "$page" "$stem"
    check "every command of $name says what the page says" \
        "$(cat "$top/$stem/said")"
    rm -rf "${top:?}/$stem"
}

if ! command -v cram3 >/dev/null && ! command -v cram >/dev/null; then
    skip 'every command of every page' 'no cram: ./setup develop installs it'
elif [ ! -x "$labnet" ]; then
    not_ok "the kit is built in $build" "meson setup $build && ninja -C $build"
elif ! why=$("$labnet" -t 2>&1); then
    skip 'every command of every page' "${why#labnet: }"
elif ! why=$("$labnet" "${alone[@]}" true 2>&1); then
    skip 'every command of every page' "no processes of its own: $why"
else
    for page in "${pages[@]}"; do
        judge_page "$page"
    done
fi
finish
