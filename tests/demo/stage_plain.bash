#!/usr/bin/env bash
# stage_plain: the play as one stream of lines, the speaker's name first. For
# screen readers, logs and machines without tmux. Each program's keyboard is a
# pipe, and what it shows is a file.
: "${top:?}" "${steps:=0}" "${alive=}"

declare -A pids keyboards printed
speakers=(wire server 1 2 3)

stage_open() {
    # Nobody is told of a job that ends.
    set +m
    mkdir -p "$top"
}

fold_words() {
    fold -s -w 77 | sed 's/ $//; 2,$s/^/  /'
}

name_of() {
    case $1 in
    [0-9]) echo "client $1" ;;
    *) echo "$1" ;;
    esac
}

stage_run() {
    local who=$1 keyboard
    stage_flush
    printf '%s: $ %s\n' "$(name_of "$who")" "$2"
    rm -f "$top/$who.keys"
    mkfifo "$top/$who.keys"
    (
        # Whoever else held a keyboard would keep it from ending.
        for keyboard in "${keyboards[@]}"; do
            exec {keyboard}>&-
        done
        exec {alive}>&-
        # A group of its own, so that all of a pipeline can be ended.
        # shellcheck disable=SC2016 # that shell's own number
        exec setsid bash -c 'echo $$ >>"$1"; eval "exec $2"' bash \
            "$top/pids" "$2"
    ) <"$top/$who.keys" >"$top/$who" 2>&1 &
    pids[$who]=$!
    exec {keyboard}>"$top/$who.keys"
    keyboards[$who]=$keyboard
}

stage_type() {
    local name keyboard
    name=$(name_of "$1")
    stage_flush
    case $3 in
    line)
        echo "$name types: $2"
        printf '%s\n' "$2" >&"${keyboards[$1]}"
        ;;
    part)
        echo "$name types, and no Enter: $2"
        printf '%s' "$2" >&"${keyboards[$1]}"
        ;;
    end)
        echo "$name types: Ctrl-D"
        keyboard=${keyboards[$1]}
        exec {keyboard}>&-
        unset "keyboards[$1]"
        ;;
    interrupt)
        echo "$name: Ctrl-C"
        kill -INT "${pids[$1]}"
        ;;
    esac
}

stage_screen() {
    [ ! -e "$top/$1" ] || cat "$top/$1"
}

stage_pid() {
    echo "${pids[$1]}"
}

# How often a line is on the screen when it has been answered.
stage_answer() {
    echo 1
}

# Prints the whole lines that have not been printed yet.
stage_flush() {
    local who name line n
    for who in "${speakers[@]}"; do
        [ -s "$top/$who" ] || continue
        n=${printed[$who]:-0}
        name=$(name_of "$who")
        while IFS= read -r line; do
            printf '%s: %s\n' "$name" "$line"
            n=$((n + 1))
        done < <(tail -n +$((n + 1)) "$top/$who")
        printed[$who]=$n
    done
}

stage_step() {
    stage_flush
    printf '\nstep %d of %d: %s\n' "$1" "$steps" "$2" | fold_words
}

stage_so() {
    stage_flush
    printf 'so: %s\n' "$1" | fold_words
}

stage_fail() {
    stage_flush
    echo "kit problem: the demo: $1" >&2
}

stage_end() {
    stage_flush
}

stage_close() {
    :
}

# Each has a group of its own, all of which ends.
stage_tidy() {
    local pid
    while read -r pid; do
        kill -TERM -- "-$pid"
        while kill -KILL -- "-$pid"; do
            read -r -t 0.02 _ <> <(:)
        done
    done 2>/dev/null <"$top/pids"
}
