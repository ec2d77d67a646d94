#!/usr/bin/env bash
# build: one page to step through a run, with the trace, the sources that it
# speaks of, and all that shows them in it.
#
# usage: tests/step/build.sh TRACE.json >PAGE.html    from the kit's root
#
# Status: 0; 1 a file is missing, and its name is said.
set -u
here=$(dirname "$0")
trace=${1:?which trace?}
parts=(read.js tasks.js fold.js words.js timeline.js source.js predict.js
    page.js)

for file in "$trace" "${parts[@]/#/$here/}" "$here"/step.{html,css}; do
    [ -r "$file" ] || {
        echo "step: $file cannot be read" >&2
        exit 1
    }
done

# The files of the kit that the trace names. The worked server comes first.
sources() {
    grep -oE '"file":"(labs|work|common)/[^"]*"' "$trace" | cut -d'"' -f4 |
        sort | uniq -c | sort -k1,1nr -k2 | awk '{ print $2 }' |
        grep -v '\.\.'
}

show_sources() {
    local file
    for file in $(sources); do
        [ -r "$file" ] || continue
        # The first newline of a pre does not count.
        printf '<pre hidden data-file="%s">\n' "$file"
        sed 's/&/\&amp;/g; s/</\&lt;/g' "$file"
        echo '</pre>'
    done
}

while IFS= read -r line; do
    case $line in
    @style@) cat "$here/step.css" ;;
    @sources@) show_sources ;;
    # Inside of a script nothing is markup, but "</" would end it.
    @trace@) sed 's/</\\u003c/g' "$trace" ;;
    @scripts@) (cd "$here" && cat "${parts[@]}") ;;
    *) printf '%s\n' "$line" ;;
    esac
done <"$here/step.html"
