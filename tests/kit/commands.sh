#!/usr/bin/env bash
# commands: what a student types, tried in a copy of the kit.
# usage: tests/kit/commands.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/barred.bash
. tests/kit/barred.bash
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash

top=$(mktemp -d)
copy=$top/kit
pids=()
# shellcheck disable=SC2317 # called by the trap
end() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null
    done
    rm -rf "$top"
}
trap end EXIT
trap 'exit 130' INT TERM
copy_kit "$copy"
cd "$copy" || exit 1
labnet=build/tests/harness/labnet
private=''
$labnet -t >/dev/null 2>&1 && private=yes
unset CASE PROGRAM MAKEFLAGS MFLAGS MAKELEVEL LT_UNCOVERED
export NO_COLOR=

# try STATUS COMMAND...: runs it (input: none; at most 120 s), expects its
# status; the output is in $out.
try() {
    local wanted=$1 status
    shift
    out=$(timeout 120 "$@" 2>&1 </dev/null)
    status=$?
    [ "$status" = "$wanted" ] || {
        problem="status $status instead of $wanted: $*"$'\n'"$out"
        return 1
    }
    problem=''
}

# says TEXT...: each text stands in $out.
says() {
    local text
    [ -z "$problem" ] || return
    for text in "$@"; do
        case $out in
        *"$text"*) ;;
        *) problem="no '$text' in:"$'\n'"$out" ;;
        esac
    done
}

# has_line PATTERN: one of $out's lines is like this (grep -E).
has_line() {
    [ -n "$problem" ] || grep -qE "$1" <<<"$out" ||
        problem="no line like '$1' in:"$'\n'"$out"
}

# says_not TEXT: it does not.
says_not() {
    [ -z "$problem" ] || return
    case $out in
    *"$1"*) problem="'$1' in:"$'\n'"$out" ;;
    esac
}

# fits LINES: $out has at most so many lines, each of at most 80 columns, and
# no control characters.
fits() {
    [ -z "$problem" ] || return
    [ "$(wc -l <<<"$out")" -le "$1" ] ||
        problem="$(wc -l <<<"$out") lines, more than $1:"$'\n'"$out"
    [ -z "$(awk 'length > 80' <<<"$out")" ] ||
        problem="wider than 80 columns: $(awk 'length > 80' <<<"$out")"
    ! grep -q '[[:cntrl:]]' <<<"$out" || problem="control characters: $out"
}

numbered_case() {
    basename "$(dirname "$(grep -l "^order *= *$1\$" labs/lab01-*/*/case.ini)")"
}
name=$(numbered_case 1)
other=$(numbered_case 2)

# --- the map -----------------------------------------------------------------

try 0 make
says lab01 lab02 lab03 lab04 lab05 'make doctor' 'next   lab01'
fits 25
check "make shows the map of the labs and what is next" "$problem"

# --- one screen a lab --------------------------------------------------------

for lab in lab01 lab02 lab03 lab04 lab05; do
    try 0 make "$lab"
    says 'client 3' 'CPU time' 'next: edit work/'"$lab" "make $lab-hint"
    fits 25
    check "make $lab shows who waited, the cost and the next case" "$problem"
done
check "the student's copies begin as the broken ones" \
    "$(cmp "work/lab01/$name.c" labs/lab01-blocking/"$name"/broken.c 2>&1)"

# --- check -------------------------------------------------------------------

try 1 ./lab 01 check
says "failed" "$name: "
check "lab01-check fails while a case is not mended, status 1" "$problem"
try 2 make lab01-check
check "through make any failure is make's 2" "$problem"

cp labs/lab01-blocking/"$name"/fixed.c "work/lab01/$name.c"
try 0 make lab01-check CASE="$name"
says "$name: " ' passed, 0 failed'
says_not "$other"
check "CASE=name checks that case alone" "$problem"
try 1 env CASE="$name" ./lab 01 check
says "$other: "
check "CASE in the environment does not count" "$problem"
try 0 make lab01
says "done   $name" "next   $other"
check "the board says done and next" "$problem"
try 0 make
says '1 of '
check "the map counts what is mended" "$problem"

echo 'int main(void) { return missing; }' >"work/lab01/$other.c"
try 1 ./lab 01 check
says "missing" "undeclared" "does not compile" "$name: "
grep -q "^passed *$name" <<<"$out" || problem="$name did not pass: $out"
check "a compiler error is one case's verdict and no other's" "$problem"
try 0 make lab01
says "it does not compile" "work/lab01/$other.c:1:"
fits 25
check "the board shows the compiler's message for that file" "$problem"
echo 'int main(void) { int unused; return 0; }' >"work/lab01/$other.c"
try 1 ./lab 01 check CASE="$other"
says "unused"
says_not "does not compile"
check "a warning is shown and is no verdict" "$problem"

try 2 ./lab 01 check CASE=nowhere
says "there is no case 'nowhere'" "$name"
check "an unknown case is named, status 2" "$problem"
touch_file=$top/touched
try 2 make lab01-check CASE="\$(touch $touch_file);'touch $touch_file'"
[ ! -e "$touch_file" ] || problem="the name was executed"
check "a hostile name is only a name" "$problem"
try 2 ./lab 01 check CASE=../lab01
check "a path is not a name" "$problem"
try 2 ./lab 17
says "there is no lab 17"
check "an unknown lab gets the list, status 2" "$problem"
try 2 ./lab 01 dance
check "an unknown action gets usage, status 2" "$problem"
try 2 ./lab dance
check "an unknown command gets usage, status 2" "$problem"
try 2 ./lab 01 check COLOUR=red
check "an unknown variable gets usage, status 2" "$problem"

# --- hint, reset, solution, evidence -----------------------------------------

try 0 make lab01-hint CASE="$other"
says "hint 1 of"
check "the first hint comes first" "$problem"
seen=$out
for _ in 2 3; do
    try 0 make lab01-hint CASE="$other"
done
says "hint 3 of"
[ "$out" != "$seen" ] || problem="the same hint again"
fits 12
check "the next hints follow" "$problem"
try 2 ./lab 01 hint
says "which case?"
check "a hint without a case asks for one" "$problem"

try 1 ./lab 01 solution CASE="$other"
says "mend it first"
says_not "+++"
check "no solution before the checks pass" "$problem"
sed -i '1s/.*/\/* my own words *\//' "work/lab01/$name.c"
try 0 make lab01-solution CASE="$name"
says "my own words" "+++ ours"
check "after that the difference to ours is shown" "$problem"

cp "work/lab01/$name.c" "$top/mine.c"
try 0 make lab01-reset CASE="$name"
cmp -s "work/lab01/$name.c" labs/lab01-blocking/"$name"/broken.c ||
    problem="the broken one is not back"
cmp -s "work/lab01/$name.c.1" "$top/mine.c" || problem="no backup"
check "reset puts the broken one back and keeps a backup" "$problem"

check "the evidence question waits in work/" \
    "$(grep -q '^# ' "work/lab01/$name.txt" || echo "no question there")"
echo 'nonsense' >>"work/lab01/$name.txt"
try 0 make lab01
says 'evidence wrong'
check "a wrong answer to it is shown as wrong" "$problem"
old=$(sed -n 's/^answer *= *//p' "labs/lab01-blocking/$name/case.ini")
new=$(printf %s 'my answer' | sha256sum | cut -d' ' -f1)
sed -i "s/^answer.*/answer = $new/" "labs/lab01-blocking/$name/case.ini"
touch build/build.ninja # the texts of a case are no reason to build anew
printf '# a question\n  My Answer \n' >"work/lab01/$name.txt"
try 0 make lab01
says 'evidence right'
check "a right one as right, capitals and blanks aside" "$problem"
sed -i "s/^answer.*/answer = $old/" "labs/lab01-blocking/$name/case.ini"
touch build/build.ninja

# --- the own attempt ---------------------------------------------------------

own=work/lab02/attempt.c
try 0 make lab02-attempt
says "to do: three clients at once, in $own" 'at 150 ms' 'attempt '
fits 6
cmp -s <(sed 1d labs/lab01-blocking/server.c) <(tail -n +5 "$own") ||
    problem="it is not the server of lab 01"
check "lab02-attempt hands out lab 01's server and plays it" "$problem"
try 0 ./lab 04
says_not 'my attempt'
check "what nobody has touched is not shown in lab 04" "$problem"
# Somebody who serves nobody: nobody has a reply.
sed -i 's/^        serve(fd);/        (void)serve;/' "$own"
cp "$own" "$top/mine.c"
try 0 ./lab 02 attempt
has_line '^attempt  .* never .* never '
says_not 'to do'
cmp -s "$own" "$top/mine.c" || problem="it has changed the student's file"
check "a changed attempt is played, and stays as it is" "$problem"
try 0 ./lab 04
has_line '^my attempt  .* never '
has_line '^lab04 server  .* select$'
check "make lab04 shows it above its own server" "$problem"
sed -i 's/^    announce_listening(listener);/    return 3;/' "$own"
try 0 ./lab 02 attempt
has_line '^attempt  *ended, status 3: '
check "one that ends at once is told so" "$problem"
sed -i 's/^    return 3;/    pause();/; s/^    listener.*/    pause();/' "$own"
try 0 ./lab 02 attempt
has_line '^attempt  *does not listen after 5 s$'
check "one that never listens is told so" "$problem"
echo 'no C' >>"$own"
try 1 ./lab 02 attempt
says "failed: $own does not compile" 'no C'
try 0 ./lab 04
says_not 'my attempt'
check "one that does not compile is named; lab 04 goes on without" "$problem"
try 2 ./lab 03 attempt
says 'lab03 has no attempt'
check "another lab has no attempt" "$problem"
rm "$own"

# --- the Parsons problem -----------------------------------------------------

lines=work/lab04/parsons.txt
# The lines of one_round(), read here by other means than in commands/.
loop() {
    sed -n '/^one_round(/,/^}/p' labs/lab04-select/server.c | sed '1,2d; $d' |
        sed 's|/[*].*[*]/||; s/^ *//; s/ *$//; /^$/d'
}
try 0 ./lab 04 parsons
says "$lines"
fits 4
[ "$(awk 'length > 85' "$lines")" = '' ] || problem="too wide: $(<"$lines")"
[ "$(grep -v '^#' "$lines" | sort)" = "$({
    loop
    sed -n 's/^wrong: //p' labs/lab04-select/parsons.txt
} | sort)" ] || problem="other lines than the program's and the wrong ones"
check "lab04-parsons hands out the worked loop's lines and three wrong ones" \
    "$problem"
cp "$lines" "$top/mixed"
try 1 ./lab 04 parsons
says "still mixed"
fits 1
cmp -s "$lines" "$top/mixed" || problem="it has changed the file"
check "mixed lines fail with one line, and stay as they are" "$problem"
rm "$lines"
try 0 ./lab 04 parsons
check "everybody gets the same mixture" "$(diff "$lines" "$top/mixed")"

{
    echo '# as I found it'
    loop
} >"$lines"
cp "$lines" "$top/mine.txt"
try 0 make lab04-parsons
says 'done: ' ', 0 failed' labs/lab04-select/server.c
cmp -s "$lines" "$top/mine.txt" || problem="it has changed the student's file"
check "the right order passes the checks of the worked server" "$problem"
check "and then it is the worked program, comments apart, well indented" "$(
    diff -B <(sed '/^#line/d' build/work/lab04-parsons/server.c) \
        <(sed '/^one_round(/,/^}/{s|/[*].*[*]/||; s/ *$//}' \
            labs/lab04-select/server.c)
)"
while read -r right && read -r wrong; do
    wrong=${wrong#wrong: }
    loop | awk -v right="${right#right: }" -v wrong="$wrong" '
        $0 == right { $0 = wrong }
        { print }' >"$lines"
    grep -qxF "$wrong" "$lines" || echo "$right is not in the loop" >"$lines"
    try 1 ./lab 04 parsons
    says 'server: ' ' passed, '
    says_not ' 0 failed'
    fits 22
    check "it does not with $wrong" "$problem"
done < <(grep -E '^(right|wrong): ' labs/lab04-select/parsons.txt)
loop | tac >"$lines"
try 1 ./lab 04 parsons
says "$lines:1: nothing is open that this closes"
fits 1
check "a brace in the wrong place is named" "$problem"
loop | sed 1d >"$lines"
try 1 ./lab 04 parsons
says "does not compile" "$lines:1:" readable
fits 3
check "what does not compile is named by its line in the student's file" \
    "$problem"
{
    loop
    echo 'exit(0);'
} >"$lines"
try 1 ./lab 04 parsons
says "$lines:25: this line was not among those given"
fits 1
check "other lines than those given are named" "$problem"
try 2 ./lab 03 parsons
says "lab03 has no Parsons problem"
check "a lab without a Parsons problem says so, status 2" "$problem"

# --- run ---------------------------------------------------------------------

if [ -n "$private" ]; then
    cat >"$top/run" <<'END'
./lab 01 run >run.out 2>run.err & first=$!
until grep -q 'listening on' run.out; do kill -0 $first || exit 9; done
echo hello | socat -t 5 - TCP:127.0.0.1:12345
./lab 01 run; echo "second: $?"
kill -INT $first; wait $first; echo "first: $?"
./lab 02 run PROGRAM=server_thread >run2.out 2>&1 & third=$!
until grep -q 'listening on' run2.out; do kill -0 $third || exit 9; done
kill -TERM $third; wait $third; echo "third: $?"
./lab 01 run PROGRAM=client WITH='-p 1 hi'; echo "client: $?"
END
    try 0 "$labnet" bash "$top/run"
    says hello 'port 12345 is taken by server (pid ' "use 'make shell'" \
        'second: 1' 'first: 0' 'third: 0' 'ECONNREFUSED' 'client: 1'
    check "run: the worked server in the foreground; a taken port is named" \
        "$problem"
else
    skip "run: the worked server in the foreground" "no private network"
fi
try 2 ./lab 01 run PROGRAM=dance
check "run: an unknown program is named, status 2" "$problem"

# --- watch -------------------------------------------------------------------

watch() { # SENTENCE PATH
    local log=$top/watch.log
    cp labs/lab01-blocking/"$name"/broken.c "work/lab01/$name.c"
    PATH=$2 ./lab 01 watch CASE="$name" >"$log" 2>&1 </dev/null &
    pids+=($!)
    problem=''
    until_true grep -q 'watching work/lab01' "$log" ||
        problem="it does not begin: $(cat "$log")"
    # Saved as an editor does it: written beside, then renamed.
    cp labs/lab01-blocking/"$name"/fixed.c "work/lab01/.new"
    mv "work/lab01/.new" "work/lab01/$name.c"
    until_true grep -q ' passed, 0 failed' "$log" ||
        problem=${problem:-"no second verdict: $(cat "$log")"}
    kill -INT "${pids[-1]}" 2>/dev/null
    kill "${pids[-1]}" 2>/dev/null
    wait "${pids[-1]}" 2>/dev/null
    check "$1" "$problem"
}
watch "watch checks again when a file is saved" "$PATH"
mkdir "$top/bin"
for folder in /usr/bin /usr/sbin; do
    find "$folder" -maxdepth 1 ! -name inotifywait \
        -exec ln -st "$top/bin" {} + 2>/dev/null
done
watch "watch works without inotifywait, by looking" "$top/bin"

# --- shell -------------------------------------------------------------------

if [ -n "$private" ]; then
    mkfifo "$top/type"
    make shell <"$top/type" >"$top/shell.log" 2>&1 &
    pids+=($!)
    exec 7>"$top/type"
    echo readlink /proc/self/ns/net >&7
    echo 'socat TCP-LISTEN:12345,fork EXEC:cat &' >&7
    until_true grep -q 'net:' "$top/shell.log"
    net=$(grep -o 'net:\[.*' "$top/shell.log")
    cat >"$top/typed" <<'END'
readlink /proc/self/ns/net; id -un
timeout 20 tcpdump -c 1 -nn -i lo port 12345 2>tap.err &
until grep -q listening tap.err; do :; done
echo hi | socat - TCP:127.0.0.1:12345; wait
strace -V | head -1; ss -ltn; lsof -nP -i
END
    try 0 bash -c "make shell <$top/typed"
    says "joining" "$net" "$(id -un)" "12345: Flags [S]" hi 'strace' 'LISTEN' \
        'TCP *:12345 (LISTEN)'
    check "a second shell joins the first one's network, with its rights" \
        "$problem"
    try 0 bash -c "echo 'readlink /proc/self/ns/net' | make shell NEW=1"
    says "a private network"
    says_not "$net"
    check "NEW=1 makes another" "$problem"
    # shellcheck disable=SC2016 # the shell's own
    echo 'kill $!; exit' >&7
    exec 7>&-
    wait "${pids[-1]}" 2>/dev/null
    try 0 bash -c "echo 'ss -Hltn' | make shell"
    says_not joining
    says_not LISTEN
    check "when the first one has ended there is nothing to join" "$problem"
fi
shell=(./lab shell)
[ -z "$private" ] || shell=("${barred[@]}" ./lab shell)
try 75 "${shell[@]}"
says 'no private network'
[ "$(wc -l <<<"$out")" = 1 ] || problem="more than a line:"$'\n'"$out"
check "shell says in one line why there is no private network" "$problem"

# --- doctor ------------------------------------------------------------------

doctor=(./lab doctor)
if [ -n "$private" ]; then
    try 0 make doctor
    says 'found    cc' 'found    criterion' 'isolation: a private network'
    fits 25
    check "doctor says what is found and which isolation works" "$problem"
    doctor=("${barred[@]}" ./lab doctor)
fi
try 1 "${doctor[@]}"
says 'isolation: none: ' 'sysctl ' 'real port 12345'
fits 25
check "where private networks are barred, doctor has the remedy" "$problem"
rm -f "$top/bin/strace" "$top/bin/socat"
try 1 env PATH="$top/bin" ./lab doctor
says 'missing  strace' 'missing  socat' './setup installs it'
check "doctor names what is missing and the remedy" "$problem"

# --- the terminal ------------------------------------------------------------

tty_output() {
    TERM=xterm script -qec "$*" /dev/null </dev/null
}
if command -v script >/dev/null; then
    out=$(tty_output ./lab 01 check CASE="$other")
    problem=''
    says $'\033['
    check "colour on a terminal" "$problem"
    out=$(NO_COLOR=1 tty_output ./lab 01 check CASE="$other")
    problem=''
    says_not $'\033['
    check "NO_COLOR is obeyed" "$problem"
fi

# --- predictions -------------------------------------------------------------

# at_terminal KEYS COMMAND...: KEYS are typed when it asks, or when it has ended
# without; $out is what is on the screen in the end, $asked what was wiped away.
at_terminal() {
    local keys=$1 log=$top/screen
    shift
    : >"$log"
    {
        until_true grep -qE 'A, B or C|COMMAND_EXIT' "$log"
        printf '%s' "$keys"
    } | TERM=xterm timeout 120 script -qefc "$*" "$log" >"$top/null" 2>&1
    out=$(tr -d '\r' <"$log" | sed -E '/^Script /d; s/\x1b\[[0-9;]*m//g')
    asked=''
    [[ $out != *$'\033[J'* ]] || asked=${out%$'\033[J'*} out=${out##*$'\033[J'}
    problem=''
}

# asks_for LAB: every line of Predict's question on that page is in $asked.
asks_for() {
    local line
    while read -r line; do
        [[ $asked == *"$line"* ]] ||
            problem="no '$line' in:"$'\n'"$asked"
    done < <(sed -n '/^## Predict/,/^Write down/p' handouts/"$1"-*.md |
        sed '1d; $d; s/^ *//')
}

check "each page has one answer to its three choices, and not in Predict" "$(
    for page in handouts/lab[0-9][0-9]-*.md; do
        [ "$(sed -n '/^## Predict/,/^## Run/p' "$page" |
            grep -oE '^- [A-Z]: ' | tr -d '\n: -')" = ABC ] &&
            sed -n '/^## Run/,$p' "$page" | tr '\n' ' ' |
            grep -oiE 'the answer (is|was) [A-C]\b' | wc -l | grep -qx 1 &&
            ! sed '/^## Run/,$d' "$page" | grep -qiE 'answer (is|was) [A-C]' ||
            echo "$page"
    done)"
if command -v script >/dev/null; then
    unset NO_COLOR
    for lab in lab01 lab02 lab03 lab04 lab05; do
        at_terminal $'d\nc\n' ./lab "${lab#lab}"
        says 'client 3' "You predicted C" "handouts/$lab-"
        fits 25
        asks_for "$lab"
        ! grep -qiE 'predicted|answer (is|was) [A-C]' <<<"$asked" ||
            problem="it gives the answer away: $asked"
        [ "$(grep -v '^#' "work/$lab/prediction.txt")" = C ] ||
            problem="not kept: $(cat "work/$lab/prediction.txt")"
        check "$lab: the page's question is asked, the letter kept and shown" \
            "$problem"
    done
    at_terminal a ./lab 01
    says 'You predicted C. It is B: see Why in'
    says_not 'A, B or C'
    check "it is asked once" "$problem"
    echo B >work/lab01/prediction.txt
    at_terminal a make lab01
    says 'You predicted B, and so it is.'
    check "a right prediction is called right" "$problem"
    rm work/lab01/prediction.txt
    at_terminal $'\n' ./lab 01
    says 'client 3'
    says_not predicted
    [ -n "$asked" ] || problem="it did not ask: $out"
    check "Enter alone skips it, and nothing is given away" "$problem"
    at_terminal a ./lab 01
    says 'client 3'
    says_not 'A, B or C'
    says_not predicted
    check "what was skipped is not asked again" "$problem"
    rm work/lab01/prediction.txt
    out=$(tty_output ./lab 01)
    problem=''
    says 'client 3'
    [ ! -e work/lab01/prediction.txt ] || problem="an answer from nobody"
    check "a terminal without anybody at it stops nothing" "$problem"
    export NO_COLOR=
else
    skip "predictions are asked for at a terminal" "no script"
fi
rm -f work/lab01/prediction.txt
try 0 ./lab 01
says_not predict
[ ! -e work/lab01/prediction.txt ] || problem="it took an answer from a pipe"
echo A >work/lab01/prediction.txt
[ -n "$problem" ] || try 0 ./lab 01
says_not predict
check "nothing is asked or said of it in a pipe" "$problem"

# --- completion, and a build that fails --------------------------------------

completion=/usr/share/bash-completion/completions/make
if [ -r "$completion" ]; then
    out=$(bash -c '. /usr/share/bash-completion/bash_completion
        . '"$completion"'
        COMP_WORDS=(make lab01-) COMP_CWORD=1 COMP_LINE="make lab01-"
        COMP_POINT=${#COMP_LINE}
        _make make "" lab01-; printf "%s\n" "${COMPREPLY[@]}"' 2>&1)
    problem=''
    says check hint watch solution reset run parsons
    check "Tab completes the targets" "$problem"
else
    skip "Tab completes the targets" "bash-completion is not installed"
fi

echo 'int broken_line(void) { return oops; }' >>labs/lab01-blocking/server.c
try 75 ./lab 01
says "labs/lab01-blocking/server.c" "oops" "kit problem"
says_not lab01-blocking/client.c
check "a kit file that does not compile: that message alone, status 75" \
    "$problem"
finish
