# Which labs and cases there are, and how they are built.

# Sets lab (lab03), stem (lab03-nonblocking), test (its checks).
find_lab() {
    local folder
    folder=$(echo labs/lab"$1"-*/)
    [ -d "$folder" ] || usage "there is no lab $1; there are: $(lab_numbers)"
    stem=$(basename "$folder")
    lab=${stem%%-*}
    test=build/tests/labs/${stem//-/_}
}

lab_numbers() {
    basename -a labs/lab[0-9][0-9]-*/ | sed 's/^lab//; s/-.*//' | tr '\n' ' '
}

# The value of a key of a case.ini.
ini() {
    sed -n "s/^$2 *= *//p" "labs/$stem/$1/case.ini" | head -n 1
}

# The cases of the lab, in their order.
cases() {
    local file
    for file in labs/"$stem"/*/case.ini; do
        [ -f "$file" ] || continue
        file=${file%/case.ini}
        echo "$(ini "${file##*/}" order) ${file##*/}"
    done | sort -n | cut -d' ' -f2
}

need_case() {
    [ -n "$CASE" ] || usage "which case? CASE=name, one of: $(cases | xargs)"
    [ -f "labs/$stem/$CASE/case.ini" ] ||
        usage "there is no case '$CASE' in $lab; there are: $(cases | xargs)"
}

# The student's files: made from the broken ones, never overwritten.
prepare_work() {
    local name
    mkdir -p "work/$lab" || kit_problem "work/$lab cannot be made"
    for name in $(cases); do
        [ -e "work/$lab/$name.c" ] ||
            cp "labs/$stem/$name/broken.c" "work/$lab/$name.c"
        [ -e "work/$lab/$name.txt" ] || {
            echo "# $(ini "$name" question)"
            echo "# Write your answer below, without a '#'."
        } | fold -s -w 78 | sed 's/^\([^#]\)/# \1/' >"work/$lab/$name.txt"
    done
}

# Quiet, and one at a time; only the file at fault is heard of.
build() {
    mkdir -p build || kit_problem "the folder build cannot be made"
    (
        flock 9
        if [ ! -f build/build.ninja ]; then
            meson setup build >build/setup.log 2>&1 || {
                tail -n 5 build/setup.log >&2
                kit_problem "meson failed (make doctor may know why)"
            }
        fi
        ninja -C build "$@" >build/ninja.log 2>&1 || {
            grep -vE '^(ninja:|FAILED:|\[[0-9/]+\]|cc |gcc |clang )' \
                build/ninja.log | head -n 30 >&2
            kit_problem "the kit does not build; all of it: build/ninja.log"
        }
    ) 9>build/.lock || exit
}

# Where the students' programs of this lab are compiled to.
subjects() {
    echo "build/work${SANITIZE:+-sanitize}/$lab"
}

# Compiles one student's copy: one compiler call, its message kept beside it.
compile_case() {
    local source=work/$lab/$1.c program sanitize=()
    program=$(subjects)/$1
    [ -n "$SANITIZE" ] && sanitize=(-fsanitize='address,undefined')
    mkdir -p "$(subjects)"
    [ "$program" -nt "$source" ] &&
        [ "$program" -nt build/common/libcommon.a ] && return
    rm -f "$program" "$program.log"
    cc @common/cflags -g -O1 -fmessage-length=78 "${sanitize[@]}" "$source" \
        build/common/libcommon.a -o "$program" 2>"$program.log" || {
        rm -f "$program"
        return 1
    }
    # A warning is worth reading, and no reason to fail.
    [ -s "$program.log" ] && cat "$program.log" >&2
    rm -f "$program.log"
}

compile_cases() {
    local name
    for name in ${CASE:-$(cases)}; do
        compile_case "$name" &
    done
    wait
}

# What the compiler said about those that have no program now.
compiler_messages() {
    local log
    for log in "$(subjects)"/*.log; do
        [ -s "$log" ] || continue
        echo "work/$lab/$(basename "$log" .log).c does not compile:"
        head -n 10 "$log"
    done
}
