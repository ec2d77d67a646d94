#!/usr/bin/env bash
# browser: the built pages in a real browser, from file://, without a network,
# in light and dark, at 320 and 1280 px: no error, no request, no scrolling to
# the side, nothing that axe-core finds; and PDFs that are tagged and complete.
# Also the pages that step through the recordings of the kit: each step by
# key, forward and back, predictions, files, everything by keyboard alone.
# By hand: it wants Chromium and npm, and fetches what package-lock.json names.
#
# usage: tests/kit/browser.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(cd "$kit" && realpath -m "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
most_lab_pages=4

for tool in pandoc chromium node npm; do
    command -v "$tool" >/dev/null || {
        skip 'the pages in a browser' "no $tool"
        finish
    }
done
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT

# Once for each version of the list.
tools=$build/browser
mkdir -p "$tools" || exit 1
if ! cmp -s tests/kit/browser/package-lock.json "$tools/installed.json"; then
    cp tests/kit/browser/package{,-lock}.json "$tools/"
    PUPPETEER_SKIP_DOWNLOAD=1 timeout 300 npm --prefix "$tools" ci \
        >"$top/npm" 2>&1 || {
        skip 'the pages in a browser' "npm: $(tail -n 1 "$top/npm")"
        finish
    }
    cp "$tools/package-lock.json" "$tools/installed.json"
fi

# --- on a screen -------------------------------------------------------------

handouts/page/build.sh --no-pdf "$top/pages" >"$top/said" 2>&1 || {
    not_ok 'the pages build' "$(cat "$top/said")"
    finish
}
if [ -x "$build/tests/grade/grade_report" ]; then
    tests/kit/made_up_class.py "$top/class" 12
    echo '{"format": 1, "state": "unfinished", "submission": "<b>&"}' \
        >"$top/class/student000.json"
    echo 'no result' >"$top/class/damaged.json"
    "$build/tests/grade/grade_report" html "$top/class" \
        -o "$top/pages/class-report.html" 2>"$top/said"
    [ $? = 1 ] || not_ok 'the class report builds' "$(cat "$top/said")"
fi
NODE_PATH=$tools/node_modules timeout 600 node tests/kit/browser/look.js \
    "$(command -v chromium)" "$top/pages" >"$top/seen" 2>&1
views=$(sed -n '$s/^\([0-9]* views\) of .* pages$/\1/p' "$top/seen")
check "nothing is wrong in ${views:-all views} of the pages" \
    "$(sed '$s/^[0-9]* views of .*//; /^$/d' "$top/seen"
        [ -n "$views" ] || echo 'it has not come to its end')"

# --- step by step ------------------------------------------------------------

mkdir "$top/steps"
for trace in tests/kit/step/*.json handouts/figures/*.json; do
    name=$(basename "$(dirname "$trace")")-$(basename "$trace" .json)
    tests/step/build.sh "$trace" >"$top/steps/$name.html"
done
sed 20d tests/kit/step/lab05.json >"$top/damaged.json"
NODE_PATH=$tools/node_modules timeout 900 node tests/kit/browser/step.js \
    "$(command -v chromium)" "$top/steps" tests/kit/step/lab04.json \
    "$top/damaged.json" >"$top/seen" 2>&1
views=$(sed -n '$s/^\([1-9][0-9]* checks\) of .* pages$/\1/p' "$top/seen")
check "nothing is wrong in ${views:-all steps} of the pages step by step" \
    "$(sed '$s/^[0-9]* checks of .*//; /^$/d' "$top/seen" | head -n 40
        [ -n "$views" ] || echo 'it has not come to its end')"
# An event that is missing is missed at its place, in the browser as well.
mkdir "$top/less"
sed 60d tests/kit/step/lab05.json >"$top/less.json"
tests/step/build.sh "$top/less.json" >"$top/less/less.html"
NODE_PATH=$tools/node_modules timeout 300 node tests/kit/browser/step.js \
    "$(command -v chromium)" "$top/less" tests/kit/step/lab04.json \
    "$top/damaged.json" >"$top/seen" 2>&1
check "a page with one event less is found to be wrong, at that event" \
    "$(grep -q 'is not shown: line 60: event 59 is missing here' "$top/seen" ||
        head -n 5 "$top/seen")"

# --- on paper ----------------------------------------------------------------

for paper in A4 Letter; do
    mkdir "$top/$paper"
    handouts/page/build.sh --paper "$paper" "$top/$paper" >"$top/said" 2>&1
    check "all pages print on $paper" \
        "$(ls "$top/$paper"/lab01-blocking.pdf 2>&1 >/dev/null ||
            cat "$top/said")"
    command -v pdfinfo >/dev/null || {
        skip "the PDFs on $paper" 'no pdfinfo: poppler-utils has it'
        continue
    }
    check "the PDFs on $paper are tagged" \
        "$(for pdf in "$top/$paper"/*.pdf; do
            pdfinfo "$pdf" | grep -q '^Tagged: *yes' || basename "$pdf"
        done)"
    check "a lab has at most $most_lab_pages pages on $paper" \
        "$(for pdf in "$top/$paper"/lab*.pdf; do
            number=$(pdfinfo "$pdf" | sed -n 's/^Pages: *//p')
            [ "$number" -le "$most_lab_pages" ] ||
                echo "$(basename "$pdf"): $number"
        done)"
    check "the tool card and the bug log have one page on $paper" \
        "$(for page in tool-card bug-log; do
            pdfinfo "$top/$paper/$page.pdf" | grep -q '^Pages: *1$' ||
                echo "$page"
        done)"
    # Each end of a line of commands or output is there. (pdftotext takes a
    # hyphen at the end of a line for one of its own.)
    check "the PDFs on $paper hold every line of the console blocks" \
        "$(for pdf in "$top/$paper"/*.pdf; do
            page=$(basename "$pdf" .pdf)
            source=handouts/$page.md
            [ "$page" != map ] || continue
            pdftotext "$pdf" - | tr -d '[:space:]-' >"$top/text"
            mkdir -p "$top/blocks" && rm -f "$top/blocks"/*
            tests/kit/transcript.py blocks "$source" "$top/blocks" |
                awk '$2 == "console" { print $1 }' |
                while read -r line; do
                    sed 's/[[:space:]-]//g; s/.*\(.\{12\}\)$/\1/; /^$/d' \
                        "$top/blocks/$line" | grep -v -x '…'
                done | sort -u | while read -r end; do
                    grep -q -F -e "$end" "$top/text" || echo "$page: $end"
                done
        done)"
done
finish
