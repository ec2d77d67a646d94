#!/usr/bin/env bash
# copy: a student's copy of the kit in a temporary folder. The test that sources
# it has set `build` and stands in the kit's root.

: "${build:?}"

# copy_sources FOLDER: what git knows (without git: all but what is built and
# what students write).
copy_sources() {
    mkdir -p "$1"
    if git ls-files -z >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard |
            xargs -0 cp -a --parents -t "$1" 2>/dev/null
    else
        tar -c --exclude='./build*' --exclude=./work --exclude=./.git . |
            tar -x -C "$1"
    fi
}

# copy_kit FOLDER: the same, and the build folder as it is. Times are kept, so
# that nothing is built again.
copy_kit() {
    copy_sources "$1"
    cp -a "$build" "$1/build"
    rm -rf "$1/build/work" "$1/build/hints" "$1/build/shells" \
        "$1/build/.lock" "$1/build/meson-logs"
    mkdir "$1/build/meson-logs"
    # The build files name the original's folder: never make them anew here. For
    # ninja they are as old as its log says, and without that, as the file is.
    sed -i '/\tbuild\.ninja\t/d' "$1/build/.ninja_log"
    touch "$1/build/build.ninja"
}

# mend FOLDER LAB: puts the fixed program of every case into work/.
mend() {
    local folder
    mkdir -p "$1/work/$2"
    for folder in "$1"/labs/"$2"-*/*/; do
        [ -f "$folder/fixed.c" ] &&
            cp "$folder/fixed.c" "$1/work/$2/$(basename "$folder").c"
    done
}
