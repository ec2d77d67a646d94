# What the student predicts before a lab's run, and what came.

# The question that the lab's page asks in Predict, up to its last choice: the
# page is the one place where it stands.
prediction_question() {
    awk '/^## / { asked = $0 == "## Predict"; next }
        !asked { next }
        /^- [A-Z]: / { choices = 1 }
        /^$/ && choices && !/^- / { exit }
        NF || seen { seen = 1; print }' "handouts/$stem.md" 2>/dev/null
}

# The letter that the page comes to, in the words "the answer is B".
prediction_truth() {
    tr '\n' ' ' <"handouts/$stem.md" |
        sed -nE 's/.*[Tt]he answer (is|was) ([A-C])[^A-Za-z].*/\2/p'
}

on_terminal() {
    [ -t 0 ] && [ -t 1 ]
}

# Asks for a prediction, on a terminal and once; Enter alone counts as asked.
# Afterwards the question is wiped away: what happens fits on one screen.
ask_prediction() {
    local file=work/$lab/prediction.txt question letter rows=1
    if ! on_terminal || [ -e "$file" ]; then
        return
    fi
    question=$(prediction_question)
    [ -n "$question" ] || return
    printf '%s\n\n' "$question"
    while :; do
        printf 'A, B or C? (Enter: no prediction) '
        read -r letter || return # the end of input: asked again next time
        rows=$((rows + 1))
        letter=${letter^^}
        [[ $letter =~ ^[[:blank:]]*[ABC]?[[:blank:]]*$ ]] && break
    done
    {
        echo "# What you predicted for handouts/$stem.md."
        echo "# Remove this file to be asked once more."
        echo "${letter//[[:blank:]]/}"
    } >"$file"
    [ "${TERM-dumb}" = dumb ] ||
        printf '\033[%dA\033[J' $((rows + $(wc -l <<<"$question")))
}

# Beside what happened: what had been predicted.
compare_prediction() {
    local said truth
    on_terminal || return
    said=$(grep -m 1 -x '[ABC]' "work/$lab/prediction.txt" 2>/dev/null) ||
        return
    truth=$(prediction_truth)
    if [ "$said" = "$truth" ]; then
        echo "You predicted $said, and so it is. Why? handouts/$stem.md"
    else
        echo "You predicted $said. It is $truth: see Why in handouts/$stem.md"
    fi
}
