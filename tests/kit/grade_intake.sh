#!/usr/bin/env bash
# grade_intake: what is handed in comes as folder, tar or zip, and may be
# damaged, hostile or by accident not as it should be: the same work comes to
# the same result, nothing else is taken, and nothing is written.
#
# usage: tests/kit/grade_intake.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/grade.bash
. tests/kit/grade.bash

# One case is enough to tell what was taken.
work=$top/work
mkdir -p "$work/lab01"
cp labs/lab01-blocking/no_entry/fixed.c "$work/lab01/no_entry.c"
printf '# Which one?\n\n nobody knows\n' >"$work/lab01/sold_out.txt"
judge work
taken=$(value work taken)
check 'a folder is taken in' "$(
    [ -n "$taken" ] || cat "$top/work.said"
    expect_points work 3)"

python3 tests/kit/archives.py "$work" "$top" || finish

# ignores NAME WORDS: a complaint when the result does not say so.
ignores() {
    grep -qF -- "$2" "$top/$1.json" || echo "$1: '$2' is not said"
}

# same NAME [WORDS]: it holds the same work; what is beside it is ignored for
# these reasons, in the words of the result.
same() {
    local name=$1 words
    shift
    judge "$name"
    check "$name is the same work" "$(
        [ "$(value "$name" taken)" = "$taken" ] ||
            cat "$top/$name.said" "$top/$name.json"
        for words in "$@"; do
            ignores "$name" "$words"
        done)"
}

# refused NAME WORDS: it cannot be graded, for this reason.
refused() {
    judge "$1"
    check "$1 cannot be graded: $2" "$(
        [ "$(<"$top/$1.status")" = 10 ] || echo "status $(<"$top/$1.status")"
        [ "$(value "$1" state)" = 'cannot be graded' ] || cat "$top/$1.json"
        [ "$(wc -l <"$top/$1.said")" = 1 ] || echo 'not one line'
        grep -qF -- "$2" "$top/$1.said" || cat "$top/$1.said"
        unprintable "$top/$1.said")"
}

# --- archives ----------------------------------------------------------------

for name in plain.tar gzip.tar.gz xz.tar.xz pax.tar dots.tar.gz top.tar.gz \
    deep.tar.gz plain.zip backslash.zip; do
    same "$name"
done
same finder.zip "._no_entry.c: not in a lab's folder"
same climbs.tar '"../work/lab01/no_entry.c: a name that leads out' \
    '"work/../../work/lab01/no_entry.c: a name that leads out' \
    '"/etc/lab-grade: a name that leads out'
same climbs.zip '"/work/lab01/no_entry.c: a name that leads out'
same links.tar 'no_entry.c: a link' 'work/lab01/way: no file of a case'
same devices.tar 'no_entry.c: not a regular file'
# shellcheck disable=SC1003 # the result shows one backslash as two
same names.tar '"-rf: ' 'a\\x0ab\\x1b[2J\\x0d.c: no file' 'bytes more]: ' \
    "WORK/LAB01/NO_ENTRY.C: not in a lab's folder"
same twice.tar 'no_entry.c: there twice; the last one counts'
same large.tar.gz 'no_entry.c: too large'

refused swallows.tar.gz 'it grows too large'
refused bomb.zip 'more is in it than any work of a student needs'
refused crowd.tar 'too many files'
refused cut.tar.gz 'truncated gzip input'
refused cut.zip 'damaged'
refused lies.tar 'damaged'
refused noise.tar.gz 'neither tar nor zip'
refused text.zip 'neither tar nor zip'
refused nothing.tar 'neither tar nor zip'
refused locked.zip 'no_entry.c: encrypted'
head -c 20000000 /dev/urandom >"$top/heavy.zip"
refused heavy.zip 'more than 16 MiB'

# --- folders -----------------------------------------------------------------

mkdir "$top/empty" "$top/others" "$top/others/lab01"
touch "$top/others/lab01/no_entry.o"
refused empty 'no folder lab01, lab02, ... is in it'
refused others 'no_entry.o: no file of a case'
refused nowhere 'No such file or directory'
mkfifo "$top/fifo"
refused fifo 'neither a folder nor a file'

# A whole copy of the kit, as students have it, with far more beside the work.
mkdir -p "$top/whole/build/work/lab01" "$top/whole/.git/work/lab01" \
    "$top/whole/labs/lab01-blocking/no_entry"
cp "$work/lab01/no_entry.c" "$top/whole/build/work/lab01/sold_out.c"
cp "$work/lab01/no_entry.c" "$top/whole/.git/work/lab01/sold_out.c"
cp "$work/lab01/no_entry.c" "$top/whole/labs/lab01-blocking/no_entry/fixed.c"
cp -r "$work" "$top/whole/work"
seq -f "$top/whole/.git/%g" 20000 | xargs touch
same whole "build/work/lab01/sold_out.c: not in a lab's folder"

hostile=$top/hostile/lab01
mkdir -p "$hostile/no_answer.c" "$top/hostile/lab99" "$top/hostile/.git"
touch "$top/hostile/lab99/x.c"
ln -s /etc/passwd "$hostile/no_entry.c"
mkfifo "$hostile/sold_out.c"
head -c 400000 /dev/zero >"$hostile/only_one.c"
cp labs/lab01-blocking/old_news/fixed.c "$hostile/old_news.c"
touch "$hostile/Makefile" "$hostile/evil.o" "$hostile/-rf" \
    "$hostile/$(printf 'a\nb\033[2J\377')"
judge hostile
check 'links, folders, FIFOs and huge files are not taken' "$(
    for name in no_entry no_answer sold_out only_one; do
        expect_verdict hostile lab01 "$name" missing
    done
    expect_verdict hostile lab01 old_news passed
    for words in 'no_entry.c: a link' 'sold_out.c: not a regular file' \
        'no_answer.c: not a regular file' 'only_one.c: too large' \
        'Makefile: no file of a case' 'lab99/x.c: the kit knows no such lab'; do
        ignores hostile "$words"
    done)"
ln -s lab01 "$top/hostile/lab02"
mv "$hostile" "$top/elsewhere"
ln -s "$top/elsewhere" "$hostile"
cp -r "$work/lab01" "$top/hostile/lab03"
rm -r "$top/hostile/.git"
refused hostile "lab01: not in a lab's folder"

# --- what is left ------------------------------------------------------------

check 'names of files do no harm in any result' "$(
    for file in "$top"/*.json; do
        unprintable "$file"
        python3 -m json.tool "$file" >/dev/null || echo "$file"
    done 2>&1)"
check 'nothing is left of any of them' "$(remains)"
check 'nothing was written outside' "$(
    find / -xdev -name lab-grade -newer "$top/canary" 2>/dev/null | head -n 3
    [ "$(<"$top/canary")" = untouched ] || echo 'the canary was touched')"
finish
