#!/usr/bin/env bash
# picture: what becomes of a recorded run: the trace and its rules, the
# converter on recorded inputs that are odd, cut, lossy or wrong, the pictures,
# and the command that makes them.
#
# usage: tests/kit/picture.sh [BUILD]
set -u
kit=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$kit" && realpath "${1:-build}")
cd "$kit" || exit 1
# shellcheck source=tests/kit/tap.bash
. tests/kit/tap.bash
# shellcheck source=tests/kit/copy.bash
. tests/kit/copy.bash
export LC_ALL=C.UTF-8
inputs=tests/kit/picture

if [ ! -x "$build/tests/picture/convert" ]; then
    skip 'pictures' 'no libpcap or no jansson: ./setup installs them'
    finish
fi
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
check_trace() {
    "$build/tests/picture/check" "$@"
}
complaints() { # of the check, alone
    "$build/tests/picture/check" "$@" >/dev/null 2>"$top/complaints"
    cat "$top/complaints"
}
convert() {
    "$build/tests/picture/convert" "$@"
}
draw() {
    "$build/tests/picture/draw" "$@"
}

# --- recorded inputs ---------------------------------------------------------

# sources NAME: sets `sources` to the options for what was recorded of it.
sources() {
    sources=()
    [ ! -f "$inputs/$1.strace" ] || sources+=(-s "$inputs/$1.strace")
    [ ! -f "$inputs/$1.pcap" ] || sources+=(-p "$inputs/$1.pcap")
    [ ! -f "$inputs/$1.tasks" ] || sources+=(-t "$inputs/$1.tasks")
}

# tells NAME: what is wrong with what the converter makes of an input.
tells() {
    sources "$1"
    convert "${sources[@]}" -n server -o "$top/$1.json" 2>&1 || return
    complaints "$top/$1.json"
    draw text "$top/$1.json" >"$top/$1.txt" 2>&1
    diff "$inputs/$1.txt" "$top/$1.txt"
}
while read -r name what; do
    check "the story of $what is told as it was" "$(tells "$name")"
done <<'END'
fork a server with child processes, their calls interrupted by each other,
thread a server with threads
ipv6 a client over IPv6
plain a recording without -yy and without -T
odd odd lines, without a capture,
lost a capture in which packets are missing
again a packet that passed twice,
unseen a capture of more than strace was told to note,
tasks a coroutine server, by its runtime alone,
END
convert -p "$inputs/fork.pcap" -o "$top/wire.json" 2>"$top/said"
check 'a capture alone is enough' \
    "$(cat "$top/said"; complaints "$top/wire.json")"
sources fork
for part in 1 2 3 4 5 6 7; do
    for kind in strace pcap; do
        size=$(stat -c %s "$inputs/fork.$kind")
        head -c $((size * part / 8)) "$inputs/fork.$kind" >"$top/cut.$kind"
    done
    convert -s "$top/cut.strace" -p "$top/cut.pcap" -o "$top/cut.json" 2>&1 &&
        complaints "$top/cut.json"
done >"$top/said"
check 'recordings cut anywhere are read as far as they go' "$(cat "$top/said")"

# Where strace notes the stack, each call has its line.
if strace -V | grep -q 'stack-trace=[a-z]'; then
    strace -f -k -ttt -T -yy -e trace=%net -o "$top/stacks" \
        "$build/labs/lab01-blocking/client" -p 1 x >/dev/null 2>&1
    convert -c -s "$top/stacks" -x "$build/labs/lab01-blocking/client" \
        -o "$top/stacks.json" 2>"$top/said"
    check "a call is told with its line, where strace -k noted it" \
        "$(cat "$top/said"
        line=$(grep '"name":"connect"' "$top/stacks.json" |
            sed 's/.*"file":"\(labs[^"]*\)","line":\([0-9]*\).*/\1 \2/')
        sed -n "${line##* }p" "${line%% *}" 2>&1 | grep -q 'connect(' ||
            echo "not '$line'")"
else
    skip 'lines of calls' 'this strace cannot note stacks'
fi

printf '%s\n' '7 1700000000.5 accept(3, NULL, NULL) = 4 <0.1>' \
    '7 1700000000.7 recvfrom(4, ' >"$top/hangs"
convert -s "$top/hangs" -e 1700000001.2 -o "$top/hangs.json" 2>"$top/said"
check 'a call that never returned has lasted until the recording ended' \
    "$(draw text "$top/hangs.json" | tail -n 1 |
        grep -q 'recv(4).* has not returned, after 500 ms\.$' ||
        draw text "$top/hangs.json" 2>&1)"

# refuses SENTENCE SAID OPTION...: status 1, and this line on stderr.
refuses() {
    local sentence=$1 said=$2 status
    shift 2
    convert "$@" -o "$top/none.json" >"$top/out" 2>"$top/said"
    status=$?
    if [ "$status" = 1 ] && [ "$(cat "$top/said")" = "$said" ] &&
        [ ! -e "$top/none.json" ]; then
        ok "$sentence"
    else
        not_ok "$sentence" "status $status: $(cat "$top/said")"
    fi
}
line='12 1700000000.5 recv(3, "a", 1, 0) = 1 <0.1>'
printf '%s\n' "$line" 'hello' >"$top/bad1"
printf '%s\n' "$line" '12 17:00:00 close(3) = 0' >"$top/bad2"
printf '%s\n' "$line" '12 1700000001.5 what is this' >"$top/bad3"
printf '%s\n' "$line" '12 1700000001.5 <... recv>) = 0' >"$top/bad4"
time='no time of day where one should be: strace -ttt -o FILE'
refuses 'a line of something else is named' "$top/bad1:2: $time" -s "$top/bad1"
refuses 'a time of another kind is named' "$top/bad2:2: $time" -s "$top/bad2"
refuses 'a line without a call is named' \
    "$top/bad3:2: neither a system call, nor a signal, nor an end" \
    -s "$top/bad3"
refuses 'a resumed call that is none is named' \
    "$top/bad4:2: \"<...\" without \"resumed>\"" -s "$top/bad4"
refuses 'a file that is not there is named' \
    "$top/none: No such file or directory" -s "$top/none"
refuses 'a capture that is none is named' \
    "$top/bad1: unknown file format" -p "$top/bad1"
refuses 'a trace that is none is named' \
    "$top/bad1:1: the first line is not \"[\"" -t "$top/bad1"
head -n 4 "$inputs/plain.strace" >"$top/today"
sed 's/ 17[0-9]*\./ 1600000000./' "$inputs/plain.strace" >"$top/long_ago"
convert -s "$top/today" -s "$top/long_ago" -o "$top/none.json" 2>"$top/said"
check 'recordings of different runs make none' \
    "$(grep -q '^convert: these .* days apart$' "$top/said" ||
        cat "$top/said")"
sed '9d' "$inputs/tasks.tasks" >"$top/spoilt.tasks"
convert -t "$top/spoilt.tasks" -o "$top/none.json" 2>"$top/said"
check 'a trace of the runtime with a line missing is refused, at that line' \
    "$(grep -q "^$top/spoilt.tasks:9: seq is 9 where 8" "$top/said" ||
        cat "$top/said")"
: >"$top/empty"
refuses 'an empty recording is said' 'convert: nothing was recorded' \
    -s "$top/empty"
convert >"$top/said" 2>&1
check 'without a file it is wrong usage' \
    "$([ $? = 2 ] || echo 'another status'
        grep -q '^usage: convert' "$top/said" || cat "$top/said")"

# --- the rules ---------------------------------------------------------------

# shellcheck disable=SC2016 # awk's own dollars
# spoilt SENTENCE AWK_PROGRAM [SAID]: the check finds what awk does to a trace.
spoilt() {
    awk "$2" "$top/tasks.json" >"$top/spoilt.json"
    if cmp -s "$top/tasks.json" "$top/spoilt.json"; then
        not_ok "$1" "nothing is spoilt by: $2"
    elif check_trace "$top/spoilt.json" >/dev/null 2>"$top/said" ||
        ! grep -q -F "${3-}" "$top/said"; then
        not_ok "$1" "it says: $(head -n 3 "$top/said")"
    else
        ok "$1"
    fi
}
# shellcheck disable=SC2016
spoilt 'a line that is no JSON is found' 'NR == 9 { $0 = "{" $0 } 1' \
    "spoilt.json:9: not JSON"
spoilt 'a kind that is none is found' \
    'NR == 9 { sub(/"ph":"./, "\"ph\":\"Q") } 1' \
    "spoilt.json:9: \"ph\" is none of"
spoilt 'a trace without a header is found' \
    'NR == 2 { sub("process_name", "other") } 1' 'is not the header'
spoilt 'time that goes back is found' \
    'NR == 20 { sub(/"ts":[0-9]+/, "\"ts\":1") } 1' 'spoilt.json:20: time goes'
spoilt 'a B without its E is found' \
    '/"ph":"E"/ && !n++ {
        sub(/"ph":"E"/, "\"ph\":\"i\",\"name\":\"x\"") } 1'
spoilt 'a task that runs out of turn is found' \
    '/"ph":"B"/ && ++n == 4 { sub(/"tid":[0-9]+/, "\"tid\":19") } 1' \
    'is not the first that is ready'
spoilt 'a byte too many is found' \
    '/"name":"recv"/ && /"result":[1-9]/ && !done { done = 1
        sub(/"result":/, "\"result\":9") } 1' ''
# flow ARRIVES_US READS: a trace of 4 bytes that come then, and of so many that
# a call takes from 20 to 30 us; the complaints of it.
flow() {
    local wire='"pid":100,"tid":1,"name":' life='"cat":"connection","id":"1"'
    {
        echo '{"ph":"M","ts":0,"pid":1,"tid":1,"name":"process_name",' \
            '"args":{"schema":1,"wall_us":1}}'
        echo "{\"ph\":\"b\",\"ts\":1,$wire\"c\",$life}"
        echo "{\"ph\":\"i\",\"ts\":$1,$wire\"packet\",\"s\":\"t\"," \
            '"args":{"to":"program","bytes":4}}'
        echo '{"ph":"X","ts":20,"pid":1,"tid":1,"name":"recv","dur":10,' \
            "\"args\":{\"conn\":1,\"result\":$2}}"
        echo "{\"ph\":\"e\",\"ts\":40,$wire\"c\",$life," \
            "\"args\":{\"arrived\":4,\"read\":$2}}"
    } | sort -t: -k3n | sed 's/"ts"/"seq":NUMBER,&/; s/$/,/' |
        awk 'BEGIN { print "[" } { sub("NUMBER", NR); print }' \
            >"$top/flow.json"
    complaints "$top/flow.json"
}
check 'bytes that have arrived may be read' "$(flow 10 4; flow 25 4)"
check 'bytes that arrive later may not' \
    "$(flow 35 4 | grep -q 'more is read than had arrived' || echo 'they may')"
check 'nor more than have arrived' \
    "$(flow 10 5 | grep -q 'more is read than had arrived' || echo 'they may')"
check 'each event that is missing is missed, at its place' \
    "$(lines=$(wc -l <"$top/tasks.json")
    for ((n = 2; n < lines - 1; n++)); do
        sed "${n}d" "$top/tasks.json" >"$top/spoilt.json"
        complaints "$top/spoilt.json" |
            grep -q "spoilt.json:$n: seq is $n where" || echo "line $n"
    done)"
# Numbered anew, what is missing shows in what it leaves behind.
# unmissed TRACE PATTERN: lines like this that can be taken away unnoticed.
# shellcheck disable=SC2016 # awk's own dollars
unmissed() {
    grep -nE "$2" "$1" | cut -d: -f1 | while read -r n; do
        awk -v out="$n" 'NR == out { next }
            { sub(/"seq":[0-9]+/, "\"seq\":" NR - 1 - (NR > out)) } 1' \
            "$1" >"$top/spoilt.json"
        check_trace "$top/spoilt.json" >/dev/null 2>&1 && echo "line $n"
    done
}
check 'bytes, beginnings and ends that are missing are missed even so' \
    "$(unmissed "$top/tasks.json" '"ph":"[BEbe]"|"name":"ready","args":\{"q'
    unmissed "$top/fork.json" '"(packet|recv|send)".*"(bytes|result)":[1-9]')"
check 'a trace that is cut off anywhere still loads' \
    "$(size=$(stat -c %s "$top/tasks.json")
    for part in 2 3 5 7 8; do
        head -c $((size * part / 9)) "$top/tasks.json" >"$top/cut.json"
        check_trace "$top/cut.json" 2>&1 | grep -q ', not closed$' ||
            check_trace "$top/cut.json" 2>&1
    done)"
if command -v python3 >/dev/null; then
    check 'a trace is a JSON array, as Perfetto and others want it' \
        "$(python3 - "$top"/{fork,tasks,lost}.json 2>&1 <<'END'
import json, sys
for path in sys.argv[1:]:
    events = json.load(open(path))
    for event in events:
        if not isinstance(event["ts"], (int, float)) or len(event["ph"]) != 1:
            print(path, event)
END
        )"
fi

# --- the pictures ------------------------------------------------------------

# wrong_svg FILE...: not well formed, without title or description, with a link
# to elsewhere, or wider than it says.
wrong_svg() {
    python3 - "$@" 2>&1 <<'END'
import sys
import xml.etree.ElementTree as tree
SVG = "{http://www.w3.org/2000/svg}"
for path in sys.argv[1:]:
    root = tree.parse(path).getroot()
    text = open(path).read()
    if root.get("role") != "img" or not root.get("viewBox"):
        print(path, "is no picture")
    for name in ("title", "desc"):
        part = root.find(SVG + name)
        if part is None or not part.text or part.get("id") not in root.get(
                "aria-labelledby"):
            print(path, "has no", name)
    for word in ("href", "url(", "@import", "<script", "<image"):
        if word in text:
            print(path, "has", word)
    if "prefers-color-scheme:dark" not in text:
        print(path, "is never dark")
    width, height = map(float, root.get("viewBox").split()[2:])
    for part in root.iter():
        for key, most in (("x", width), ("x2", width), ("y", height),
                          ("y2", height)):
            if part.get(key) and not 0 <= float(part.get(key)) <= most:
                print(path, part.tag, key, part.get(key), "is outside")
END
}
draw -o "$top/one" "$top/fork.json" && draw -o "$top/two" "$top/fork.json" \
    "$top/tasks.json"
if command -v python3 >/dev/null; then
    check 'a picture is well formed, named, described, and needs nothing else' \
        "$(wrong_svg "$top"/{one,two}-{waited,ladder}.svg)"
fi
check 'each event is a sentence of the text' \
    "$(events=$(grep -cE '"ph":"[XBEi]"' "$top/tasks.json")
    sentences=$(grep -cE '^ *-?[0-9.]+ ms  .*\.$' "$inputs/tasks.txt")
    [ "$events" = "$sentences" ] || echo "$sentences of $events")"
draw -m 8 ladder "$top/fork.json" >"$top/short.svg"
check 'a long ladder is cut in the middle, and says so' \
    "$(grep -q 'rows left out: the text has them' "$top/short.svg" ||
        echo 'it does not')"

# --- the figures of the handouts ---------------------------------------------

DRAW=$build/tests/picture/draw handouts/figures/build.sh "$top/figures" 2>&1
check 'the figures are what their recordings make' \
    "$(for made in "$top"/figures/*; do
        cmp "$made" "handouts/figures/${made##*/}" 2>&1
    done)"
check 'the recordings keep the rules' "$(complaints handouts/figures/*.json)"
# shellcheck disable=SC2016 # awk's own dollars
check 'each figure is in a page, and asked about right behind it' \
    "$(for figure in handouts/figures/*.svg; do
        grep -l "(figures/${figure##*/})" handouts/*.md | head -n 1 |
            xargs -r awk -v name="(figures/${figure##*/})" '
                index($0, name) { at = NR }
                at && NR < at + 8 && /[?]/ { asked = 1 }
                END { exit !asked }' || echo "$figure: no question"
        grep -q "(figures/${figure##*/})" handouts/*.md ||
            echo "$figure: in no page"
    done)"

# --- the command -------------------------------------------------------------

if ! "$build/tests/harness/labnet" -t >/dev/null 2>&1; then
    skip 'make labNN-picture' 'no private network'
    finish
fi
stage="$top/a kit"
mkdir "$stage"
copy_kit "$stage"
cd "$stage" || exit 1

# picture LAB ARGUMENT...: into $top/said, and its status.
picture() {
    ./lab "$@" >"$top/said" 2>&1
    status=$?
}
# told SENTENCE PATTERN...: the last picture came, and says this.
told() {
    local sentence=$1 pattern wrong=''
    shift
    for pattern in "$@"; do
        grep -q -E "$pattern" "$top/said" || wrong+="no '$pattern'; "
    done
    [ "$status" = 0 ] || wrong+="status $status"
    check "$sentence" "${wrong:+$wrong
$(cat "$top/said")}"
}
# ends_otherwise STATUS PATTERN: how the last one ended, unless so.
ends_otherwise() {
    [ "$status" = "$1" ] || echo "status $status"
    grep -q -e "$2" "$top/said" || cat "$top/said"
}
picture 02 picture TEXT=1
told 'lab 02: client 3 gets no second answer, while the server sleeps' \
    'client 2: .* waited for a reply \(ms\): 2[0-9][0-9]' \
    'client 3: .*, never' 'client 3 sends 4 bytes: "uno' \
    'recv\(4\): client 1 takes 5 bytes: "line'
check 'there are two pictures, the words, and a page of all' \
    "$(wrong_svg build/picture/lab02/server-{waited,ladder}.svg
    grep -q '</html>' build/picture/lab02/server.html || echo 'no page'
    grep -q 'no answer' build/picture/lab02/server-waited.svg ||
        echo 'no wait without an answer')"
picture 03 picture WITH=lab02
told 'lab 03 beside lab 02: one never sleeps' 'awake (9[0-9]|100) %' \
    'Lab 02, starving: server' 'Lab 03, nonblocking: server'
picture 02 picture PROGRAM=server_fork
told 'a server with children has a lane for each' '^child 3: awake'
picture 05 picture TEXT=1
told 'lab 05: tasks are told of too' 'task acceptor runs' 'epoll_wait\(\)'
picture 01 picture CASE=no_answer WITH=broken TEXT=1
told 'a case of a client: its own check is played' \
    'connection 1 gives 5 bytes: "hello"[.,]' 'never'
if [ -f labs/lab03-nonblocking/turned_away/fixed.c ]; then
    picture 03 picture CASE=turned_away WITH=fixed
    told 'broken beside fixed' 'client 1: refused' 'turned_away, fixed'
fi
picture 04 picture CASE=nothing
check 'a case that there is not is wrong usage' \
    "$([ "$status" = 2 ] || cat "$top/said")"
picture 04 picture PROGRAM=nothing
check 'so is a program that there is not' \
    "$([ "$status" = 2 ] || cat "$top/said")"
echo 'int main(void) { return 1 }' >work/lab03/turned_away.c
picture 03 picture CASE=turned_away
check 'a copy that does not compile is said' \
    "$(ends_otherwise 1 'error: ')"
mkdir "$top/bin"
for tool in bash env sed grep cat tail head mkdir rm ln cut timeout flock \
    ninja meson readlink dirname basename cc sh cp sort fold xargs; do
    ln -s "$(command -v "$tool")" "$top/bin/"
done
PATH=$top/bin picture 04 picture
check 'without strace it says what to install' \
    "$(ends_otherwise 75 'needs strace: ./setup')"

# --- the end of a failed check -----------------------------------------------

# fails LAB CASE FILTER: plays checks on the broken program, with none of the
# tools in reach.
fails() {
    local stem
    stem=$(basename "labs/$1"-*/)
    mkdir -p "$top/broken"
    ln -sf "$stage/build/labs/$stem/$2/broken" "$top/broken/$2"
    PATH=/nowhere LT_SUBJECTS=$top/broken LT_STYLE=checks \
        "build/tests/labs/${stem//-/_}" --filter "repair_$2/$3" \
        >"$top/said" 2>&1
    grep '^  ladder' "$top/said" >"$top/ladder"
}
# ends SENTENCE PATTERN...: the ladder has these lines, in this order.
ends() {
    local sentence=$1 pattern n=0 wrong=''
    shift
    for pattern in "$@"; do
        n=$((n + 1))
        sed -n "${n}p" "$top/ladder" | grep -q -E "$pattern" ||
            wrong+="line $n is not '$pattern'; "
    done
    [ "$(wc -l <"$top/ladder")" = "$n" ] || wrong+="not $n lines"
    check "$sentence" "${wrong:+$wrong
$(cat "$top/said")}"
}
fails lab01 no_entry a_client_gets_in_where_it_says
sed -i '/then nothing for/d' "$top/ladder" # a busy machine takes its time
ends 'a failed check ends with the wire: refused' \
    'client 1 -> :12345: SYN; back: RST$' 'now: the program is in accept$'
fails lab04 first_takes_all whoever_comes_later_is_heard_too
ends 'a failed check ends with the wire: not heard' \
    'client 1 -> :12345: "yes\\n" \(4 bytes\)' \
    ':12345 -> client 1: "votes: 1\\n" \(9 bytes\)' \
    'client 2 -> :12345: SYN; back: SYN, ACK' \
    'client 2 -> :12345: "yes\\n" \(4 bytes\)' 'then nothing for [0-9]+ ms' \
    'now: the program is in select; 1 caller not accepted'
check 'a check that passes says nothing of it' \
    "$("build/tests/labs/lab01_blocking" --filter \
        'worked_server/a_line_*' 2>&1 | grep 'ladder')"
finish
