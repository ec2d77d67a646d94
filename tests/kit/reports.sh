#!/usr/bin/env bash
# reports: what grade_report makes of results is read by strict readers, with
# every byte value in every text, forged replies, damaged results and none.
#
# usage: tests/kit/reports.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
export LC_ALL=C.UTF-8
report=$build/tests/grade/grade_report

if [ ! -x "$report" ]; then
    skip 'reports' 'grade_report is not built: ./setup grade'
    finish
fi
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT

# reader ARGUMENTS...: what the strict reader complains of.
reader() {
    tests/kit/reports.py "$@" 2>&1 | head -n 5
}

# make FORM KIND [OPTION...]: leaves $top/KIND.FORM, .said and .status.
make() {
    local form=$1 kind=$2
    shift 2
    rm -rf "$top/$kind.$form"
    "$report" "$form" "$top/$kind" -o "$top/$kind.$form" "$@" \
        >"$top/said" 2>&1
    status=$?
}

# expect_status NUMBER: a complaint when it was another.
expect_status() {
    [ "$status" = "$1" ] || echo "status $status: $(head -n 3 "$top/said")"
}

kinds=(class bytes random forged benign mended large damaged empty)
mkdir "$top/empty"
for kind in "${kinds[@]}"; do
    [ "$kind" = empty ] || tests/kit/reports.py make "$kind" "$top/$kind"
done

# --- Gradescope --------------------------------------------------------------

# gradescope_files KIND: the reader's complaints of all of them.
gradescope_files() {
    find "$top/$1.gradescope" -name results.json -print0 2>/dev/null |
        xargs -0 -r tests/kit/reports.py gradescope "$top/$1" 2>&1 |
        head -n 5
}

# number_of FOLDER PATTERN: files below it; a name may hold a newline.
number_of() {
    find "$1" -type f -name "$2" -printf . 2>/dev/null | wc -c
}

# each_gradescope KIND STATUS SENTENCE
each_gradescope() {
    make gradescope "$1"
    check "Gradescope: $3" "$(
        expect_status "$2"
        gradescope_files "$1"
        [ "$(number_of "$top/$1" '*.json')" = \
            "$(number_of "$top/$1.gradescope" results.json)" ] ||
            echo 'not one for each result')"
}
each_gradescope class 0 'a valid file whatever became of a submission'
each_gradescope bytes 1 'every byte value in every text, and in names'
each_gradescope random 0 'a thousand forged replies change no score'
each_gradescope large 0 'what is too large is cut'
each_gradescope damaged 1 'a damaged result gives a valid file, and no point'
each_gradescope empty 0 'an empty class gives nothing'
check 'Gradescope: students see what was expected' "$(
    grep -q '"output": "failed.*expected: words' \
        "$top/class.gradescope/anna/results.json" ||
        cat "$top/class.gradescope/anna/results.json")"
check 'each damaged result is named in one line' "$(
    make gradescope damaged
    for file in "$top"/damaged/*.json; do
        [ "$(grep -c "grade_report: $(basename "$file") is damaged" \
            "$top/said")" = 1 ] || basename "$file"
    done
    [ "$(wc -l <"$top/said")" = "$(find "$top/damaged" -name '*.json' |
        wc -l)" ] || echo 'other lines are said')"
check 'no line that is said holds what a terminal obeys' "$(
    make gradescope bytes
    LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$top/said" | head -n 3)"

"$report" gradescope "$top/class/anna.json" -o "$top/results.json" \
    --visibility after_published
check 'Gradescope: one result, its hidden checks shown later' "$(
    reader gradescope "$top/class" "$top/results.json"
    [ "$(grep -c '"after_published"' "$top/results.json")" = 2 ] ||
        echo 'not the hidden case and the hidden check')"

# spoilt FORM KIND FILE SED: the reader notices what sed has done to it.
spoilt() {
    sed "$4" "$3" >"$top/spoilt"
    if cmp -s "$3" "$top/spoilt"; then
        not_ok "$1: a spoilt file is noticed" "nothing is spoilt by: $4"
    else
        check "$1: a spoilt file is noticed" "$(
            [ -n "$(reader "$1" "$top/$2" "$top/spoilt")" ] ||
                echo "not by: $4")"
    fi
}
for change in 's/"score": 3/"score": NaN/' 's/"score": 3,/& "score": 3,/' \
    '0,/"max_score"/s///' 's/"name_format": "text"/"name_format": "html"/' \
    's/"visibility": "hidden"/"visibility": "visible"/' \
    's/"output": "3/&\\u001b/' 's/"score": 0/"score": 3/' \
    's/"status": "passed"/"status": "skipped"/'; do
    spoilt gradescope class "$top/class.gradescope/anna/results.json" "$change"
done

# --- JUnit -------------------------------------------------------------------

# each_junit KIND STATUS SENTENCE
each_junit() {
    make junit "$1"
    check "JUnit: $3" "$(
        expect_status "$2"
        reader junit "$top/$1" "$top/$1.junit")"
}
each_junit class 0 'a suite each, whatever became of a submission'
each_junit bytes 1 'every byte value in every text, and in names'
each_junit random 0 'a thousand forged replies pass no test'
each_junit large 0 'much text'
each_junit damaged 1 'a damaged result is an error'
each_junit empty 0 'an empty class is a valid file'
# shellcheck disable=SC2016 # no variable
for change in 's/message="words"/message="\&#27;"/' 's/failures="/&1/' \
    's/name="it works again"/name="it works"/' 's/<skipped/<failure/' \
    's|<failure |<error message="" type=""/>&|' 's/time="0.250"/time="nan"/' \
    's/words/<![CDATA[words]]>/'; do
    spoilt junit class "$top/class.junit" "$change"
done

# --- others of this kind -----------------------------------------------------

for form in autolab classroom prairielearn; do
    for kind in class bytes forged large empty; do
        make "$form" "$kind"
        check "$form: $kind" "$(
            [ "$kind" = bytes ] || expect_status 0
            find "$top/$kind.$form" -type f -print0 2>/dev/null |
                xargs -0 -r tests/kit/reports.py others "$form" "$top/$kind" \
                    2>&1 | head -n 5
            [ "$(number_of "$top/$kind" '*.json')" = \
                "$(number_of "$top/$kind.$form" '*.*')" ] ||
                echo 'not one for each result')"
    done
done
"$report" classroom "$top/class/full.json" -c lab01 -o "$top/step"
check 'classroom: a step may be of one lab' "$(
    base64 -d "$top/step" | grep -q '"status":"pass","max_score":6,' ||
        base64 -d "$top/step")"

# --- gradebooks --------------------------------------------------------------

tests/kit/reports.py gradebooks "$top/tables"
# fill FORM TABLE STATUS SENTENCE [OPTION...]: the table comes out as it must.
fill() {
    local form=$1 table=$2 wanted=$3 sentence=$4
    shift 4
    "$report" "$form" "$top/tables/$form" -g "$top/tables/$table.csv" \
        -o "$top/$table.csv" "$@" >"$top/said" 2>&1
    status=$?
    check "$sentence" "$(
        expect_status "$wanted"
        diff "$top/tables/$table.filled" "$top/$table.csv" | cat -A | head -n 8
        reader table "" "$top/$table.csv")"
}
# said WORDS...: they are lines that the last one has said.
said() {
    for words in "$@"; do
        grep -qxF "$words" "$top/said" || echo "it does not say: $words"
    done
}
fill canvas canvas 1 'Canvas: one column is filled, and nothing else changes' \
    -c 'Labs, all'
check 'Canvas: whatever is not entered is named, with the reason' "$(said \
    'Kim Lee: fits more than one row' \
    'S-10: another submission fits its row too: ="Zoë"' \
    'zoe: another submission fits its row too: ="Zoë"' \
    'elsewhere: not assigned to this student: the cell stays' \
    'on.leave: excused: the cell stays' 'stranger: fits no row' \
    'late: unfinished' 'torn: cannot be graded' \
    'no submission: Lee, Kim; Kim, Lee; Absent, A; Student, Test')"
fill canvas zero 1 'Canvas: what cannot be graded is worth 0 if one says so' \
    -c 17 --zero
fill canvas german 1 'Canvas: scaled, with semicolons and decimal commas' \
    --scale
fill moodle moodle 1 'Moodle: grades and words are filled, and nothing else'
check 'Moodle: whatever is not entered is named, with the reason' "$(said \
    'Ann Other_501_assignsubmission_onlinetext: its number is one '\
"student's, its name is not" \
    'cdavis: points are entered; the words that are there stay' \
    'eve@x.edu: the grade cannot be changed: the cell stays' \
    'no submission: Ann Other')"
fill moodle french 1 'Moodle: titles in another language are named' \
    -c Note --feedback commentaires
check 'a hundred tables of any bytes: only the cells of one column change' \
    "$(reader random_gradebooks "$report" "$top/tables")"

# refuses TABLE WORDS SED [OPTION...]: a gradebook that sed has spoilt.
refuses() {
    local table=$1 words=$2 change=$3
    shift 3
    sed "$change" "$top/tables/$table.csv" >"$top/spoilt.csv"
    rm -f "$top/out"
    "$report" canvas "$top/tables/canvas" -g "$top/spoilt.csv" -o "$top/out" \
        "$@" >"$top/said" 2>&1
    status=$?
    check "a gradebook is refused: $words" "$(
        expect_status 2
        grep -qF "$words" "$top/said" || head -n 3 "$top/said"
        [ "$(wc -l <"$top/said")" = 1 ] || echo 'not one line'
        [ ! -e "$top/out" ] || echo 'and yet it is written')"
}
refuses canvas 'more than one assignment' ''
refuses canvas 'no column of an assignment is so called' '' -c Quizzes
refuses canvas 'is read only' 's/100.00/(read only)/' -c 17
refuses canvas 'no gradebook of Canvas' 's/Student/Pupil/'
refuses canvas 'row 4: a quote inside a cell' 's/jdoe/j"doe/'
refuses canvas 'row 4: more behind a closing quote' 's/"A, B"/&x/'
refuses canvas 'a quote that is not closed' 's/x1/"x1/'
refuses canvas 'row 4 has 9 cells' 's/,jdoe/,&/' -c 17
refuses canvas 'it is UTF-16' '1s/^.../\xff\xfe/'
refuses canvas 'it is not a text' 's/jdoe/\x00/'
"$report" canvas "$top/tables/canvas" -g "$top/tables/german.csv" \
    -o "$top/out" >"$top/said"
check 'points that are not those of the column are not entered' "$(
    said 'doejane_1001_555_work: 87 of 100 points, and the column has '\
"'10,00': --scale makes them fit"
    cmp "$top/out" "$top/tables/german.csv" 2>&1)"
cp "$top/tables/german.csv" "$top/mine.csv"
"$report" canvas "$top/tables/canvas" -g "$top/mine.csv" -o "$top/mine.csv" \
    --scale >"$top/said" 2>&1
check "the instructor's own file is never overwritten" "$(
    cmp "$top/mine.csv" "$top/tables/german.csv" 2>&1
    grep -q 'would be overwritten' "$top/said" || cat "$top/said")"

# --- the page ----------------------------------------------------------------

# each_html KIND STATUS SENTENCE
each_html() {
    make html "$1"
    check "HTML: $3" "$(
        expect_status "$2"
        reader html "$top/$1" "$top/$1.html")"
}
each_html class 0 'all that can become of a submission'
each_html bytes 1 'every byte value in every text, and in names'
each_html forged 0 'forged replies'
each_html benign 0 'harmless ones'
each_html large 0 'much text'
each_html damaged 1 'damaged results'
each_html empty 0 'an empty class'
each_html mended 0 'a case that is mended'
check 'HTML: what is forged adds no element' "$(
    diff <(tests/kit/reports.py elements "$top/forged.html" 2>&1) \
        <(tests/kit/reports.py elements "$top/benign.html" 2>&1))"
check 'HTML: a page has a limit' "$(
    find "$top/large.html" -size +2M)"
check 'HTML: what is marked is what was changed, behind a zero byte too' "$(
    reader differences "$top/mended.html" \
        labs/lab01-blocking/no_entry/{broken,fixed}.c)"
mkdir -p "$top/hidden/labs/lab01-blocking/extra"
cp labs/lab01-blocking/no_entry/broken.c "$top/hidden/labs/lab01-blocking/extra"
tests/kit/reports.py make extra "$top/extra"
make html extra -x "$top/hidden"
check 'HTML: what was changed in a hidden case' "$(
    reader differences "$top/extra.html" \
        labs/lab01-blocking/no_entry/{broken,fixed}.c)"
check 'HTML: nothing is left of the comparison' "$(
    mkdir "$top/tmp"
    TMPDIR=$top/tmp "$report" html "$top/mended" -o "$top/again.html"
    ls "$top/tmp"
    cmp "$top/again.html" "$top/mended.html" 2>&1)"
# shellcheck disable=SC2016 # no variable
for change in 's/<b class/<b onclick="x()" class/' 's/default-src .none/&e/' \
    's|</main>|<script>1</script>&|' 's|</h3>|<img src="x">&|' \
    's/href="#s0"/href="http:x"/' 's/"use strict"/"use it"/' \
    's/id="s1"/id="s0"/' 's/words/\x1b/' 's|</summary>||' 's/<p>/&<!-- -->/'; do
    spoilt html class "$top/class.html" "$change"
done

# --- like programs -----------------------------------------------------------

tests/kit/made_up_class.py "$top/sixty"
make similar sixty
# The pairs, the most alike first.
pairs() {
    sed -nE 's/^ *[0-9.]+  ([^ ]+) and ([^ ]+) \(.*/\1 \2/p' "$top/$1.similar"
}
check 'alike: in a class of sixty three copies are the first three pairs' "$(
    expect_status 0
    for kind in names layout comments; do
        pairs sixty | head -n 3 | grep -qx "copy_$kind origin_$kind" ||
            pairs sixty | grep -n "copy_$kind" | head -n 3
    done)"
check 'alike: what a pair shares is shown, with how many share it' "$(
    grep -A 1 'copy_names and origin_names' "$top/sixty.similar" |
        grep -qE '^ +[0-9]+ of 60  lab0[0-9]/[a-z_]+  .' ||
        head -n 20 "$top/sixty.similar")"
tests/kit/reports.py make given "$top/given"
check 'alike: what was handed out, or mends it as the kit does, is nothing' "$(
    make similar given
    expect_status 0
    grep -q '^6 pairs' "$top/given.similar" || cat "$top/given.similar"
    pairs given)"
for kind in bytes forged damaged empty; do
    make similar "$kind"
    check "alike: $kind" "$(
        case $kind in
        bytes | damaged) expect_status 1 ;;
        *) expect_status 0 ;;
        esac
        LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$top/$kind.similar" |
            head -n 3
        iconv -f UTF-8 -t UTF-8 "$top/$kind.similar" 2>&1 >/dev/null)"
done

# --- the command -------------------------------------------------------------

# ends STATUS SENTENCE ARGUMENT...: it does, with one line.
ends() {
    local wanted=$1 sentence=$2
    shift 2
    "$report" "$@" >"$top/said" 2>&1
    status=$?
    check "$sentence" "$(
        expect_status "$wanted"
        [ "$(wc -l <"$top/said")" = 1 ] || cat "$top/said")"
}
rm -f "$top/out"
ends 2 'a form that there is not is wrong usage' \
    parchment "$top/class" -o "$top/out"
ends 2 'no result is wrong usage' junit -o "$top/out"
ends 2 'no output is wrong usage' junit "$top/class"
ends 2 'a result that there is not is wrong usage' \
    junit "$top/nowhere.json" -o "$top/out"
ends 2 'a visibility that Gradescope does not know is wrong usage' \
    gradescope "$top/class" -o "$top/out" --visibility never
ends 2 'a gradebook that is not named is wrong usage' \
    canvas "$top/class" -o "$top/out"
ends 2 'a gradebook that there is not is wrong usage' \
    moodle "$top/class" -o "$top/out" -g "$top/nowhere.csv"
ends 75 'what cannot be written is trouble' \
    junit "$top/class" -o "$top/nowhere/out.xml"
check 'nothing was written' "$(ls "$top/out" 2>/dev/null)"

make junit random
make junit class
ln "$top/class.junit" "$top/old"
cp "$top/class.junit" "$top/copy"
"$report" junit "$top/random" -o "$top/class.junit" 2>"$top/said"
check 'what is written takes the place of the old at once' "$(
    cmp "$top/old" "$top/copy" 2>&1
    cmp "$top/class.junit" "$top/random.junit" 2>&1
    find "$top" -name '*.junit.*')"
finish
