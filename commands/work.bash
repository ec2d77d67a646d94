# What belongs to one case: hint, solution, reset; and all of it: submit.

hint() {
    local file count given=0
    need_case
    file=build/hints/$lab/$CASE
    mkdir -p "${file%/*}"
    count=$(grep -c '^hint[0-9]* *=' "labs/$stem/$CASE/case.ini")
    [ -s "$file" ] && given=$(<"$file")
    if [ "$given" -lt "$count" ]; then
        given=$((given + 1))
        echo "$given" >"$file"
    else
        echo "That was the last hint. Here it is again."
    fi
    echo "$CASE: hint $given of $count"
    ini "$CASE" "hint$given" | fold -s -w 78 | sed 's/^/  /'
}

solution() {
    need_case
    [ -f "labs/$stem/$CASE/fixed.c" ] || {
        echo "no solution of $CASE in this edition: ask your instructor" >&2
        exit 1
    }
    build "$lab"
    prepare_work
    run_checks checks >build/solution.log 2>&1 || {
        tail -n 1 build/solution.log
        echo "mend it first: the solution is shown when the checks pass" >&2
        exit 1
    }
    if diff -u --label "yours" --label "ours" \
        "work/$lab/$CASE.c" "labs/$stem/$CASE/fixed.c"; then
        echo "yours is the same as ours"
    fi
}

reset() {
    local file n=1
    need_case
    prepare_work
    file=work/$lab/$CASE.c
    if cmp -s "$file" "labs/$stem/$CASE/broken.c"; then
        echo "$file is as it was handed out"
        return
    fi
    while [ -e "$file.$n" ]; do
        n=$((n + 1))
    done
    mv "$file" "$file.$n" && cp "labs/$stem/$CASE/broken.c" "$file" &&
        echo "$file is the broken one again; yours is in $file.$n"
}

# What the student has written, in one archive to be handed in.
submit() {
    local folder mended total right archive=submission.tar.gz
    [ -d work ] || usage "nothing to submit: there is no work/ yet"
    for folder in labs/lab[0-9][0-9]-*/; do
        stem=$(basename "$folder")
        lab=${stem%%-*}
        test=build/tests/labs/${stem//-/_}
        read -r mended total <<<"$(progress)"
        right=$(evidence | grep -o '=right' | wc -l)
        printf '%s  %d of %d cases mended, evidence right for %d\n' "$lab" \
            "$mended" "$total" "$right"
    done
    find work -path 'work/lab[0-9][0-9]/*' -type f \( -name '*.c' -o \
        -name '*.txt' \) -print0 | LC_ALL=C sort -z |
        tar --null -T - --owner=0 --group=0 --numeric-owner -cz \
            -f "$archive.new"
    mv "$archive.new" "$archive" || kit_problem "$archive cannot be written"
    echo "$archive: $(tar -tzf "$archive" | wc -l) files of work/;" \
        "tar -tzf $archive lists them"
}
