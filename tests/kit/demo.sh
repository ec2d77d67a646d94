#!/usr/bin/env bash
# demo: is each lab's demo played to its end, in tmux and as plain lines; does
# each pane show what the play says; and is nothing left afterwards?
# usage: tests/kit/demo.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/barred.bash
. tests/kit/barred.bash
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash

top=$(mktemp -d)
copy=$top/kit
# What a demo starts has this in its environment, whatever becomes of it.
export TMPDIR=$top/tmp LC_ALL=C.UTF-8
mkdir "$TMPDIR"
terminals=0
# shellcheck disable=SC2317 # the trap calls it
end() {
    local socket
    for socket in "$top"/outer*; do
        tmux -S "$socket" kill-server 2>/dev/null
    done
    rm -rf "$top"
}
trap end EXIT
trap 'exit 130' INT TERM
copy_kit "$copy"
cd "$copy" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL

# Processes of a demo, and files, that are still there after a while.
# shellcheck disable=SC2317 # called by until_true
is_clean() {
    [ -z "$(left)" ]
}
left() {
    grep -lazZ "^TMPDIR=$TMPDIR$" /proc/[0-9]*/environ 2>/dev/null |
        tr '\0' '\n' | sed 's|/environ||' | while read -r process; do
        [ "$process" = "/proc/$$" ] || [ "$process" = "/proc/$BASHPID" ] ||
            tr '\0' ' ' 2>/dev/null <"$process/cmdline" |
            grep -E 'socat|tcpdump|tests/demo|build/labs|tmux.*/tmux '
    done
    find "$TMPDIR" -mindepth 1
}
check_clean() {
    until_true is_clean
    check "$1" "$(left)"
}

# expect WHAT TEXT PATTERN...: the lines of TEXT that are like the patterns come
# in their order.
expect() {
    local what=$1 line wanted=("${@:3}")
    while IFS= read -r line && [ ${#wanted[@]} -gt 0 ]; do
        [[ ! $line =~ ${wanted[0]} ]] || wanted=("${wanted[@]:1}")
    done <<<"$2"
    check "$what" "$([ ${#wanted[@]} -eq 0 ] ||
        printf '%s\n' "no '${wanted[0]}' (any more) in:" "$2")"
}

client() {
    echo "127\\.0\\.0\\.1$1"
}
syn() {
    echo "$(client "$1")\\.[0-9]+ > .*\\.12345: Flags \\[S\\], length 0"
}
sent() { # CLIENT BYTES
    echo "$(client "$1")\\.[0-9]+ > .*\\.12345: Flags \\[P\\.\\], length $2"
}
got() { # CLIENT BYTES
    echo "\\.12345 > $(client "$1")\\.[0-9]+: Flags \\[P\\.\\], length $2"
}
came() {
    echo "^(server: )?$(client "$1"):[0-9]+ came"
}
went() {
    echo "^(server: )?$(client "$1"):[0-9]+ left"
}

# What each lab's server and wire show, in order: who waits is in the order.
lines_of_server() {
    echo 'listening on 127.0.0.1:12345'
    case $1 in
    lab01)
        came 1 && echo '"ha"' && went 1 && came 2 && echo '"on"' && went 2 &&
            came 3 && echo '"un"' && went 3
        ;;
    lab02) came 1 && came 2 && went 1 && came 3 && went 2 ;;
    *) came 1 && came 2 && came 3 && went 1 && went 2 && went 3 ;;
    esac
}
lines_of_wire() {
    syn 1 && sent 1 6 && syn 2 && sent 2 4
    case $1 in
    lab01 | lab02)
        syn 3 && sent 3 4 && sent 1 6 && got 1 12 && got 2 4 && got 3 4
        ;;
    *) got 2 4 && syn 3 && sent 3 4 && got 3 4 && sent 1 6 && got 1 12 ;;
    esac
}

labs=$(basename -a labs/lab0[1-5]-*/ | cut -d- -f1)
if ! why=$("$build/tests/harness/labnet" -t 2>&1); then
    skip 'the demos, wire and all' "${why#labnet: }"
    finish
fi

speakers='(server|wire|client [123]|step [0-9]+ of [0-9]+|so)[: ]'

# --- plain -------------------------------------------------------------------

for lab in $labs; do
    out=$(timeout 120 make "$lab-demo" PLAIN=1 2>&1 </dev/null)
    status=$?
    check "$lab: the plain demo ends, status 0" \
        "$([ "$status" = 0 ] || echo "status $status: $out")"
    mapfile -t wanted < <(lines_of_server "$lab")
    expect "$lab: its server says what it should" \
        "$(grep '^server: ' <<<"$out")" "${wanted[@]}"
    mapfile -t wanted < <(lines_of_wire "$lab")
    expect "$lab: its wire shows what it should" \
        "$(grep '^wire: ' <<<"$out")" "${wanted[@]}"
    check "$lab: each client has its line back" "$(
        for line in 1:'half a line' 2:one 3:uno; do
            [ "$(grep -cx "client ${line%%:*}: ${line#*:}" <<<"$out")" = 1 ] ||
                echo "not once: $line"
        done)"
    check "$lab: each line begins with who speaks, within 80 columns" "$(
        grep -vE "^($speakers|  |$)" <<<"$out"
        grep -v '^wire: ' <<<"$out" | awk 'length > 80'
        grep '[[:cntrl:]]' <<<"$out")"
    check_clean "$lab: nothing is left of it"
done

# --- in tmux, at a terminal of 80 columns and 24 lines ------------------------

outside() {
    tmux -S "$top/outer$terminals" -f /dev/null "$@" 2>&1
}
# open_terminal COLUMNS LINES COMMAND: in the place of the one before. (One that
# ends keeps its socket for a moment: so each has its own.)
open_terminal() {
    outside kill-server >/dev/null
    terminals=$((terminals + 1))
    outside new-session -d -x "$1" -y "$2" "$3; echo \"status \$?\"; exec cat"
    outside set-option -g status off
}
screen() {
    outside capture-pane -p
}
# inside ARGUMENT...: of the demo's own tmux.
inside() {
    tmux -S "$(echo "$TMPDIR"/*/tmux)" "$@" 2>&1
}
on_screen() {
    [[ $(screen) == *"$1"* ]]
}
pane_of() { # TITLE: all that this pane has shown
    local id
    id=$(inside list-panes -F '#{pane_id} #{pane_title}' |
        sed -n "s/^\\([^ ]*\\) $1\$/\\1/p")
    inside capture-pane -p -J -S - -t "$id" | sed 's/ *$//; /^$/d'
}
# begin_demo LAB COLUMNS LINES: until it waits for the first Enter.
begin_demo() {
    open_terminal "$2" "$3" "NO_COLOR=1 make $1-demo"
    until_true on_screen 'Enter: step 1 of'
}
# enter TEXT: presses Enter and waits until the screen shows this.
enter() {
    outside send-keys Enter
    until_true on_screen "$1"
}

check_panes() {
    local lab=$1 wanted line
    mapfile -t wanted < <(lines_of_server "$lab")
    expect "$lab: the pane of the server" "$(pane_of server)" \
        "\\$ build/labs/$lab-.*/server" "${wanted[@]}" '\^C'
    mapfile -t wanted < <(lines_of_wire "$lab")
    expect "$lab: the pane of the wire" "$(pane_of 'the wire')" \
        'tcpdump ' 'listening on lo' "${wanted[@]}"
    for line in 1:'half a line' 2:one 3:uno; do
        # What was typed, and what came back.
        expect "$lab: the pane of client ${line%%:*}" \
            "$(pane_of "client ${line%%:*}")" \
            "^\\$ socat - TCP:127.0.0.1:12345,bind=$(client "${line%%:*}")$" \
            "^${line#*:}$" "^${line#*:}$" '^\$$'
    done
    check "$lab: all panes and their titles fit 80 columns and 24 lines" "$(
        for title in server 'client 1' 'client 2' 'client 3' 'the wire' \
            'the play'; do
            on_screen " $title " || echo "no $title"
        done
        [ "$(screen | wc -l)" = 24 ] || echo 'not 24 lines')"
}

play_to_end() {
    local n last
    n=$(grep -c '^step ' "tests/demo/$1.bash")
    for ((last = 2; last <= n; last++)); do
        enter "Enter: step $last of $n" || break
    done
    enter 'This was the play'
}

if ! command -v tmux >/dev/null; then
    skip 'the demo in tmux' 'no tmux: ./setup installs it'
    finish
fi
for lab in $labs; do
    begin_demo "$lab" 80 24
    if ! play_to_end "$lab"; then
        not_ok "$lab: the demo in tmux is played to its end" "$(screen)"
        continue
    fi
    check_panes "$lab"
    outside send-keys Enter
    check "$lab: Enter leaves, status 0" \
        "$(until_true on_screen 'status 0' || screen)"
    check_clean "$lab: nothing is left of tmux"
done

begin_demo lab04 150 40
enter 'Enter: step 2 of'
check 'a wide terminal has server, wire and clients side by side' "$(
    screen | head -n 1 | grep -q ' server .* client 1 .* the wire ' || screen)"
outside send-keys C-c
check 'Ctrl-C ends it, and the command fails' \
    "$(until_true on_screen 'status 2' || screen)"
check_clean 'and leaves nothing'

begin_demo lab02 80 24
enter 'Enter: step 2 of'
outside kill-server >/dev/null
check_clean 'a terminal that is closed leaves nothing'

./lab 03 demo PLAIN=1 >"$top/plain" 2>&1 </dev/null &
pid=$!
until_true grep -q '^client 1' "$top/plain"
kill -TERM "$pid"
wait "$pid"
check_clean 'a plain one that is ended leaves nothing'

# --- where it cannot be ------------------------------------------------------

# refused STATUS TEXT COMMAND...
refused() {
    local out status
    out=$("${@:3}" 2>&1)
    status=$?
    [ "$status" = "$1" ] && [[ $out == *"$2"* ]] ||
        echo "status $status, not $1 and '$2': $out"
}
check 'a case or a program is not its subject, status 2' \
    "$(refused 2 "the lab's own server" ./lab 03 demo CASE=turned_away)"
# shellcheck disable=SC2317 # called by refused
at_size() { # COLUMNS LINES COMMAND: its last lines at such a terminal
    open_terminal "$@"
    until_true on_screen 'status '
    screen
}
check 'a small terminal is told what it lacks, status 1' \
    "$(refused 0 'status 1' at_size 79 24 './lab 03 demo')"
mkdir "$top/bin"
find /usr/bin /usr/sbin /bin -maxdepth 1 ! -name tmux \
    -exec ln -sft "$top/bin" {} + 2>/dev/null
check 'without tmux it says so, and how to do without' \
    "$(refused 0 'PLAIN=1' at_size 80 24 "PATH=$top/bin ./lab 03 demo")"
played=$("${barred[@]}" ./lab 04 demo PLAIN=1 2>&1 </dev/null)
expect 'where private networks are barred it says so, and plays without wire' \
    "$played" 'no private network' 'the wire cannot be seen' \
    '^server: listening on' '^client 2: one$' '^client 1: half a line$' \
    '^server: Ctrl-C'
check_clean 'and leaves nothing'
finish
