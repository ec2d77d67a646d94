# The checks of a lab on the student's copies: check, watch, the board.

# "no_entry=right ..." for the answers that have been written.
evidence() {
    local name answer
    for name in $(cases); do
        answer=$(grep -v '^#' "work/$lab/$name.txt" 2>/dev/null |
            tr '[:upper:]' '[:lower:]' |
            sed 's/^[[:space:]]*//; s/[[:space:]]*$//; /^$/d')
        [ -n "$answer" ] || continue
        if [ "$(printf %s "$answer" | sha256sum | cut -d' ' -f1)" = \
            "$(ini "$name" answer)" ]; then
            echo "$name=right"
        else
            echo "$name=wrong"
        fi
    done | xargs
}

# Runs the repair checks on the student's copies; the style is given.
run_checks() {
    local status
    compile_cases
    [ "$1" = board ] || compiler_messages
    LT_STYLE=$1 LT_SUBJECTS=$PWD/$(subjects) LT_EVIDENCE=$(evidence) \
        timeout --foreground -k 5 "$CHECK_LIMIT_S" \
        "$test" --filter "repair_${CASE:-*}/*"
    status=$?
    case $status in
    124 | 137) kit_problem "the checks did not end within $CHECK_LIMIT_S s" ;;
    0 | 1 | 2 | 75) return "$status" ;;
    *) return "$KIT_PROBLEM" ;;
    esac
}

check() {
    [ -z "$CASE" ] || need_case
    build "$lab"
    prepare_work
    run_checks checks
}

# The earlier servers that are laid beside that of lab 05, which answers the
# questions that they leave open. (Lab 01 serves one client only.)
earlier_servers() {
    local folder
    [ "$lab" = lab05 ] || return
    for folder in labs/lab0[2-4]-*/; do
        echo "${folder}server"
    done
}

# What `make lab03` shows: the scenario, then the board.
board() {
    local programs=() program earlier attempt=()
    mapfile -t earlier < <(earlier_servers)
    build "$lab" "${earlier[@]}"
    prepare_work
    case $lab in
    lab01) ;; # it serves one client: there is no client more to measure
    lab04)
        programs=(-m)
        mapfile -t attempt < <(own_attempt)
        ;;
    lab05) programs=(-s) ;;
    *) programs=(-m) ;;
    esac
    programs+=("${attempt[@]}" "${earlier[@]/#/build/}")
    for program in first server server_fork server_thread; do
        [ -x "build/labs/$stem/$program" ] &&
            programs+=("build/labs/$stem/$program")
    done
    ask_prediction
    grep -h -m 1 '^# ' "handouts/$stem.md" 2>/dev/null | sed 's/^# //'
    build/tests/harness/scenario "${programs[@]}" || return
    compare_prediction
    run_checks board
    [ $? -lt "$KIT_PROBLEM" ]
}

# Names, times and sizes of all files in a folder.
snapshot() {
    stat -c '%n %y %s %i' "$1"/* 2>/dev/null
}

# Waits until a folder is not as it was in the snapshot: what is saved while the
# checks run is not missed, and inotify only makes it faster.
wait_for_change() {
    while [ "$(snapshot "$1")" = "$2" ]; do
        if command -v inotifywait >/dev/null; then
            inotifywait -qq -t 5 -e close_write,moved_to,create,delete "$1"
            [ $? -le 2 ] || exit # 2: nothing happened for 5 s
        else
            sleep 1
        fi
    done
}

watch() {
    local before
    [ -z "$CASE" ] || need_case
    build "$lab"
    prepare_work
    while :; do
        before=$(snapshot "work/$lab")
        run_checks "$([ -n "$CASE" ] && echo checks || echo board)"
        echo "-- $(date +%T) watching work/$lab: save a file; Ctrl-C ends"
        wait_for_change "work/$lab" "$before"
    done
}

# An editor names a file: work/lab03/refused.c
for_file() {
    local number
    number=$(sed -n 's|.*work/lab\([0-9][0-9]\)/.*|\1|p' <<<"$2")
    if [ -z "$number" ] || [ ! -f "$2" ]; then
        usage "not a student's file (work/labNN/CASE.c): $2"
    fi
    find_lab "$number"
    CASE=$(basename "$2" .c)
    need_case
    if [ "$1" = check ]; then
        check
        return
    fi
    build "$lab"
    compile_case "$CASE" || {
        cat "$(subjects)/$CASE.log" >&2
        return 1
    }
}
