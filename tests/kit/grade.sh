#!/usr/bin/env bash
# grade: made-up submissions, honest and hostile, are graded; each must come to
# the verdicts that it declares, with nothing left running, nothing written
# outside, and the grader alive.
#
# usage: tests/kit/grade.sh [BUILD_FOLDER]
# shellcheck disable=SC2317 # what a trap calls is not unreachable
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
grade=$build/tests/grade/grade
top=$(mktemp -d) || exit 1
chmod 711 "$top"
mark=left$$
listener=

end() {
    [ -z "$listener" ] || kill "$listener"
    rm -rf "$top"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -x "$grade" ]; then
    skip 'submissions are graded' 'the grader is not built: ./setup grade'
    finish
fi

# --- submissions -------------------------------------------------------------

# submission NAME KIND [labNN...]: one with the files broken.c or fixed.c.
submission() {
    local name=$1 kind=$2 ini folder lab
    shift 2
    for ini in labs/*/*/case.ini; do
        folder=${ini%/case.ini}
        lab=${folder#labs/}
        lab=${lab%%-*}
        [ $# -eq 0 ] || [[ " $* " == *" $lab "* ]] || continue
        mkdir -p "$top/$name/$lab"
        cp "$folder/$kind.c" "$top/$name/$lab/${folder##*/}.c"
    done
}

# judge NAME [OPTION...]: leaves NAME.json, NAME.said and NAME.status.
judge() {
    local name=$1
    shift
    SECRET=$mark "$grade" "$top/$name" -o "$top/$name.json" "$@" \
        >"$top/$name.said" 2>&1 </dev/null
    echo $? >"$top/$name.status"
}

# The value of a key of a result, which is written one key a line.
value() {
    sed -nE 's/^ ?"'"$2"'": "?([^"]*[^",])"?,?$/\1/p' "$top/$1.json"
}

# verdict NAME LAB CASE: what the table says of it.
verdict() {
    sed -nE "s/^(.*[^ ]) +$2  $3 .*/\1/p" "$top/$1.said"
}

# expect_verdict NAME LAB CASE WORDS: a complaint when it is another one.
expect_verdict() {
    local got
    got=$(verdict "$1" "$2" "$3")
    [ "$got" = "$4" ] || echo "$2/$3 of $1 should be '$4', is '$got'"
}

# expect_points NAME POINTS
expect_points() {
    [ "$(<"$top/$1.status")" = 0 ] || cat "$top/$1.said"
    [ "$(value "$1" points)" = "$2" ] ||
        echo "$1 should have $2 points, has '$(value "$1" points)'" \
            "$(grep -v '^passed' "$top/$1.said")"
}

# What grading must never leave: processes, its folder, half a result.
remains() {
    pgrep -x "$mark"
    pgrep -f "^$top/tmp/lab-grade-"
    find "$top/tmp" -mindepth 1 | head -n 5
    find "$top" -maxdepth 1 -name '*.json.*'
}

# unprintable FILE: what is in it that no terminal should get.
unprintable() {
    LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$1" | cat -v | head -n 3
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || echo "$1 is not UTF-8"
}

mkdir "$top/tmp"
chmod 1777 "$top/tmp"
export TMPDIR=$top/tmp
echo untouched >"$top/canary"
chmod 666 "$top/canary"

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

# --- what cannot be graded ---------------------------------------------------

mkdir "$top/empty"
judge empty
tar -C "$top" -cf "$top/archive.tar" fixed
judge archive.tar
judge nowhere
check 'what cannot be graded is said in one line, with status 10' "$(
    for name in empty archive.tar nowhere; do
        [ "$(<"$top/$name.status")" = 10 ] ||
            echo "$name: status $(<"$top/$name.status")"
        [ "$(wc -l <"$top/$name.said")" = 1 ] || cat "$top/$name.said"
        [ "$(value "$name" state)" = 'cannot be graded' ] ||
            echo "$name: $(value "$name" state)"
    done)"

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

# gone: true when nothing of the last grader remains; waits for that.
gone() {
    for _ in $(seq 500); do
        [ -n "$(remains)" ] || return 0
        read -rt 0.02 <> <(:)
    done
    return 1
}

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

# --- hostile files -----------------------------------------------------------

hostile=$top/hostile/lab01
mkdir -p "$hostile/no_answer.c" "$top/hostile/lab99" "$top/hostile/.git"
ln -s /etc/passwd "$hostile/no_entry.c"
mkfifo "$hostile/sold_out.c"
head -c 400000 /dev/zero >"$hostile/only_one.c"
cp labs/lab01-blocking/old_news/fixed.c "$hostile/old_news.c"
touch "$hostile/Makefile" "$hostile/evil.o" "$hostile/-rf" \
    "$hostile/$(printf 'a\nb\033[2J\377')"
judge hostile
check 'links, folders, FIFOs and huge files are not taken' "$(
    for name in no_entry no_answer sold_out only_one; do
        expect_verdict hostile lab01 "$name" missing
    done
    expect_verdict hostile lab01 old_news passed
    for words in 'no_entry.c: a link' 'sold_out.c: not a regular file' \
        'only_one.c: too large' 'Makefile: no file of a case' \
        'lab99: the kit knows no such lab'; do
        grep -qF "$words" "$top/hostile.json" || echo "no '$words' is ignored"
    done)"
check 'names of files do no harm' "$(unprintable "$top/hostile.json")"

# --- hostile programs --------------------------------------------------------

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
