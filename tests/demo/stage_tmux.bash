#!/usr/bin/env bash
# stage_tmux: the play in tmux, a titled pane for each who speaks. The play
# itself runs in the pane at the bottom, tells what comes next, and waits for
# Enter. When it ends, or nobody looks any more, tmux ends with all that runs in
# its panes.
: "${top:?}" "${lab:?}" "${server:?}" "${steps:=0}" "${alive=}"

readonly TELLER_ROWS=4 WIRE_ROWS=6 CLIENT_COLUMNS=50
readonly WIRE_COLUMNS=60 WIDE=140 # columns from which on all stand side by side

declare -A panes
result='Predict what each pane will show; then press Enter.'

on_stage() {
    tmux -S "$top/tmux" "$@"
}

# Outside: begins tmux, in which this script runs once more; and its status.
stage_open() {
    if [ -n "${DEMO_TOP-}" ]; then
        set_the_stage
        return
    fi
    unset TMUX
    DEMO_TOP=$top tmux -S "$top/tmux" -f /dev/null new-session \
        "tests/demo/play tmux $lab $server" >/dev/null {alive}>&-
    exit "$(cat "$top/status" 2>/dev/null || echo 130)"
}

# place WHO TITLE SPLIT...: a pane with a shell, made by `split-window SPLIT`.
place() {
    local who=$1 title=$2
    shift 2
    panes[$who]=$(on_stage split-window -d -P -F '#{pane_id}' "$@" \
        -e PS1='$ ' -e HISTFILE= -e TMUX= bash --norc --noprofile)
    on_stage select-pane -t "${panes[$who]}" -T "$title"
    on_stage select-pane -t "$TMUX_PANE"
}

set_the_stage() {
    local option
    stty -echo
    for option in 'status off' 'prefix None' 'destroy-unattached on' \
        'pane-border-status top' 'pane-border-format  #{pane_title} ' \
        'pane-active-border-style default'; do
        on_stage set-option -g "${option%% *}" "${option#* }"
    done
    on_stage select-pane -t "$TMUX_PANE" -T 'the play'
    place server server -v -b -t "$TMUX_PANE" \
        -l "$(($(tput lines) - TELLER_ROWS - 1))"
    if [ "$(tput cols)" -ge "$WIDE" ]; then
        place wire 'the wire' -h -t "${panes[server]}" -l "$WIRE_COLUMNS"
    else
        place wire 'the wire' -v -t "${panes[server]}" -l "$WIRE_ROWS"
    fi
    place 1 'client 1' -h -t "${panes[server]}" -l "$CLIENT_COLUMNS"
    place 3 'client 3' -v -t "${panes[1]}" -l '33%'
    place 2 'client 2' -v -t "${panes[1]}" -l '50%'
}

stage_run() {
    until_true "a prompt of $1" shows "$1" '^\$$'
    stage_type "$1" "$2" line
    # Until the shell has begun it, there would be no keyboard for it.
    until_true "the start of '$2'" has_child "$1"
}

has_child() {
    [ -n "$(stage_pid "$1")" ]
}

stage_type() {
    [ -z "$2" ] || on_stage send-keys -t "${panes[$1]}" -l -- "$2"
    case $3 in
    line) on_stage send-keys -t "${panes[$1]}" Enter ;;
    # A terminal hands out what was typed so far; an empty line is the end.
    part | end) on_stage send-keys -t "${panes[$1]}" C-d ;;
    interrupt) on_stage send-keys -t "${panes[$1]}" C-c ;;
    esac
}

# All lines, those that have left the pane as well, without blanks at their end.
stage_screen() {
    on_stage capture-pane -p -J -S - -t "${panes[$1]}" | sed 's/ *$//'
}

stage_pid() {
    pgrep -n -P "$(on_stage display-message -p -t "${panes[$1]}" '#{pane_pid}')"
}

# What was typed stands on the screen, too.
stage_answer() {
    echo 2
}

stage_flush() {
    :
}

tell() {
    clear
    fold -s -w "$(tput cols)" <<<"$1"
    # Without a newline, which would move the last row up.
    fold -s -w "$(tput cols)" <<<"$2" | head -c -1
}

# Enter goes on; q and Ctrl-C end it; other keys do nothing.
stage_key() {
    local key
    while IFS= read -rsn1 key; do
        case $key in
        '') return ;;
        q) exit 0 ;;
        esac
    done
    exit 130
}

stage_step() {
    tell "$result" "Enter: step $1 of $steps: $2"
    stage_key
    tell "Step $1 of $steps: $2" 'It is played ...'
}

stage_so() {
    result=$1
}

stage_fail() {
    tell "kit problem: $1" 'Enter leaves.'
    stage_key
}

stage_end() {
    tell "$result" 'This was the play. Enter leaves.'
    stage_key
}

# Inside, the last thing: it ends with tmux.
stage_close() {
    [ -n "${DEMO_TOP-}" ] || return
    echo "$1" >"$top/status"
    on_stage kill-server
}

stage_tidy() {
    on_stage kill-server 2>/dev/null
}
