# A program in the foreground, for socat and nc by hand.

# Says who listens on the port, if somebody does.
taken_port() {
    local by
    ss -Hltn "sport = :$CASE_PORT" 2>/dev/null | grep -q . || return
    by=$(ss -Hltnp "sport = :$CASE_PORT" |
        sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' |
        head -n 1)
    echo "port $CASE_PORT is taken by ${by:-another user\'s program}:" \
        "end it, or use 'make shell' and try there" >&2
}

run() {
    local program args=()
    build "$lab"
    read -r -a args <<<"$WITH"
    if [ -n "$CASE" ]; then
        need_case
        prepare_work
        compile_case "$CASE" || {
            cat "$(subjects)/$CASE.log" >&2
            exit 1
        }
        program=$(subjects)/$CASE
        [ -n "$WITH" ] || read -r -a args <<<"$(ini "$CASE" args)"
        # To find out what a case does then may be its very subject.
        [ "$(ini "$CASE" role)" = client ] || taken_port
        [ -z "$(ini "$CASE" open_files)" ] ||
            ulimit -n "$(ini "$CASE" open_files)"
    else
        program=build/labs/$stem/${PROGRAM:-server}
        [ -x "$program" ] || usage "there is no program '$PROGRAM' in $lab"
        case ${PROGRAM:-server} in
        client) ;;
        *) ! taken_port || exit 1 ;;
        esac
    fi
    exec "$program" "${args[@]}"
}
