# This machine: a shell in a private network, and what is installed.

# Joins the private network of the first `make shell`, unless NEW=1.
shell() {
    local file pid register=build/shells
    build tests/harness/labnet
    mkdir -p "$register"
    cat >build/shell.rc <<'END'
[ -r ~/.bashrc ] && . ~/.bashrc
PS1='lab \w \$ '
END
    if [ -z "$NEW" ]; then
        for file in "$register"/*; do
            pid=${file##*/}
            # The start time tells a process from a later one of its number.
            [ -e "$file" ] || continue
            if [ "$(start_time "$pid")" != "$(<"$file")" ]; then
                rm -f "$file"
                continue
            fi
            echo "joining the private network of process $pid; exit leaves it"
            enter_shell "$register" -j "$pid"
        done
    fi
    build/tests/harness/labnet -t || return
    echo "a private network: port $CASE_PORT is free here; a second" \
        "'make shell' joins; exit leaves it"
    enter_shell "$register"
}

start_time() {
    [ -r "/proc/$1/stat" ] && sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20
}

# Becomes the shell: this process keeps its number, which others join by.
enter_shell() {
    local register=$1 command=(bash)
    shift
    [ -t 0 ] && command=(bash --rcfile build/shell.rc -i)
    start_time $$ >"$register/$$"
    exec build/tests/harness/labnet "$@" "${command[@]}"
}

doctor() {
    local tool version missing=0
    for tool in cc make meson ninja socat tcpdump lsof strace ss nc \
        inotifywait gdb tmux; do
        if ! command -v "$tool" >/dev/null; then
            printf 'missing  %-12s ./setup installs it\n' "$tool"
            missing=1
            continue
        fi
        case $tool in
        lsof) version=$(lsof -v 2>&1 | sed -n 's/.*revision: *//p;T;q') ;;
        socat) version=$(socat -V | sed -n 's/.*socat version //p') ;;
        ss | strace | tmux) version=$("$tool" -V | head -n 1) ;;
        nc | inotifywait) version=$("$tool" -h 2>&1 | head -n 1) ;;
        *) version=$("$tool" --version 2>&1 | head -n 1) ;;
        esac
        printf 'found    %-12s %.58s\n' "$tool" "$version"
    done
    for tool in criterion libpcap jansson; do
        if pkg-config --exists "$tool"; then
            version=$(pkg-config --modversion "$tool")
            printf 'found    %-12s %s\n' "$tool" "$version"
        else
            printf 'missing  %-12s ./setup installs it\n' "$tool"
            missing=1
        fi
    done
    [ "$missing" = 0 ] || return 1
    build tests/harness/labnet
    if build/tests/harness/labnet -t >build/doctor.log 2>&1; then
        echo "isolation: a private network for each check and for 'make shell'"
    else
        # One sentence: a line for what is wrong, and one for each remedy.
        sed 's/^labnet:/isolation: none:/; s/\([;:]\) /\1\n           /4g' \
            build/doctor.log
        echo "           checks use the real port $CASE_PORT, one at a time"
        return 1
    fi
}
