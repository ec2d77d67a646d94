#!/usr/bin/env bash
# stage: the words that a play is written in. Those who speak are server, wire,
# and client 1, 2 and 3, which a play calls 1, 2 and 3. A stage has for each of
# them: stage_run WHO COMMAND, stage_type WHO TEXT line|part|end|interrupt,
# stage_screen WHO (all that it has shown), stage_pid WHO; and for the words
# between: stage_step NUMBER TEXT, stage_so TEXT.

: "${server:?}" "${port:?}"
number=0

# step SENTENCE: what is done next. so SENTENCE: what came of it.
step() {
    number=$((number + 1))
    stage_step "$number" "${1//$'\n'/ }"
}

so() {
    stage_so "${1//$'\n'/ }"
}

# until_true WHAT COMMAND...: polls until the command succeeds.
until_true() {
    local what=$1 end=$((SECONDS + 10 * ${LAB_PATIENCE:-1}))
    shift
    until "$@"; do
        if [ "$SECONDS" -ge "$end" ]; then
            stage_fail "step $number stands: $what is still to come"
            exit 75
        fi
        read -r -t 0.02 _ <> <(:)
    done
    stage_flush
}

shows() {
    stage_screen "$1" | grep -qE -- "$2"
}

# shown WHO PATTERN [TIMES]: waits until WHO has shown such a line, so often.
shown() {
    until_true "'$2' from $1" shows_often "$1" "$2" "${3:-1}"
}

shows_often() {
    [ "$(stage_screen "$1" | grep -cE -- "$2")" -ge "$3" ]
}

# on_wire FROM TO FLAGS BYTES: waits until such a packet has been seen. S and P
# are the letters of tcpdump.
on_wire() {
    [ "$port" = 12345 ] || return 0
    shown wire "IP $1\.[0-9]+ > $2\.[0-9]+: Flags \[$3\.?\], length $4$"
}

# --- the server and the wire -------------------------------------------------

listen_on_the_wire() {
    [ "$port" = 12345 ] || return 0
    stage_run wire "tcpdump -l --immediate-mode -nn -t -i lo \
'tcp[13] & 15 != 0' | sed -u 's/, .*,/,/'"
    shown wire 'listening on lo'
}

start_server() {
    local option=''
    [ "$port" = 12345 ] || option=' -p 0'
    stage_run server "$server$option"
    shown server '^listening on '
    port=$(stage_screen server | sed -n 's/^listening on .*://p' | head -n 1)
}

# Every program of the labs ends with status 0 when it is interrupted.
stop_server() {
    local pid
    pid=$(stage_pid server)
    stage_type server '' interrupt
    until_true 'the end of the server' gone "$pid"
}

gone() {
    [ ! -e "/proc/$1/stat" ] || [ "$(state "$1")" = Z ]
}

# The letter of proc(5): R runs, S sleeps.
state() {
    sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null
}

in_state() {
    [ "$(state "$1")" = "$2" ]
}

# server_is R|S
server_is() {
    until_true "the server in state $1" in_state "$(stage_pid server)" "$1"
}

# --- the clients -------------------------------------------------------------

# connect N: client N calls, from the address 127.0.0.1N.
connect() {
    stage_run "$1" "socat - TCP:127.0.0.1:$port,bind=127.0.0.1$1"
    until_true "the connection of client $1" connected "$1"
    on_wire "127.0.0.1$1" 127.0.0.1 S 0
}

# What the kernel says of client N's connection on the server's side: bytes that
# have come, and that nobody has read.
queue() {
    ss -Htn "sport = :$port and dst = 127.0.0.1$1" |
        awk '$1 == "ESTAB" { print $2 }'
}

connected() {
    [ -n "$(queue "$1")" ]
}

# says N TEXT: a line. begins N TEXT: the beginning of one.
says() {
    stage_type "$1" "$2" line
    on_wire "127.0.0.1$1" 127.0.0.1 P $((${#2} + 1))
}

begins() {
    stage_type "$1" "$2" part
    on_wire "127.0.0.1$1" 127.0.0.1 P ${#2}
}

# unread N BYTES: waits until so many lie in the kernel, for nobody reads them.
unread() {
    until_true "$2 unread bytes of client $1" queue_is "$1" "$2"
}

queue_is() {
    [ "$(queue "$1")" = "$2" ]
}

# answered N LINE: waits for it. A terminal shows what was typed as well.
answered() {
    shown "$1" "^$2\$" "$(stage_answer "$2")"
    on_wire 127.0.0.1 "127.0.0.1$1" P $((${#2} + 1))
}

# leaves N: no more to say; its socat ends, noticed or not.
leaves() {
    local pid
    pid=$(stage_pid "$1")
    stage_type "$1" '' end
    until_true "the end of client $1" gone "$pid"
    on_wire "127.0.0.1$1" 127.0.0.1 F 0
}
