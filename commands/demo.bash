# The demo: server, clients and wire side by side in tmux, or as one stream of
# lines.

# The size of this terminal: COLUMNS LINES.
terminal_size() {
    local size
    size=$(stty size 2>/dev/null) || size='24 80'
    echo "${size#* } ${size% *}"
}

demo() {
    local columns rows why network=() stage=tmux
    [ -z "$CASE$PROGRAM" ] || usage "the demo plays the lab's own server"
    [ -f "tests/demo/$lab.bash" ] || usage "$lab has no demo"
    [ -t 0 ] && [ -t 1 ] && [ -z "$PLAIN" ] || stage=plain
    if [ "$stage" = tmux ]; then
        command -v tmux >/dev/null || kit_problem \
            "no tmux: ./setup installs it; make $lab-demo PLAIN=1 needs none"
        read -r columns rows <<<"$(terminal_size)"
        if [ "$columns" -lt 80 ] || [ "$rows" -lt 24 ]; then
            echo "the demo needs 80 columns and 24 lines, and here are" \
                "$columns and $rows: a larger window, or PLAIN=1" >&2
            exit 1
        fi
    fi
    build "$lab" tests/harness/labnet
    if why=$(build/tests/harness/labnet -t 2>&1); then
        network=(build/tests/harness/labnet)
    else
        echo "${why#labnet: }" >&2
        echo "so the demo uses a free port of the real loopback, and the" \
            "wire cannot be seen" >&2
        network=(env DEMO_WIRE=no)
    fi
    exec "${network[@]}" tests/demo/play "$stage" "$lab" \
        "build/labs/$stem/server"
}
