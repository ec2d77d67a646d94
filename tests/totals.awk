# Adds up the last lines ("N passed, N failed") of all tests in meson's
# testlog.txt; a test that printed none, or died behind it, counts as failed.
# Prints the checks that were not passed, then the total as the last line.
function finish() {
    if (name == "")
        return
    if (!counted || (result !~ /exit status 0/ && failures == 0)) {
        print "not ok - " name ": " (result == "" ? "no result" : result)
        failed++
    }
    passed += passes; failed += failures; skipped += skips
    name = ""
}
/^=+ [0-9]+\/[0-9]+ =+$/ { finish(); counted = 0; result = ""; next }
/^test: / { name = $NF; passes = failures = skips = 0; next }
/^result: / { result = $0; sub(/^result: */, "", result); next }
/^[0-9]+ passed, [0-9]+ failed/ {
    counted = 1; passes = $1; failures = $3; skips = $5 + 0; next
}
/^(not ok|failed|timed out|crashed|kit problem|skip|not covered) / {
    print name ": " $0
    told = 1
    next
}
/^ / && told { print; next } # what that check has to say
{ told = 0 }
END {
    finish()
    printf "%d passed, %d failed", passed, failed
    if (skipped > 0)
        printf ", %d skipped", skipped
    printf "\n"
    exit failed > 0
}
