#!/usr/bin/env bash
# pages: are the built pages what the markdown and the source say, and does each
# of them stand alone? Does a page that is not true stop the build?
#
# usage: tests/kit/pages.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
export LC_ALL=C.UTF-8
most_bytes=300000

if ! command -v pandoc >/dev/null; then
    skip 'the pages' 'no pandoc: ./setup develop installs it'
    finish
fi
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT

# source_of HTML: the markdown that it is made of.
source_of() {
    case $1 in
    */map.html) echo labs/README.md ;;
    *) echo "handouts/$(basename "$1" .html).md" ;;
    esac
}

# other_consoles HTML PAGE.md: the blocks of commands that are not as there.
other_consoles() {
    rm -rf "$top/blocks" && mkdir "$top/blocks" || return
    tests/kit/transcript.py blocks "$2" "$top/blocks" |
        awk '$2 != "console" { print $1 }' |
        (cd "$top/blocks" && xargs -r rm)
    tests/kit/pages.py consoles "$1" "$top/blocks"
}

# --- all pages ---------------------------------------------------------------

check 'every page builds' \
    "$(handouts/page/build.sh --no-pdf "$top/pages" >"$top/said" 2>&1 ||
        cat "$top/said")"
mapfile -t pages < <(printf '%s\n' "$top"/pages/*.html | grep -v '/index\.html')
index=$top/pages/index.html
all=("${pages[@]}" "$index")
check 'each handout has its page' \
    "$(for page in handouts/*.md; do
        [ -s "$top/pages/$(basename "$page" .md).html" ] || echo "$page"
    done)"
check "each page has less than $most_bytes bytes" \
    "$(find "$top/pages" -name '*.html' -size +"$((most_bytes - 1))c")"
for kind in resources links outline listings; do
    case $kind in
    resources) says='no page fetches anything' ;;
    links) says='links lead to pages and anchors that exist' ;;
    outline) says='headings are in order; landmarks and language are there' ;;
    listings) says='the numbers of lines are true' ;;
    esac
    check "$says" "$(tests/kit/pages.py "$kind" "${all[@]}" 2>&1)"
done
check 'some page has a listing' \
    "$(grep -q 'data-line' "${pages[@]}" || echo 'none has')"
check 'each page shows its console blocks unchanged' \
    "$(for page in "${pages[@]}"; do
        other_consoles "$page" "$(source_of "$page")"
    done 2>&1)"

# Those of the cases in a table: the one that a page solves needs none.
hints() {
    local page=$1 case

    # shellcheck disable=SC2016 # markdown
    sed -n 's/^| `\([a-z_]*\)` |.*/\1/p' "handouts/$page.md" |
        while read -r case; do
            sed -n 's/^hint[0-9]* *= *//p' "labs/$page/$case/case.ini" \
                2>/dev/null
        done
}
check "each lab's page has the hints of its cases, folded" \
    "$(for folder in labs/lab[0-9][0-9]-*/; do
        page=$(basename "$folder")
        wanted=$(hints "$page" | wc -l)
        found=$(grep -o '<details><summary>' "$top/pages/$page.html" | wc -l)
        [ "$wanted" -gt 0 ] && [ "$wanted" = "$found" ] ||
            echo "$page: $found of $wanted"
    done 2>&1)"
said=$(./lab handouts PAPER=b5 2>&1)
check 'a paper that nobody has is wrong usage' \
    "$([[ $? = 2 && $said = *'A4 or Letter'* ]] || echo "$said")"

# --- the search --------------------------------------------------------------

check 'the index has sections of each page' \
    "$(tests/kit/pages.py sections "$index" "${pages[@]}" 2>&1)"
# Its own script, in another engine than a browser's, if one is here.
if command -v node >/dev/null; then
    cat >"$top/search.js" <<'END'
const text = require("fs").readFileSync(process.argv[2], "utf8");
const scripts = [...text.matchAll(/<script[^>]*>([^]*?)<\/script>/g)];
const sections = JSON.parse(scripts.find(([all]) =>
    all.includes('id="sections"'))[1]);
const find = eval("(() => {" +
    scripts.find(([all]) => all.includes("function find"))[1] +
    "return find; })()");
for (const page of new Set(sections.map((section) => section[0]))) {
    const mine = sections.filter((section) => section[0] === page);
    const words = mine.map((section) => section.slice(3).join(" "))
        .join(" ").split(/\s+/).filter((word) => /^\w{4,}$/.test(word));
    for (const word of [words[0], words[words.length >> 1].toUpperCase()])
        if (!find(sections, word).some(({ href }) =>
            href.startsWith(page + ".html")))
            console.log(page + " is not found by " + word);
}
if (find(sections, "recv no_such_word").length + find(sections, " ").length)
    console.log("what is nowhere is found");
END
    check 'the search finds words of each page, and no others' \
        "$(node "$top/search.js" "$index" 2>&1)"
fi

# --- pages that are not true -------------------------------------------------

# stops SENTENCE SAID: the page on stdin stops the build, which says one line.
stops() {
    local status

    cat >"$top/page.md"
    handouts/page/build.sh "$top/wrong" "$top/page.md" >"$top/said" 2>&1
    status=$?
    if [ "$status" = 1 ] && [ "$(wc -l <"$top/said")" = 1 ] &&
        grep -q -F "$2" "$top/said" && [ ! -e "$top/wrong/page.html" ]; then
        ok "$1"
    else
        not_ok "$1" "status $status: $(cat "$top/said")"
    fi
}

# listing FILE NAME TEXT
listing() {
    # shellcheck disable=SC2016 # markdown
    printf '# A page\n\n```{.c src="%s" region="%s"}\n%s\n```\n' "$@"
}

server=labs/lab01-blocking/server.c
printf 'void\nnothing(void)\n{\n}\n' >"$top/empty.c"
printf 'int\none(void)\n{\n    return 1;\n}\n' >"$top/one.c"
one=$(cat "$top/one.c")
stops 'an unknown region stops the build' "$server defines no \"nowhere\"" \
    < <(listing "$server" nowhere 'int x;')
stops 'a region without a name stops the build' "$server defines no" \
    < <(listing "$server" '' 'int x;')
stops 'an empty region stops the build' '"nothing" is empty' \
    < <(listing "$top/empty.c" nothing "$(cat "$top/empty.c")")
stops 'an unknown file stops the build' 'there is no labs/nowhere.c' \
    < <(listing labs/nowhere.c one "$one")
stops 'another text than in the file stops the build' 'is not as it stands' \
    < <(listing "$top/one.c" one "${one/1/2}")
stops 'a picture that is not there stops the build' 'nowhere.svg' \
    < <(printf '# A page\n\n![A picture](nowhere.svg)\n')
printf '<svg></svg>\n' >"$top/silent.svg"
stops 'a picture without words stops the build' 'no words beside' \
    < <(printf '# A page\n\n![A picture](silent.svg)\n')
# shellcheck disable=SC2016 # markdown
remark='\n1. `return %s` is a line.\n'
# shellcheck disable=SC2059 # remark is a format
stops 'a remark on no line stops the build' 'no line of the listing has' \
    < <(
        listing "$top/one.c" one "$one"
        printf "$remark" 2
    )
# shellcheck disable=SC2059
{
    listing "$top/one.c" one "$one"
    printf "$remark" 1
} >"$top/page.md"
handouts/page/build.sh "$top/right" "$top/page.md" >"$top/said" 2>&1
check 'a remark stands at its line, and the right page builds' \
    "$(cat "$top/said"
        grep -q '<span class="line" data-line="4">.*<b class="mark">1</b>' \
            "$top/right/page.html" || echo 'no mark in line 4')"

# --- built pages that are spoilt ---------------------------------------------

# notices KIND SED_COMMAND: that complaint finds what the command has done.
notices() {
    sed "$2" "$top/pages/lab01-blocking.html" >"$top/pages/spoilt.html"
    if cmp -s "$top/pages/lab01-blocking.html" "$top/pages/spoilt.html"; then
        not_ok "$1: a spoilt page is noticed" "nothing is spoilt by: $2"
    else
        check "$1: a spoilt page is noticed" \
            "$([ "$(tests/kit/pages.py "$1" "$top/pages/spoilt.html" |
                wc -l)" -gt 0 ] || echo "not by: $2")"
    fi
}

notices resources 's|<main|<img src="https://example.org/x.png" alt="">&|'
notices links 's|href="#why"|href="#who"|'
notices links 's|href="index.html"|href="nowhere.html"|'
notices outline 's|<h2>Why</h2>|<h4>Why</h4>|'
notices listings 's|data-line="70"|data-line="71"|'
sed 's|<samp>hello</samp>|<samp>hallo</samp>|' \
    "$top/pages/lab01-blocking.html" >"$top/pages/spoilt.html"
check 'consoles: a spoilt page is noticed' \
    "$(other_consoles "$top/pages/spoilt.html" handouts/lab01-blocking.md |
        grep -q 'is another' || echo 'it is not')"
finish
