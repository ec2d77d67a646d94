# What only instructors do: grade, and hand out.

# Where this is, so is what the command needs.
teaching() {
    [ -e "$1" ] || usage "only the instructor's edition can do this"
}

student_kit() {
    teaching tests/grade/student_kit.sh
    tests/grade/student_kit.sh "$EDITION" build/lab-kit.tar.gz
}

# One submission, or one's own work, as the instructor grades it. The grader is
# there when its libraries were there when meson looked.
grade() {
    local name result targets=()
    teaching tests/grade/meson.build
    has_grader || {
        meson setup --reconfigure build >build/setup.log 2>&1
        has_grader || kit_problem "there is no grader: ./setup grade"
    }
    mapfile -t targets < <(for name in $(lab_numbers); do echo "lab$name"; done)
    build "${targets[@]}" tests/grade/{grade,box,box_init,unpack,libcommon.a}
    name=$(basename "$SUBMISSION" | tr -c 'A-Za-z0-9.\n-' _)
    result=build/grade/$name.json
    mkdir -p build/grade || kit_problem "build/grade cannot be made"
    build/tests/grade/grade "$SUBMISSION" -o "$result"
    case $? in
    0) echo "all of it: $result" ;;
    75) return "$KIT_PROBLEM" ;;
    *) return 1 ;;
    esac
}

has_grader() {
    build build.ninja
    ninja -C build -t query tests/grade/grade >/dev/null 2>&1
}
