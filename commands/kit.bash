# The kit itself: its tests, its pages.

# All tests; the totals of their own last lines, and a test that died counts.
run_tests() {
    build all
    meson test -C build --no-rebuild "$@" >build/test.log 2>&1
    grep -E '^ *[0-9]+/[0-9]+ ' build/test.log
    awk -f tests/totals.awk build/meson-logs/testlog.txt
}

flakes() {
    teaching tests/kit/flakes.sh
    build all
    exec tests/kit/flakes.sh build
}

# The pages as HTML and, where Chromium is, as PDF.
handouts() {
    handouts/page/build.sh --paper "$PAPER" build/handouts
}

# The server and the runtime beside what else one could take. Peers that were
# installed since the kit was built are found by meson only if it looks again.
# In a private network, if there can be one: its congestion control is the same
# on every machine.
bench() {
    local run=${1:-usual} out=build/bench source servers=() network=()
    [ -e tests/bench/bench.py ] || usage "this edition has no bench"
    [ -z "$QUICK" ] || run=quick
    build build.ninja
    meson setup --reconfigure build >build/setup.log 2>&1 || {
        tail -n 5 build/setup.log >&2
        kit_problem "meson failed (make doctor may know why)"
    }
    for source in labs/lab0[2-5]-*/server*.c; do
        [ ! -f "$source" ] || servers+=("${source%.c}")
    done
    build peers tests/harness/labnet "${servers[@]}"
    ! build/tests/harness/labnet -t >/dev/null 2>&1 ||
        network=(build/tests/harness/labnet)
    "${network[@]}" python3 -B tests/bench/bench.py build "$out" "$run" ||
        return
    echo "all of it: $out/results.json, and its plots beside it"
    [ -z "$PUBLISH" ] || publish "$out"
}

# What the README and the pages show is from here on what was measured here.
publish() {
    cp "$1"/bench-*.{svg,txt} handouts/figures/ ||
        kit_problem "handouts/figures cannot be written"
    cp "$1/table.txt" tests/bench/RESULTS.txt ||
        kit_problem "tests/bench/RESULTS.txt cannot be written"
}

bench_full() {
    bench full
}
