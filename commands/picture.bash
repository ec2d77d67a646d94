# A student's own run, drawn: the scenario, or a check of a case, is played once
# more with strace and a tap on the network.

readonly PICTURES=build/picture

# The programs that draw are there when their libraries were when meson looked.
need_drawers() {
    local wanted=()
    command -v strace >/dev/null || wanted+=(strace)
    has_drawers || {
        meson setup --reconfigure build >build/setup.log 2>&1
        has_drawers || wanted+=(libpcap-dev libjansson-dev)
    }
    [ ${#wanted[@]} = 0 ] || kit_problem "a picture needs ${wanted[*]}:\
 ./setup installs that"
    build "$lab" tests/picture/{convert,draw}
}

has_drawers() {
    build build.ninja
    ninja -C build -t query tests/picture/draw tests/picture/convert \
        >/dev/null 2>&1
}

# record FOLDER NAME COMMAND...: runs it so that the program NAME is recorded.
record() {
    local folder=$1 name=$2
    shift 2
    rm -rf "$folder"
    mkdir -p "$folder" || kit_problem "$folder cannot be made"
    # Relative, and so without blanks, wherever the kit lies.
    LT_PREFIX="tests/picture/launch $folder $name" LT_RECORD=$folder \
        timeout --foreground -k 5 60 "$@" >"$folder/said" 2>&1
}

# trace FOLDER NAME TITLE [OPTION...]: what was recorded there, as a trace; with
# the lines of the program's source where PICTURE_PLACES is set.
trace() {
    local folder=$1 name=$2 title=$3 sources=() file
    shift 3
    [ -z "${PICTURE_PLACES-}" ] || set -- -x "$binary" "$@"
    for file in "$folder"/calls.*; do
        [ ! -s "$file" ] || sources+=(-s "$file")
    done
    for file in "$folder"/tasks.*; do
        [ ! -s "$file" ] || sources+=(-t "$file")
    done
    [ ! -s "$folder/wire.pcap" ] || sources+=(-p "$folder/wire.pcap")
    [ ! -s "$folder/end" ] || sources+=(-e "$(<"$folder/end")")
    if [ ${#sources[@]} = 0 ] ||
        ! build/tests/picture/convert "${sources[@]}" -n "$name" -l "$lab" \
            -T "$title" "$@" -o "$folder.json" 2>"$folder/wrong"; then
        cat "$folder/said" "$folder/wrong" 2>/dev/null | tail -n 5 >&2
        kit_problem "this run could not be recorded"
    fi
}

# A worked program of some lab, or another server: the scenario.
picture_scenario() { # ID PROGRAM TITLE
    local folder=$PICTURES/$lab/$1 program=$2 binary=$2
    [ -x "$program" ] || usage "there is no program ${program##*/} for that"
    record "$folder" "${program##*/}" \
        build/tests/harness/scenario -r "$folder" "$program"
    case $? in
    0) ;;
    75) kit_problem "$(tail -n 1 "$folder/said")" ;;
    *)
        tail -n 1 "$folder/said" >&2
        echo "no clients can come to ${program##*/}: nothing to draw" >&2
        exit 1
        ;;
    esac
    trace "$folder" "${program##*/}" "$3"
}

# A program of a case, mine or another: the first check of that case.
picture_case() { # ID PROGRAM TITLE
    local folder=$PICTURES/$lab/$1 binary=$2 checks options=()
    checks=$(sed -n "s/^REPAIR($CASE, \(.*\))$/\1/p" "tests/labs/$lab"_*.c |
        head -n 1)
    [ -n "$checks" ] || kit_problem "there is no check of $CASE"
    [ "$(ini "$CASE" role)" = server ] || options=(-c)
    mkdir -p "$folder.subject" || kit_problem "$folder.subject cannot be made"
    ln -sf "$PWD/$2" "$folder.subject/$CASE"
    LT_SUBJECTS=$PWD/$folder.subject record "$folder" "$CASE" \
        "$test" --filter "repair_$CASE/$checks"
    trace "$folder" "$CASE" "$3" "${options[@]}"
}

# One page for a browser: the pictures (what happened in each run is one of its
# own, so that they stand below each other where it is narrow), and the words.
picture_page() { # ID TRACE...
    local id=$1 trace
    shift
    cat <<END
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>$lab: $id</title>
<style>
$(<tests/picture/page.css)
</style></head><body><main>
END
    cat "$PICTURES/$lab/$id-waited.svg"
    echo '<div>'
    for trace in "$@"; do
        build/tests/picture/draw -i "$(basename "$trace" .json)" ladder "$trace"
    done
    echo '</div></main><details><summary>The same in words</summary><pre>'
    sed 's/&/\&amp;/g; s/</\&lt;/g' "$PICTURES/$lab/$id.txt"
    echo '</pre></details></body></html>'
}

# What is put beside it (WITH): another lab's server, another program of this
# lab, or the broken or the fixed program of the case. Prints its id.
picture_other() {
    local other=$WITH folder
    if [ -n "$CASE" ]; then
        case $other in
        broken | fixed) ;;
        *) usage "WITH=broken or WITH=fixed, not '$other'" ;;
        esac
        other=labs/$stem/$CASE/$other
        [ -f "$other.c" ] ||
            usage "there is no $WITH program of $CASE in this edition"
        build "$other"
        picture_case "$CASE-$WITH" "build/$other" "$CASE, $WITH"
        echo "$CASE-$WITH"
        return
    fi
    case $other in
    lab[0-9][0-9])
        folder=$(echo "labs/$other"-*/)
        [ -d "$folder" ] || usage "there is no $other"
        folder=$(basename "$folder")
        other=${PROGRAM:-server}
        ;;
    *) folder=$stem ;;
    esac
    [ -f "labs/$folder/$other.c" ] || usage "there is no $folder/$other"
    build "labs/$folder/$other"
    picture_scenario "with-$WITH" "build/labs/$folder/$other" \
        "$(picture_title "$folder"): $other"
    echo "with-$WITH"
}

# "Lab 03, nonblocking"
picture_title() {
    local number=${1%%-*}
    echo "Lab ${number#lab}, ${1#*-}"
}

# Mine: records it, sets id.
picture_mine() {
    local program
    if [ -n "$CASE" ]; then
        need_case
        prepare_work
        compile_case "$CASE" || {
            cat "$(subjects)/$CASE.log" >&2
            exit 1
        }
        id=$CASE
        picture_case "$id" "$(subjects)/$CASE" "$CASE, my copy"
        return
    fi
    id=${PROGRAM:-server}
    program=build/labs/$stem/$id
    [ "$lab/$id" != lab02/attempt ] || program=$(own_attempt)
    picture_scenario "$id" "${program:-attempt}" \
        "$(picture_title "$stem"): $id"
}

picture() {
    local id name other traces
    need_drawers
    picture_mine
    name=$PICTURES/$lab/$id
    traces=("$name.json")
    if [ -n "$WITH" ]; then
        other=$(picture_other) || exit
        traces+=("$PICTURES/$lab/$other.json")
    fi
    build/tests/picture/draw -o "$name" "${traces[@]}" ||
        kit_problem "$name cannot be drawn"
    picture_page "$id" "${traces[@]}" >"$name.html"
    if [ -n "$TEXT" ]; then
        cat "$name.txt"
    else
        build/tests/picture/draw words "${traces[@]}" | cut -c-80
    fi
    echo
    echo "$name.html: the pictures, and each event as a sentence"
    echo "$name-waited.svg, $name-ladder.svg, $name.txt: one by one"
}
