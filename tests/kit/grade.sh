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
for file in "$top"/broken/*/*.c; do
    echo '/* I have tried. */' >>"$file"
done
submission untouched broken
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
check 'no case mended: no points' "$(
    expect_points broken 0
    grep -E '^(passed|missing|untouched|not judged|does not compile) ' \
        "$top/broken.said")"
judge untouched
check 'nothing touched: no points, and that is said' "$(
    expect_points untouched 0
    grep ' of [0-9]*$' "$top/untouched.said" | grep -v '^untouched ')"

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
mkdir "$top/first" # in PATH, as the folder of a compiler cache may be
ln -s /usr/bin/env "$top/first/cc"
PATH=$top/first:$PATH judge again
check 'the same once more, with another cc in PATH: the same verdicts' "$(
    diff "$top/mixed.said" "$top/again.said")"

submission partly fixed lab01
rm "$top/partly/lab01/no_entry.c"
echo 'int main(void) { return oops; }' >"$top/partly/lab01/no_answer.c"
: >"$top/partly/lab01/old_news.c"
sed -i 's/$/\r/' "$top/partly/lab01/only_one.c"
printf '\357\273\277%s' "$(<"$top/partly/lab01/sold_out.c")" \
    >"$top/partly/lab01/bom" # and no newline at the end
mv "$top/partly/lab01/bom" "$top/partly/lab01/sold_out.c"
for name in No_entry.c no_entry.C no_entry.c.txt 'no_entry (1).c' noentry.c; do
    cp labs/lab01-blocking/no_entry/fixed.c "$top/partly/lab01/$name"
done
printf '13\n' >"$top/partly/lab01/sold_out.txt"
mkdir -p "$top/nested/alice"
mv "$top/partly" "$top/nested/alice/work"
judge nested
check 'a missing file, one that does not compile, an empty one' "$(
    expect_verdict nested lab01 no_entry missing
    expect_verdict nested lab01 no_answer 'does not compile'
    expect_verdict nested lab01 old_news 'does not compile'
    grep -q "oops" "$top/nested.json" || echo 'the message is not shown')"
check 'a folder in a folder, and what editors on Windows leave' "$(
    expect_verdict nested lab01 only_one passed
    expect_verdict nested lab01 sold_out passed)"
check 'files with other names are not taken, and are named' "$(
    for name in No_entry.c no_entry.C no_entry.c.txt 'no_entry (1).c' \
        noentry.c; do
        grep -qF "lab01/$name: no file of a case" "$top/nested.json" ||
            echo "$name"
    done)"
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
ln -s /dev/null "$top/device"
"$grade" "$top/nested" -o "$top/device" >"$top/device.said" 2>&1
status=$?
check 'a result does not take the place of a device' "$(
    [ "$status" = 2 ] || echo "status $status"
    grep -q 'not a regular file' "$top/device.said" || cat "$top/device.said"
    [ -c /dev/null ] || echo 'no device is left')"
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

# --- beside another grader ---------------------------------------------------

# begin_apart: a grader where process numbers mean others: with numbers that
# nobody has here. An ordinary user needs a capability to choose them, and the
# grader has to do without it. It has compiled something when this returns.
begin_apart() {
    local free=30000
    while [ -e "/proc/$free" ]; do free=$((free + 1000)); done
    rm -f "$top/apart.json"
    # shellcheck disable=SC2016 # the inner shell's words
    "${apart[@]}" sh -c 'echo "$1" >/proc/sys/kernel/ns_last_pid && shift &&
        setpriv --inh-caps=-all --ambient-caps=-all "$@"
        exit' sh "$free" "$grade" "$top/some" -o "$top/apart.json" \
        >"$top/apart.said" 2>&1 &
    inner=$!
    until_true has_begun
}
# shellcheck disable=SC2317 # until_true calls them
has_begun() { compgen -G "$top/tmp/lab-grade-*/programs/*/*"; }
# shellcheck disable=SC2317
has_ended() { ! pgrep -f "$top/apart.json"; }

apart=(unshare --pid --fork --kill-child --mount-proc)
[ "$(id -u)" = 0 ] || apart+=(--user --map-current-user --keep-caps)
if ! "${apart[@]}" sh -c 'echo 30000 >/proc/sys/kernel/ns_last_pid' \
    2>/dev/null; then
    skip 'a grader does not disturb one in another PID namespace' \
        'no PID namespace can be made, or no number in it chosen'
else
    submission some fixed lab01 lab03
    begin_apart
    while judge nested && kill -0 "$inner" 2>/dev/null; do :; done
    wait "$inner"
    status=$?
    check 'a grader does not disturb one in another PID namespace' "$(
        [ "$status" = 0 ] || cat "$top/apart.said"
        [ "$(value apart state)" = graded ] || value apart reason
        remains)"

    begin_apart
    kill -KILL "$inner"
    wait "$inner" 2>/dev/null
    until_true has_ended
    stage=("$top"/tmp/lab-grade-*)
    judge nested
    check 'what a killed one has left in control groups, the next one ends' "$(
        [ -d "${stage[0]}" ] || echo 'it was not killed in the middle'
        find /sys/fs/cgroup -name "${stage[0]##*/}" 2>/dev/null)"
    rm -rf "${stage[@]}"
fi

# --- less isolation ----------------------------------------------------------

# A limit of no namespaces is what a container that bars them looks like.
barred() {
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
        exec "$@"' sh "$grade" "$@" "$top/nested" -o "$top/barred.json" \
        >"$top/barred.said" 2>&1
    echo $? >"$top/barred.status"
}
if ! unshare -Ur true 2>/dev/null; then
    skip 'where namespaces are barred, the level is lower' \
        'they are, and so it was all the time'
else
    barred
    check 'where namespaces are barred, the level is none, and is said' "$(
        grep -q 'isolation none' "$top/barred.said" ||
            cat "$top/barred.said")"
    barred -l full
    check 'a grader that shall keep programs apart refuses where it cannot' "$(
        [ "$(<"$top/barred.status")" = 75 ] || cat "$top/barred.said"
        grep -q 'isolation would be none, full is wanted' "$top/barred.said" ||
            cat "$top/barred.said"
        value barred points)"
fi

# Without control groups, the memory of a box is watched from outside it. An
# ordinary user has none here.
mkdir -p "$top/hungry/lab03"
{
    cat tests/kit/attacks/headers.attack tests/kit/attacks/eats_memory.attack
    cat labs/lab03-nonblocking/turned_away/fixed.c
} >"$top/hungry/lab03/turned_away.c"
{
    cat tests/kit/attacks/headers.attack
    cat tests/kit/attacks/many_eat_memory.attack
    cat labs/lab03-nonblocking/third_gets_silence/fixed.c
} >"$top/hungry/lab03/third_gets_silence.c"
chmod -R a+rX "$top/hungry"
mkdir -m 777 "$top/user"
as_user=()
[ "$(id -u)" -ne 0 ] ||
    as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if ! "${as_user[@]}" test -x "$grade"; then
    skip 'an ordinary user can grade' 'the kit is not to be read by others'
else
    "${as_user[@]}" env TMPDIR="$top/user" "$grade" "$top/hungry" \
        -o "$top/user/hungry.json" >"$top/hungry.said" 2>&1
    check 'an ordinary user can grade, with the memory of boxes bounded' "$(
        expect_verdict hungry lab03 turned_away 'out of memory'
        expect_verdict hungry lab03 third_gets_silence 'out of memory')"
    # The rights of `make shell` are no help to bubblewrap, which refuses them.
    if ! unshare -Ur true 2>/dev/null; then
        skip 'in a private network too' 'there can be none'
    else
        mkdir "$top/user/one" "$top/user/one/lab01"
        cp labs/lab01-blocking/no_entry/fixed.c \
            "$top/user/one/lab01/no_entry.c"
        chmod -R a+rX "$top/user/one"
        "${as_user[@]}" env TMPDIR="$top/user" \
            "$build/tests/harness/labnet" "$grade" -l full "$top/user/one" \
            -o "$top/user/inside.json" >"$top/inside.said" 2>&1
        check 'an ordinary user can grade in a private network too' "$(
            expect_verdict inside lab01 no_entry passed
            grep -q 'isolation full' "$top/inside.said" ||
                cat "$top/inside.said")"
    fi
fi

# --- once more ---------------------------------------------------------------

failing=repair_only_one/the_next_client_is_served_when_the_last_has_left
submission one broken lab01
echo '/* I have tried. */' >>"$top/one/lab01/only_one.c"
judge one
"$grade" replay "$top/one.json" "$failing" >"$top/replayed" 2>&1
status=$?
check 'a check can be replayed from its result alone' "$(
    [ "$status" = 0 ] || echo "status $status"
    for words in '^timed out' '  expected  "TWO' '  kernel  *127.0.0.12:' \
        "SEED=$(value one seed) " \
        '^now: timed out; in the result: timed out'; do
        grep -q "$words" "$top/replayed" || echo "'$words' is not said"
    done
    unprintable "$top/replayed")"
sed 's/"verdict": "timed out"/"verdict": "passed"/' "$top/one.json" \
    >"$top/changed.json"
"$grade" replay "$top/changed.json" "$failing" >"$top/replayed" 2>&1
status=$?
check 'a replay that comes to another verdict says so' "$(
    [ "$status" = 10 ] || echo "status $status"
    grep -q '^now: timed out; in the result: passed' "$top/replayed" ||
        cat "$top/replayed")"
"$grade" replay "$top/one.json" no_such_check >"$top/replayed" 2>&1
status=$?
check 'a replay of what is not there lists what is' "$(
    [ "$status" = 2 ] || echo "status $status"
    grep -q "$failing" "$top/replayed" || cat "$top/replayed")"
echo '{' >"$top/damaged.json"
"$grade" replay "$top/damaged.json" "$failing" >"$top/replayed" 2>&1
status=$?
check 'a damaged result is refused in one line' "$(
    [ "$status" = 2 ] || echo "status $status"
    [ "$(wc -l <"$top/replayed")" = 1 ] || cat "$top/replayed")"

# --- hidden ------------------------------------------------------------------

hidden=$top/hidden
mkdir -p "$hidden/lab01-blocking"
cp -r labs/lab01-blocking/no_entry "$hidden/lab01-blocking/no_exit"
printf '[lab01-blocking]\nno_exit = 5\n' >"$hidden/points.ini"
cat >"$hidden/lab01.c" <<'END'
/* lab01: what students do not know. */
#include "check.h"

REPAIR(no_exit, it_listens_where_it_should)
{
    expect_listening_on(start_case("no_exit", NULL), 12345);
}

REPAIR(no_entry, it_serves_the_first_client)
{
    char line[64];

    read_line(connect_client(1, start_case("no_entry", NULL)), line,
        sizeof line);
}
END
tests/grade/hidden.sh "$hidden" "$build" "$top/hidden.built" \
    >"$top/hidden.said" 2>&1
status=$?
check 'hidden cases and checks are built from a folder of their own' "$(
    [ "$status" = 0 ] || cat "$top/hidden.said")"
submission secret fixed lab01
cp "$top/secret/lab01/no_entry.c" "$top/secret/lab01/no_exit.c"
judge secret --hidden "$top/hidden.built"
check 'they count, and are marked in the result' "$(
    expect_verdict secret lab01 no_exit passed
    expect_points secret 20
    [ "$(value secret of)" = 105 ] || value secret of
    [ "$(grep -c '"hidden": true' "$top/secret.json")" = 3 ] ||
        grep -B 3 '"hidden"' "$top/secret.json")"
cp labs/lab01-blocking/no_entry/broken.c "$top/secret/lab01/no_exit.c"
echo '/* I have tried. */' >>"$top/secret/lab01/no_exit.c"
judge secret --hidden "$top/hidden.built"
check 'a hidden case that is not mended gets nothing' "$(
    expect_verdict secret lab01 no_exit failed
    expect_points secret 15)"
sed -i 's/12345/12346/' "$hidden/lab01.c"
tests/grade/hidden.sh "$hidden" "$build" "$top/hidden.built" \
    >"$top/hidden.said" 2>&1
status=$?
check 'hidden checks that the right program fails are refused' "$(
    [ "$status" = 1 ] || echo "status $status"
    grep -q 'hidden: lab01-blocking/no_exit: ' "$top/hidden.said" ||
        cat "$top/hidden.said")"
check 'nothing is left of any of them' "$(remains)"
finish
