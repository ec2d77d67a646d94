#!/usr/bin/env bash
# build: the pages of handouts/ as HTML, each one file that needs no other, an
# index with a search, and PDFs where Chromium is.
#
# usage: build.sh [--no-pdf] [--paper A4|Letter] [FOLDER [PAGE.md...]]
#
# FOLDER is build/handouts, if none is named. With PAGE.md only these, and no
# index. Status 1: a page is not true, or pandoc is missing: one line says it.
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
pdf=1
paper=A4
while [[ ${1-} = --* ]]; do
    case $1 in
    --no-pdf) pdf= ;;
    --paper)
        case ${2-} in
        [Aa]4) paper=A4 ;;
        [Ll]etter) paper=Letter ;;
        *)
            echo "handouts: paper is A4 or Letter, not '${2-}'" >&2
            exit 2
            ;;
        esac
        shift
        ;;
    *)
        sed -n 's/^# usage: /usage: /p' "$0" >&2
        exit 2
        ;;
    esac
    shift
done
out=$(realpath -m "${1:-$kit/build/handouts}")
shift $(($# > 0))
only=("$@")
cd "$kit" || exit 1

command -v pandoc >/dev/null || {
    echo "handouts: no pandoc: ./setup develop installs it" >&2
    exit 1
}
mkdir -p "$out" || exit 1
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT

# The pages in the order in which they are read. One that is not in this list
# comes behind the others, and the guide for teachers is the last.
pages() {
    local page

    for page in handouts/start-here.md handouts/lab[0-9][0-9]-*.md \
        handouts/{tool-card,bug-log}.md labs/README.md handouts/*.md; do
        [ ! -f "$page" ] || echo "$page"
    done | awk '
        /instructor/ { last = $0; next }
        !seen[$0]++
        END { if (last) print last }'
}

# The name of its HTML file, without the end.
name_of() {
    if [ "$1" = labs/README.md ]; then
        echo map
    else
        basename "$1" .md
    fi
}

title_of() {
    sed -n '1s/^# //p' "$1"
}

# The same for all pages: CSS and script, written into each.
make_frame() {
    {
        echo '<style>'
        cat handouts/page/page.css
        echo '</style>'
        echo '<script>'
        cat handouts/page/theme.js
        echo '</script>'
    } >"$top/head"
    {
        echo '<script>'
        cat handouts/page/page.js
        echo '</script>'
    } >"$top/foot"
}

# to_html FROM NAME OPTION...
to_html() {
    local from=$1 name=$2
    shift 2
    pandoc --from markdown-smart-implicit_figures --to html5 --section-divs \
        --wrap preserve --template handouts/page/template.html \
        --include-in-header "$top/head" --include-after-body "$top/foot" \
        --output "$out/$name.html" "$@" "$from"
}

# make_page PAGE [BEFORE [AFTER]]
make_page() {
    local options=(--toc --toc-depth 2 --lua-filter handouts/page/filter.lua)

    [ -z "${2-}" ] || options+=(-V before="$(name_of "$2")"
        -V before-title="$(title_of "$2")")
    [ -z "${3-}" ] || options+=(-V after="$(name_of "$3")"
        -V after-title="$(title_of "$3")")
    PAGE_INDEX=$top/index.$(name_of "$1") \
        to_html "$1" "$(name_of "$1")" "${options[@]}"
}

# What stands on the index: each page with the first sentence of its text.
list_pages() {
    local page lead

    for page in "$@"; do
        lead=$(awk 'NR > 1 && /^[[:alpha:]]/ { text = text " " $0; next }
            text { exit }
            END { print text }' "$page" | sed 's/^ *//; s/\([.?]\) .*/\1/')
        printf -- '- [%s](%s.html)\\\n  %s\n' "$(title_of "$page")" \
            "$(name_of "$page")" "$lead"
    done
}

# group TITLE PAGE...: those of them that there are, under a title.
group() {
    local title=$1

    shift
    [ ! -f "${1-}" ] || printf '\n## %s\n\n%s\n' "$title" "$(list_pages "$@")"
}

make_index() {
    local labs=() others=() page

    for page in "$@"; do
        case $page in
        */lab[0-9][0-9]-*) labs+=("$page") ;;
        */start-here.md | */instructor.md) ;;
        *) others+=("$page") ;;
        esac
    done
    cat >"$top/index.md" <<'END'
---
title: How network servers wait
pagetitle: How network servers wait
home: true
---

<form class="search" role="search" hidden>
<label for="words">Search all pages</label>
<input id="words" type="search" autocomplete="off" spellcheck="false">
<p role="status"></p>
<ol></ol>
</form>

END
    {
        printf '::: pages\n'
        group 'Begin' handouts/start-here.md
        group 'The labs' "${labs[@]}"
        group 'Beside you while you work' "${others[@]}"
        group 'For who teaches' handouts/instructor.md
        printf '\n:::\n'
    } >>"$top/index.md"
    {
        cat "$top/foot"
        echo '<script type="application/json" id="sections">'
        echo '['
        for page in "$@"; do
            cat "$top/index.$(name_of "$page")"
        done | sed '$!s/$/,/'
        echo ']'
        echo '</script>'
        echo '<script>'
        cat handouts/page/search.js
        echo '</script>'
    } >"$top/foot.index"
    mv "$top/foot.index" "$top/foot"
    to_html "$top/index.md" index
}

# print PAGES: one after another, for a browser wants a whole processor.
print() {
    local chromium name options=(--headless --disable-gpu
        --no-pdf-header-footer --disable-background-networking --no-first-run
        --user-data-dir="$top/profile")

    chromium=$(command -v chromium || command -v chromium-browser ||
        command -v google-chrome) || {
        echo "handouts: no PDFs: Chromium, which prints them, is not here"
        return
    }
    # It refuses to be root with its sandbox.
    [ "$(id -u)" -ne 0 ] || options+=(--no-sandbox)
    for name in "$@"; do
        sed "s|</style>|@page { size: $paper }&|" "$out/$name.html" \
            >"$top/$name.html"
        timeout 60 "$chromium" "${options[@]}" \
            --print-to-pdf="$top/$name.pdf" "file://$top/$name.html" \
            >"$top/said" 2>&1
        if [ ! -s "$top/$name.pdf" ]; then
            echo "handouts: Chromium did not print $name:" \
                "$(tail -n 1 "$top/said")" >&2
            return 1
        fi
        mv "$top/$name.pdf" "$out/"
    done
    echo "$# PDFs, $paper: $out"
}

make_frame
if [ ${#only[@]} -gt 0 ]; then
    for page in "${only[@]}"; do
        make_page "$page" || exit 1
    done
    exit
fi
mapfile -t all < <(pages)
# The old ones stay until all the new ones are there.
folder=$out
out=$top/made
mkdir "$out" || exit 1
for i in "${!all[@]}"; do
    before=
    [ "$i" = 0 ] || before=${all[i - 1]}
    make_page "${all[i]}" "$before" "${all[i + 1]-}" || exit 1
done
make_index "${all[@]}" || exit 1
rm -f "$folder"/*.html "$folder"/*.pdf
mv "$out"/*.html "$folder/" || exit 1
out=$folder
echo "$((${#all[@]} + 1)) pages: $out/index.html"
[ "$pdf" ] || exit 0
mapfile -t names < <(for page in "${all[@]}"; do name_of "$page"; done)
print "${names[@]}"
