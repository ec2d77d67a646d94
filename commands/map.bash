# The map: what is done, what is next.

# done / next / to do for one lab, without running what nobody has touched.
progress() {
    local name total=0 touched=0 mended=0
    for name in $(cases); do
        total=$((total + 1))
        [ -e "work/$lab/$name.c" ] &&
            ! cmp -s "work/$lab/$name.c" "labs/$stem/$name/broken.c" &&
            touched=$((touched + 1))
    done
    if [ "$touched" -gt 0 ]; then
        build "$lab"
        compile_cases
        mended=$(LT_STYLE=board LT_SUBJECTS=$PWD/$(subjects) \
            timeout --foreground -k 5 "$CHECK_LIMIT_S" \
                "$test" --filter 'repair_*/*' |
            grep -c '^done ')
    fi
    echo "$mended $total"
}

map() {
    local folder mended total state next=''
    echo "How network servers wait: labs in C. Start with 'make lab01'."
    echo
    for folder in labs/lab[0-9][0-9]-*/; do
        stem=$(basename "$folder")
        lab=${stem%%-*}
        test=build/tests/labs/${stem//-/_}
        read -r mended total <<<"$(progress)"
        state='to do'
        if [ "$mended" = "$total" ]; then
            state='done'
        elif [ -z "$next" ]; then
            state='next'
            next=$lab
        fi
        printf '%-6s %s  %-18s %d of %d cases mended\n' "$state" "$lab" \
            "${stem#*-}" "$mended" "$total"
    done
    cat <<END

make ${next:-lab01}          who waits here, and the cases to mend
make ${next:-lab01}-check    the checks alone; CASE=name for one case
make ${next:-lab01}-hint     CASE=name: the next hint
make ${next:-lab01}-watch    checks again whenever you save
make ${next:-lab01}-run      the server in the foreground; PROGRAM=, CASE=
make ${next:-lab01}-picture  your own run, drawn: who waited, what happened
make ${next:-lab01}-demo     server, clients and wire side by side
make ${next:-lab01}-step     a page to step through a run
make ${next:-lab01}-reset    CASE=name: the broken one back; -solution: ours
make shell          a private network for tcpdump, lsof, ss, strace
make handouts       the pages to read: build/handouts/index.html
make doctor         what is installed, what is missing
make test           the kit's own tests
END
}
