#!/usr/bin/env bash
# student_kit: packs what students get: without solutions, without the checks
# and patches that tell of them, without the instructor's guide.
#
# usage: tests/grade/student_kit.sh EDITION.ini OUT.tar.gz
#
# The same kit gives the same bytes. Before it writes, it looks for each
# solution in everything that it packs. Status: 0; 1 a solution would have been
# in it; 2 wrong usage.
set -u
edition=$(realpath "${1:?which edition.ini?}") || exit 2
out=$(realpath -m "${2:?which file?}")
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 1

readonly WINDOW=5 # so many lines of a solution give it away

wrong() {
    echo "student-kit: $1" >&2
    exit 2
}

[ -r "$edition" ] || wrong "$edition cannot be read"
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
kit=$top/lab-kit

# --- the edition -------------------------------------------------------------

unknown=$(sed 's/#.*//; s/[[:blank:]]*$//' "$edition" |
    grep -vnE '^((labs|solutions) *=.*)?$' | head -n 1)
[ -z "$unknown" ] || wrong "$edition:${unknown%%:*}: not 'labs =' or\
 'solutions =': ${unknown#*:}"
value() {
    sed -nE "s/#.*//; s/^$1 *= *//p" "$edition" | xargs
}
labs=$(value labs)
[ "${labs:-all}" != all ] || labs=$(basename -a labs/lab[0-9][0-9]-*/ | xargs)
for lab in $labs; do
    [ -f "labs/$lab/meson.build" ] || wrong "$edition: there is no labs/$lab"
done
solutions=$(value solutions)
case ${solutions:=no} in
yes | no) ;;
*) wrong "$edition: solutions is yes or no, not $solutions" ;;
esac

# --- what is packed ----------------------------------------------------------

# take PATH...: files, and folders with all that is in them; where there is git,
# nothing that it does not know.
take() {
    local path
    if git ls-files --error-unmatch lab >/dev/null 2>&1; then
        git ls-files -z -- "$@" | xargs -0 cp -a --parents -t "$kit"
        return
    fi
    for path in "$@"; do
        [ ! -e "$path" ] || cp -a --parents "$path" "$kit"
    done
}

mkdir "$kit"
take .clang-format .clangd .devcontainer .gitignore .vscode Dockerfile LICENSE \
    Makefile README.md lab commands setup packages.txt meson.build \
    meson_options.txt common handouts labs/README.md labs/meson.build \
    tests/meson.build tests/totals.awk tests/harness tests/picture \
    tests/coro tests/coro_selftest tests/bench tests/demo tests/step \
    tests/labs/meson.build tests/labs/*.h
rm -f "$kit/handouts/instructor.md"
for lab in $labs; do
    take "labs/$lab" "tests/labs/${lab//-/_}.c" "tests/labs/${lab%%-*}_cases.c"
done
for page in "$kit"/handouts/lab[0-9][0-9]-*.md; do
    [ -d "$kit/labs/$(basename "$page" .md)" ] || rm "$page"
done
[ "$solutions" = yes ] || rm -f "$kit"/labs/*/*/fixed.c

# What a symptom check expects is the broken program's fault, in so many words.
for file in "$kit"/tests/labs/lab*.c; do
    awk '/^SYMPTOM\(/ { skip = 1 }
        !skip { print }
        /^}/ { skip = 0 }' "$file" | cat -s >"$top/checks"
    cp "$top/checks" "$file"
done

# The README without what is the instructor's: such sections, and such lines of
# lists and tables.
awk '/^## / { skip = /^## For instructors/ }
    /^[-|].*(instructor|ARCHITECTURE|CONTRIBUTING)\.md/ { next }
    /^\| `make (grade(-selftest)?|student-kit)` / { next }
    !skip { print }' README.md >"$kit/README.md"

# --- the proof ---------------------------------------------------------------

# Prints FILE:LINE for each run of WINDOW lines that also stands in a solution,
# and not in its broken program. Blanks at both ends of a line do not count.
# shellcheck disable=SC2016 # awk's own dollars
given_away() {
    local pairs=() folder
    for folder in labs/*/*/; do
        [ ! -f "$folder/fixed.c" ] || pairs+=("$folder"{broken,fixed}.c)
    done
    find "$kit" -type f ! -name fixed.c -print0 | sort -z |
        xargs -0 awk -v most="$WINDOW" '
            function window(  i, text) {
                for (i = FNR - most + 1; i <= FNR; i++)
                    text = text line[i % most] "\n"
                return text
            }
            { gsub(/^[ \t]+|[ \t\r]+$/, ""); line[FNR % most] = $0 }
            FNR == 1 && FILENAME ~ /broken\.c$/ { split("", known) }
            FNR < most { next }
            packed { if (window() in solution) print FILENAME ":" \
                FNR - most + 1 ": this stands in " solution[window()]; next }
            FILENAME ~ /broken\.c$/ { known[window()]; next }
            !(window() in known) { solution[window()] = FILENAME }
        ' "${pairs[@]}" packed=1
}

found=$(given_away)
if [ -n "$found" ]; then
    echo "student-kit: nothing is written, for a solution would be in it:" >&2
    echo "${found//"$kit/"/}" >&2
    exit 1
fi

# --- the archive -------------------------------------------------------------

# The time of the kit's last change that git knows; elsewhere a fixed one.
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null)}
mkdir -p "$(dirname "$out")"
tar -C "$top" --sort=name --format=ustar --mtime="@${time:-978307200}" \
    --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w \
    -c lab-kit | gzip -n -9 >"$out.new"
mv "$out.new" "$out" || wrong "$out cannot be written"
echo "$2: $(tar -tzf "$out" | grep -vc '/$') files," \
    "$(wc -w <<<"$labs") labs, $(find "$kit" -name fixed.c | wc -l) solutions"
find "$kit" -name fixed.c -printf '%P\n' | sort
