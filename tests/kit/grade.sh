#!/usr/bin/env bash
# grade: made-up submissions, honest and hostile, are graded; each must come to
# the verdicts that it declares, with nothing left running, nothing written
# outside, and the grader alive.
#
# usage: tests/kit/grade.sh [BUILD_FOLDER]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/grade.bash
. tests/kit/grade.bash

# --- honest ones -------------------------------------------------------------

submission fixed fixed
submission broken broken
judge fixed
if [ "$(<"$top/fixed.status")" = 75 ]; then
    skip 'submissions are graded' "$(tail -n 1 "$top/fixed.said")"
    finish
fi
level=$(sed -n 's/.*isolation \([a-z]*\),.*/\1/p' "$top/fixed.said")
if [ "$level" = full ]; then
    check 'all cases mended: full points' "$(expect_points fixed 100)"
else
    skip 'all cases mended: full points' "isolation is $level"
fi
judge broken
check 'no case mended: no points' "$(expect_points broken 0)"

submission mixed broken
for folder in labs/*/; do
    lab=$(basename "$folder")
    lab=${lab%%-*}
    [ -d "$top/mixed/$lab" ] || continue
    one=$(find "$top/mixed/$lab" -name '*.c' | sort | head -n 1)
    cp "$top/fixed/$lab/$(basename "$one")" "$one"
    mended+=("$lab $(basename "$one" .c)")
done
judge mixed
check 'one case of each lab mended: these count, and no other' "$(
    for one in "${mended[@]}"; do
        # shellcheck disable=SC2086 # two words
        expect_verdict mixed $one passed
    done
    [ "$(grep -c '^passed' "$top/mixed.said")" = "${#mended[@]}" ] ||
        cat "$top/mixed.said")"
cp -r "$top/mixed" "$top/again"
judge again
check 'the same once more: the same verdicts' "$(
    diff "$top/mixed.said" "$top/again.said")"

submission partly fixed lab01
rm "$top/partly/lab01/no_entry.c"
echo 'int main(void) { return oops; }' >"$top/partly/lab01/no_answer.c"
: >"$top/partly/lab01/old_news.c"
sed -i 's/$/\r/' "$top/partly/lab01/only_one.c"
printf '13\n' >"$top/partly/lab01/sold_out.txt"
mkdir -p "$top/nested/alice"
mv "$top/partly" "$top/nested/alice/work"
judge nested
check 'a missing file, one that does not compile, an empty one' "$(
    expect_verdict nested lab01 no_entry missing
    expect_verdict nested lab01 no_answer 'does not compile'
    expect_verdict nested lab01 old_news 'does not compile'
    grep -q "oops" "$top/nested.json" || echo 'the message is not shown')"
check 'a folder in a folder, and Windows line ends' "$(
    expect_verdict nested lab01 only_one passed
    expect_verdict nested lab01 sold_out passed)"
check 'an answer to an evidence question is judged' "$(
    grep -qE '"evidence": "(right|wrong)"' "$top/nested.json" ||
        echo 'no evidence was found')"

# --- what is not graded ---------------------------------------------------

mkdir "$top/a b"
TMPDIR="$top/a b" judge nested
check "the kit's own trouble is said as such, with status 75, and no points" "$(
    [ "$(<"$top/nested.status")" = 75 ] || cat "$top/nested.said"
    [ "$(value nested state)" = 'kit trouble' ] || value nested state
    value nested points)"
judge nested -s oops
check 'a seed that is no number is wrong usage' "$(
    [ "$(<"$top/nested.status")" = 2 ] || cat "$top/nested.said")"
judge nested -s 7
check 'a seed can be given, and is in the result' "$(
    [ "$(value nested seed)" = 7 ] || cat "$top/nested.said")"

"$grade" "$top/fixed" -o "$top/killed.json" >/dev/null 2>&1 &
killed=$!
for _ in $(seq 500); do
    [ "$(value killed state 2>/dev/null)" = unfinished ] && break
    read -rt 0.02 <> <(:)
done
state=$(value killed state)
kill -TERM "$killed"
wait "$killed"
status=$?
check 'a result says that it is unfinished until it is finished' "$(
    [ "$state" = unfinished ] || echo "it says '$state'")"
check 'a grader that gets SIGTERM leaves nothing, and ends with 75' "$(
    [ "$status" = 75 ] || echo "status $status"
    remains)"

check 'a grader that is killed at any moment leaves nothing but a result' "$(
    for moment in 0.05 0.15 0.3 0.6 1 2 3 5; do
        "$grade" "$top/fixed" -o "$top/killed.json" >/dev/null 2>&1 &
        killed=$!
        read -rt "$moment" <> <(:)
        kill -KILL "$killed"
        wait "$killed" 2>/dev/null
        gone || remains
        grep -q '"state": "' "$top/killed.json" || echo "no result at $moment"
    done 2>/dev/null)"

# --- hostile programs --------------------------------------------------------

listener=
end_listener() {
    [ -z "$listener" ] || kill "$listener"
}
at_end=end_listener

# Three attacks make one submission, before three servers.
hosts=(lab01/no_entry lab03/turned_away lab04/not_at_home)
socat -u TCP-LISTEN:0,bind=127.0.0.1,fork /dev/null 2>/dev/null &
listener=$!
port=
for _ in $(seq 200); do
    port=$(ss -Hltnp 2>/dev/null |
        sed -n "s/.*127.0.0.1:\([0-9]*\) .*pid=$listener,.*/\1/p")
    [ -z "$port" ] || break
    read -rt 0.02 <> <(:)
done

number=0
for file in tests/kit/attacks/*.attack; do
    name=$(basename "$file" .attack)
    [ "$name" = headers ] && continue
    host=${hosts[number % 3]}
    folder=$top/attack$((number / 3))/${host%/*}
    mkdir -p "$folder"
    {
        cat tests/kit/attacks/headers.attack
        sed "s|@KIT@|$kit|g; s|@CANARY@|$top/canary|g; s|@MARK@|$mark|g
            s|@PORT@|${port:-1}|g" "$file"
        cat labs/"${host%/*}"-*/"${host#*/}/fixed.c"
    } >"$folder/${host#*/}.c"
    attacks[number]=$name
    number=$((number + 1))
done
for ((n = 0; n * 3 < number; n++)); do
    judge "attack$n"
done
for ((n = 0; n < number; n++)); do
    name=${attacks[n]}
    host=${hosts[n % 3]}
    IFS=';' read -r declared does <"tests/kit/attacks/$name.attack"
    declared=${declared#*verdict: }
    sentence="attack:${does% \*/}: $declared"
    if [ "$level" != full ] && [ "$declared" = passed ]; then
        skip "$sentence" "isolation is $level"
    else
        check "$sentence" "$(
            expect_verdict "attack$((n / 3))" "${host%/*}" "${host#*/}" \
                "$declared"
            [ "$(<"$top/attack$((n / 3)).status")" = 0 ] ||
                cat "$top/attack$((n / 3)).said")"
    fi
done
check 'no result holds what a terminal obeys, or a secret' "$(
    for file in "$top"/attack*.json "$top"/attack*.said; do
        unprintable "$file"
    done
    grep -nE 'root:[^ ]*:0:' "$top"/attack*.json | head -n 3)"
check 'every result is valid JSON' "$(
    for file in "$top"/*.json; do
        python3 -m json.tool "$file" >/dev/null || echo "$file"
    done 2>&1)"
check 'nothing is left of any of them' "$(remains)"
check 'nothing was written outside' "$(
    [ "$(<"$top/canary")" = untouched ] || echo 'the canary was touched')"

# --- less isolation ----------------------------------------------------------

# A limit of no namespaces is what a container that bars them looks like.
if ! unshare -Ur true 2>/dev/null; then
    skip 'where namespaces are barred, the level is lower' \
        'they are, and so it was all the time'
else
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$grade" "$top/nested" -o "$top/barred.json" \
        >"$top/barred.said" 2>&1
    check 'where namespaces are barred, the level is lower, and is said' "$(
        grep -q 'isolation reduced' "$top/barred.said" ||
            cat "$top/barred.said")"
fi
finish
