#!/usr/bin/env bash
# excerpts: is every piece of C on a page cut from a file that is compiled? Also
# what a page's form must be: its sections, its width, its links.
#
# usage: tests/kit/excerpts.sh [BUILD_FOLDER] [PAGE.md...]
#
#   ```{.c src="labs/lab01-blocking/server.c" region="serve"}
# holds the definition of that function: from the line of its return type to its
# closing brace in column 1, and nothing else.
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
shift $(($# > 0))
# shellcheck source=tests/kit/tap.bash
. "$kit"/tests/kit/tap.bash
export LC_ALL=C.UTF-8 # a column is a character, not a byte
columns_most=80
output_columns_most=110
sections='Question Predict Run See Why Mend Prove'

top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT

if [ ! -f "$build/compile_commands.json" ]; then
    not_ok "the kit is built in $build" "meson setup $build && ninja -C $build"
    finish
fi
sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$build/compile_commands.json" |
    (cd "$build" && xargs realpath) | sort -u >"$top/compiled"

# definition FILE NAME: that function, or nothing.
definition() {
    awk -v start="$2(" '
        index($0, start) == 1 { print before; inside = 1 }
        inside
        inside && /^}/ { exit }
        { before = $0 }' "$1"
}

# For each block of the page in $top/blocks: what is wrong with it as C?
wrong_excerpts() {
    local line kind src region

    while IFS=$'\t' read -r line kind src region; do
        [ "$kind" = c ] || continue
        if [ "$src" = - ] || [ "$region" = - ]; then
            echo "line $line: C without src and region"
        elif [ ! -f "$kit/$src" ]; then
            echo "line $line: there is no $src"
        elif ! grep -q -x -F "$(realpath "$kit/$src")" "$top/compiled"; then
            echo "line $line: $src is not compiled"
        else
            definition "$kit/$src" "$region" >"$top/definition"
            if [ ! -s "$top/definition" ]; then
                echo "line $line: $src defines no $region"
            elif ! cmp -s "$top/definition" "$top/blocks/$line"; then
                echo "line $line: not as in $src (+: what stands there)"
                diff -U 0 "$top/blocks/$line" "$top/definition" |
                    sed '1,2d; /^@@/d'
            fi
        fi
    done <"$top/table"
}

# Code and commands; what lsof and tcpdump print is as wide as it is, within
# reason.
wide_lines() {
    local line kind most number text

    while IFS=$'\t' read -r line kind _; do
        while IFS=: read -r number text; do
            most=$columns_most
            [ "$kind" != console ] || [[ $text == [$\>]' '* ]] ||
                most=$output_columns_most
            [ ${#text} -le "$most" ] ||
                echo "line $((line + number)) is wider"
        done < <(grep -n '' "$top/blocks/$line")
    done <"$top/table"
}

# text_of PAGE: the page without its blocks; the lines keep their numbers.
text_of() {
    awk '
        !fence && match($0, /^ *(```+|~~~+)/) {
            fence = substr($0, 1, RLENGTH)
            print ""
            next
        }
        fence {
            if (index($0, fence) == 1 && $0 ~ /^ *[`~]+ *$/)
                fence = ""
            print ""
            next
        }
        { print }' "$1"
}

wrong_sections() {
    local found

    text_of "$1" | sed -n '1{ /^# ./!s/.*/no title in line 1/p }'
    found=$(text_of "$1" | sed -n 's/^## //p' | paste -s -d ' ')
    [ "$found" = "$sections" ] || printf '%s\n' "expected: $sections" \
        "found:    $found"
}

dead_links() {
    local line link

    text_of "$1" | grep -n -o '](\(<[^>]*>\|[^)]*\))' |
        while IFS=: read -r line link; do
            link=${link#](}
            link=${link%)}
            link=${link#<}
            link=${link%>}
            case $link in
            http://* | https://* | mailto:*) continue ;;
            esac
            link=${link%% \"*} # a title
            link=${link%%#*}
            [ -e "$(dirname "$1")/${link:-.}" ] ||
                echo "line $line: there is no $link"
        done
}

judge_page() {
    local name=${1#"$kit/"}

    rm -rf "$top/blocks" && mkdir "$top/blocks" || exit
    if ! "$kit/tests/kit/transcript.py" blocks "$1" "$top/blocks" \
        >"$top/table" 2>"$top/said"; then
        not_ok "$name has blocks of known kinds" "$(cat "$top/said")"
        return
    fi
    check "$name shows C as it is compiled" "$(wrong_excerpts)"
    check "$name has no block wider than $columns_most columns" \
        "$(wide_lines)"
    check "$name links to files that exist" "$(dead_links "$1")"
    if [[ $name = *lab[0-9][0-9]-*.md ]]; then
        check "$name has its sections in order" "$(wrong_sections "$1")"
    fi
}

if [ $# -eq 0 ]; then
    mapfile -t pages < <(ls "$kit"/{README,labs/README,ARCHITECTURE}.md \
        "$kit"/CONTRIBUTING.md "$kit"/handouts/*.md 2>/dev/null)
else
    mapfile -t pages < <(realpath "$@")
fi
for page in "${pages[@]}"; do
    judge_page "$page"
done
finish
