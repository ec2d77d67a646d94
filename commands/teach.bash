# What only instructors do: grade, and hand out.

# Where this is, so is what the command needs.
teaching() {
    [ -e "$1" ] || usage "only the instructor's edition can do this"
}

student_kit() {
    teaching tests/grade/student_kit.sh
    tests/grade/student_kit.sh "$EDITION" build/lab-kit.tar.gz
}

# One submission, one's own work, or a whole class, as an instructor grades it.
# The grader is there when its libraries were there when meson looked.
grade() {
    local targets=() options=() name
    teaching tests/grade/meson.build
    has_grader || {
        meson setup --reconfigure build >build/setup.log 2>&1
        has_grader || kit_problem "there is no grader: ./setup grade"
    }
    mapfile -t targets < <(for name in $(lab_numbers); do echo "lab$name"; done)
    build "${targets[@]}" \
        tests/grade/{grade,grade_report,box,box_init,unpack,libcommon.a}
    if [ -n "$HIDDEN" ]; then
        tests/grade/hidden.sh "$HIDDEN" build build/hidden || return
        options+=(--hidden build/hidden)
    fi
    if [ -n "$SUBMISSIONS" ]; then
        grade_class "${options[@]}"
    else
        grade_one "${options[@]}"
    fi
}

# A name that is good for a file.
file_name() {
    basename "$1" | tr -c 'A-Za-z0-9.\n-' _
}

grade_one() {
    local result
    result=build/grade/$(file_name "$SUBMISSION").json
    mkdir -p build/grade || kit_problem "build/grade cannot be made"
    build/tests/grade/grade "$SUBMISSION" "$@" -o "$result"
    case $? in
    0) echo "all of it: $result" ;;
    2) usage "what shall be graded?" ;;
    75) return "$KIT_PROBLEM" ;;
    *) return 1 ;;
    esac
}

# Whose programs are judged is not known: so they are kept apart as well as
# can be, unless LEVEL says that less will do.
grade_class() {
    local results status
    results=build/grade/$(file_name "$SUBMISSIONS")
    [ -z "$JOBS" ] || set -- "$@" -j "$JOBS"
    build/tests/grade/grade class "$SUBMISSIONS" -l "${LEVEL:-full}" "$@" \
        -o "$results"
    status=$?
    case $status in
    0 | 75) ;;
    *) return 1 ;;
    esac
    report_class "$results"
    return "$status"
}

# What others read: people, a gradebook, a site that builds things.
report_class() {
    local results=$1 form options=()
    [ -z "$HIDDEN" ] || options=(--hidden build/hidden)
    report html "$results/report.html" "${options[@]}"
    report similar "$results/similar.txt" "${options[@]}"
    report junit "$results/junit.xml"
    report gradescope "$results/gradescope"
    if [ -n "$GRADEBOOK" ]; then
        form=canvas
        ! head -n 1 "$GRADEBOOK" | grep -q Identifier || form=moodle
        [ -z "$COLUMN" ] || options=(--column "$COLUMN")
        [ -n "$COLUMN" ] || options=()
        report "$form" "$results/$(file_name "$GRADEBOOK")" \
            --gradebook "$GRADEBOOK" "${options[@]}"
    fi
    echo "open $results/report.html"
}

# report FORM OUTPUT [OPTION...]: says what could not be used, and goes on.
report() {
    local form=$1 output=$2
    shift 2
    build/tests/grade/grade_report "$form" "$results" -o "$output" "$@" ||
        [ -e "$output" ] || kit_problem "$output was not written"
}

# The grader proves itself on this machine.
grade_selftest() {
    teaching tests/kit/grade_attacks.sh
    build all
    run_tests grade grade_intake grade_attacks grade_class
}

has_grader() {
    build build.ninja
    ninja -C build -t query tests/grade/grade >/dev/null 2>&1
}
