# The student's own attempt at lab 02.

readonly ATTEMPT=work/lab02/attempt.c ATTEMPT_FROM=labs/lab01-blocking/server.c

attempt_handout() {
    cat <<END
/* Your attempt: three clients are here at once, and nobody knows who speaks
 * first. This is lab 01's server. Change it until none of them waits for
 * another: one process, one thread, and no other calls of the kernel than
 * those below. Then once more: make lab02-attempt */
END
    sed 1d "$ATTEMPT_FROM"
}

# Compiles it; prints the program's path, or nothing when there is none.
compile_attempt() {
    local program=build/work/my-attempt/attempt
    mkdir -p "${program%/*}" || kit_problem "${program%/*} cannot be made"
    rm -f "$program"
    cc @common/cflags -g -O1 -fmessage-length=78 "$ATTEMPT" \
        build/common/libcommon.a -o "$program" >"$program.log" 2>&1 &&
        echo "$program"
}

# The program, if the student has changed what was handed out.
own_attempt() {
    [ -e "$ATTEMPT" ] && ! cmp -s "$ATTEMPT" <(attempt_handout) &&
        compile_attempt
}

attempt() {
    local program
    [ "$lab" = lab02 ] || usage "$lab has no attempt"
    build "$lab"
    if [ ! -e "$ATTEMPT" ]; then
        mkdir -p "${ATTEMPT%/*}"
        attempt_handout >"$ATTEMPT" || kit_problem "$ATTEMPT cannot be made"
        echo "to do: three clients at once, in $ATTEMPT; as it is now:"
    fi
    program=$(compile_attempt) || {
        echo "failed: $ATTEMPT does not compile"
        head -n 10 build/work/my-attempt/attempt.log
        return 1
    }
    build/tests/harness/scenario "$program"
}
