# A page to step through one's own run: what each task waits for, what lies in
# the kernel, and the line of the source that it is in.

step() {
    local id name new
    need_drawers
    # So that each call is recorded with its place in the source.
    export PICTURE_PLACES=yes
    picture_mine
    name=$PICTURES/$lab/$id
    new=$name-step.html.new
    if ! tests/step/build.sh "$name.json" >"$new" ||
        ! mv "$new" "$name-step.html"; then
        kit_problem "$name-step.html cannot be written"
    fi
    echo "$name-step.html: open it in a browser; it needs nothing else"
    echo "$name.json: the recording, for the page's file picker or Perfetto"
}
