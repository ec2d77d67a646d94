#!/usr/bin/env bash
# tap: how the kit's tests of itself say what they found. A test sources it,
# calls ok, not_ok and skip, one per check, and ends with finish.

tap_passed=0
tap_failed=0
tap_skipped=0

# ok SENTENCE: a check that holds.
ok() {
    tap_passed=$((tap_passed + 1))
    printf 'ok - %s\n' "$1"
}

# not_ok SENTENCE [DETAILS]: one that does not; the details, one or more lines,
# are indented below it.
not_ok() {
    tap_failed=$((tap_failed + 1))
    printf 'not ok - %s\n' "$1"
    if [ -n "${2-}" ]; then
        printf '%s\n' "$2" | sed 's/^/    /'
    fi
}

# skip SENTENCE REASON: one that cannot be looked at here.
skip() {
    tap_skipped=$((tap_skipped + 1))
    printf 'skip - %s (%s)\n' "$1" "$2"
}

# check SENTENCE DETAILS: ok when there are no details to complain of.
check() {
    if [ -z "$2" ]; then
        ok "$1"
    else
        not_ok "$1" "$2"
    fi
}

# until_true COMMAND...: waits until the command succeeds, at most 60 s.
until_true() {
    local end=$((SECONDS + 60))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        read -r -t 0.05 _ <> <(:)
    done
    return 0
}

# finish: prints the sum and ends the test; 0 only when nothing failed and
# something was looked at.
finish() {
    printf '%d passed, %d failed' "$tap_passed" "$tap_failed"
    if [ "$tap_skipped" -gt 0 ]; then
        printf ', %d skipped' "$tap_skipped"
    fi
    printf '\n'
    [ "$tap_failed" -eq 0 ] && [ $((tap_passed + tap_skipped)) -gt 0 ]
    exit
}
