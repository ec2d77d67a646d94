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
