# A Parsons problem: a function's lines mixed, to be put in order.

parsons_key() {
    sed -n "s/^$1: //p" "labs/$stem/parsons.txt"
}

# The lines of the function that is to be put together, without comments.
parsons_right() {
    awk -v name="$(parsons_key function)(" '
        index($0, name) == 1 { inside = 1; next }
        !inside { next }
        /^}/ { exit }
        { gsub(/\/\*[^*]*\*\//, ""); gsub(/^ +| +$/, "") }
        NF && !/^[{]$/' "labs/$stem/$(parsons_key program).c"
}

# The same with the wrong ones, in an order that is everybody's and no one's.
parsons_lines() {
    local line n=0
    while IFS= read -r line; do
        n=$((n + 1))
        echo "$(sha256sum <<<"$n $line") $line"
    done < <(parsons_right; parsons_key wrong) | LC_ALL=C sort | cut -d' ' -f4-
}

# The student's file as pieces of a program: each line with its number and its
# indentation; or, in one line, what else stands there.
parsons_body() {
    parsons_lines | awk -v file="$1" '
        { line = $0; gsub(/^[ \t]+|[ \t\r]+$/, "", line) }
        NR == FNR { left[line]++; known[line] = 1; next }
        line == "" || line ~ /^#/ { next }
        !known[line] {
            print file ":" FNR ": this line was not among those given"
            exit failed = 1
        }
        left[line]-- < 1 {
            print file ":" FNR ": this line stands there once more than given"
            exit failed = 1
        }
        {
            if (line ~ /^[}]/ && --depth < 0) {
                print file ":" FNR ": nothing is open that this closes"
                exit failed = 1
            }
            column = next_to ? next_to : 4 * (depth + hanging + 1)
            body = body "#line " FNR " \"" file "\"\n" \
                sprintf("%" column "s", "") line "\n"
            next_to = line ~ /(\|\||&&|,)$/ ? column + index(line, "(") : 0
            if (line ~ /[{]$/)
                depth++
            if (line ~ /[;{}]$/)
                hanging = 0
            else if (!next_to)
                hanging++
        }
        END {
            if (!failed && depth) {
                print file ": a brace that opens has none that closes it"
                failed = 1
            }
            if (!failed)
                printf "%s", body
            exit failed
        }' - "$1"
}

# The program with the student's lines in the place of ours.
parsons_program() {
    awk -v name="$(parsons_key function)(" -v body="$2" '
        index($0, name) == 1 { print; print "{"; inside = 1; next }
        inside && /^}/ {
            while ((getline line <body) > 0)
                print line
            print "#line " NR " \"" FILENAME "\""
            inside = 0
        }
        !inside' "$1"
}

parsons_handout() {
    local wrong source
    wrong=$(parsons_key wrong | wc -l)
    source=labs/$stem/$(parsons_key program).c
    cat <<END
# $(parsons_key function)() of $source, its lines mixed.
# Put them in order: make the set, sleep, who woke, serve without blocking,
# forget the dead. Delete the $wrong wrong ones: for each there is a right one
# that looks like it. Indent as you like. Then: make $lab-parsons
END
    parsons_lines
}

parsons() {
    local file folder program ours status
    [ -f "labs/$stem/parsons.txt" ] || usage "$lab has no Parsons problem"
    file=work/$lab/parsons.txt
    folder=build/work/$lab-parsons
    program=$folder/$(parsons_key program)
    ours=labs/$stem/$(parsons_key program).c
    build "$lab"
    mkdir -p "work/$lab" "$folder" || kit_problem "$folder cannot be made"
    if [ ! -e "$file" ]; then
        parsons_handout >"$file"
        echo "to do: put the lines of $file in order, then once more"
        return
    fi
    if cmp -s "$file" <(parsons_handout); then
        echo "to do: the lines of $file are still mixed"
        return 1
    fi
    rm -f "$program"
    parsons_body "$file" >"$folder/body" || {
        cat "$folder/body"
        return 1
    }
    parsons_program "$ours" "$folder/body" >"$program.c"
    cc @common/cflags -g -O1 "$program.c" build/common/libcommon.a \
        -o "$program" >"$folder/messages" 2>&1 || {
        echo "failed: it does not compile"
        grep -m 1 'error:' "$folder/messages" | fold -s -w 78
        return 1
    }
    # Without private networks some checks are only counted as skipped.
    LT_STYLE=checks LT_SUBJECTS=$PWD/$folder LT_UNCOVERED=ok \
        timeout --foreground -k 5 "$CHECK_LIMIT_S" \
        "$test" --filter "worked_$(parsons_key program)/*" >"$folder/said" 2>&1
    status=$?
    case $status in
    0)
        echo "done: $(tail -n 1 "$folder/said"); compare with $ours"
        ;;
    1)
        # The first one that did not pass, and how many.
        awk '!/^ / { inside = /^(failed|timed out|crashed)/ && !found++ }
            inside' "$folder/said"
        tail -n 1 "$folder/said"
        return 1
        ;;
    124 | 137) kit_problem "the checks did not end within $CHECK_LIMIT_S s" ;;
    *)
        cat "$folder/said" >&2
        return "$KIT_PROBLEM"
        ;;
    esac
}
