#!/usr/bin/env bash
# transcript_selftest: would transcripts.sh and excerpts.sh notice? A page that is
# right passes; with one character of its outputs changed it does not, ten times,
# each at another place; nor does one that leaves something running, never ends,
# hides a command from being run, or shows C that is nowhere.
#
# usage: tests/kit/transcript_selftest.sh [BUILD_FOLDER] [PAGE.md]
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
build=$(realpath "${1:-$kit/build}") || exit 1
page=${2:+$(realpath "$2")}
# shellcheck source=tests/kit/tap.bash
. "$kit"/tests/kit/tap.bash

top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
seed=${SEED:-$RANDOM}

# One value of each declared kind, none of them the one of this run.
cat >"$top/right.md" <<'PAGE'
# A page

```console
$ build/labs/lab01-blocking/server >server.log 2>&1 &
[1] 4711
$ cat server.log
listening on 127.0.0.1:12345
$ tcpdump -l -nn --immediate-mode -i lo port 12345 >dump.log 2>&1 &
[2] 4712
$ strace -T -tt -e trace=connect,sendto -o trace \
>     build/labs/lab01-blocking/client -a 127.0.0.1 tea
tea
$ kill -INT %2
$ grep -v inet trace | head -n 1
05:46:50.123456 sendto(3, "tea", 3, MSG_NOSIGNAL, NULL, 0) = 3 <0.000123>
$ grep -F [S] dump.log
05:46:50.123456 IP 127.0.0.1.40123 > 127.0.0.1.12345: Flags [S], seq 1234567890, win 65495, options [mss 65495,sackOK,TS val 123 ecr 0,nop,wscale 7], length 0
$ sed '4,$d' server.log && tail -n 1 server.log
listening on 127.0.0.1:12345
127.0.0.1:40123 came
…
127.0.0.1:40123 left
$ (echo done; exit 3) | socat -t 9 - TCP:127.0.0.1:12345,bind=127.0.0.12
done
$ (exit 3)
$ echo $! $?
4712 3
```

- In a list:

  ```console
  $ lsof -nP -iTCP -sTCP:LISTEN
  COMMAND  PID    USER   FD   TYPE DEVICE SIZE/OFF NODE NAME
  server  4711 student    3u  IPv4  71234      0t0  TCP 127.0.0.1:12345 (LISTEN)
  $ ss -Hltnp
  LISTEN 0 128 127.0.0.1:12345 0.0.0.0:* users:(("server",pid=2202,fd=3))
  $ echo 'waited  12.3 ms > 1 ms (re)' && echo '…'
  waited 1.1 ms > 99 ms (re)
  …
  ```

```{.console noexec="it would ask for a password"}
$ sudo true
```

```console
$ nosuch
bash: nosuch: command not found
$ kill %1
```
PAGE
[ -n "$page" ] || page=$top/right.md

# judged TEST PAGE: what the test says of the page, without the last line.
judged() {
    "$kit/tests/kit/$1.sh" "$build" "$2" | sed '$d'
}

# refused TEST SENTENCE PAGE WORDS: the page is not right, and the words tell
# why.
refused() {
    local said

    said=$(judged "$1" "$3")
    if [[ $said = *'not ok '* && $said = *"$4"* ]]; then
        ok "$2"
    else
        not_ok "$2" "it should say: $4
$said"
    fi
}

# refused_text SENTENCE WORDS, refused_form SENTENCE WORDS: the same of a page
# that comes as input, by its commands or by its form.
refused_text() {
    cat >"$top/wrong.md"
    refused transcripts "$1" "$top/wrong.md" "$2"
}

refused_form() {
    cat >"$top/lab01-wrong.md"
    refused excerpts "$1" "$top/lab01-wrong.md" "$2"
}

said=$(judged transcripts "$page")
if [[ $said = skip* ]]; then
    skip 'a wrong page is noticed' "${said#*(}"
    finish
fi
check "a page that is right passes" "$(grep -v '^ok ' <<<"$said")"

for n in {1..10}; do
    "$kit/tests/kit/transcript.py" change "$page" "$seed.$n" \
        >"$top/changed.md" 2>"$top/change"
    read -r _ line <"$top/change"
    line=${line%%:*}
    refused transcripts "noticed: SEED=$seed, $(<"$top/change")" \
        "$top/changed.md" "$(printf '\n    %4s - ' "$line")"
done

sed 's/0t0  TCP/0t0  UCP/' "$top/right.md" >"$top/changed.md"
refused transcripts "the name of a protocol in lsof is not loosened" \
    "$top/changed.md" "$(printf '\n    %4s - ' \
        "$(grep -n -m 1 '0t0  UCP' "$top/changed.md" | cut -d: -f1)")"

refused_text 'a job that is left running is named, and ended' 'sleep 4321' <<'P'
```console
$ sleep 4321 &
```
P
refused_text 'even one that hides in another session' 'sleep 4322' <<'P'
```console
$ setsid -f sleep 4322
```
P
PAGE_LIMIT_S=2 \
    refused_text 'a page that never ends is ended' '$ sleep 99' <<'P'
```console
$ sleep 99
```
P
printf '%s\n' '```console' "\$ setsid -f sleep 4323" "\$ sleep 4324" '```' \
    >"$top/wrong.md"
"$kit/tests/kit/transcripts.sh" "$build" "$top/wrong.md" >/dev/null &
until pgrep -u "$(id -u)" -f '^sleep 4324$' >/dev/null || ! kill -0 $!; do
    sleep 0.05
done
kill $! && wait $!
check 'none of them runs any more, nor what a test ran that was ended' \
    "$(pgrep -a -u "$(id -u)" -f '^sleep 432[1-4]$')"
refused_text 'a job has the number that the page shows' 'is not [2]' <<'P'
```console
$ true &
[2] 4711
```
P
refused_text 'an output that comes too much is noticed' '+ more' <<'P'
```console
$ printf 'one\nmore\n'
one
```
P
refused_text 'an option that nobody knows is an error' 'unknown option: skip' <<'P'
```{.console skip="now"}
$ true
```
P
refused_text 'noexec says why' 'noexec without a reason' <<'P'
```{.console noexec}
$ true
```
P
refused_text 'an empty reason is none' 'noexec without a reason' <<'P'
```{.console noexec=" "}
$ true
```
P
refused_text 'a misspelt fence is an error' 'unknown kind of block: consle' <<'P'
```consle
$ true
```
P
refused_text 'a command hides in no other block' 'outside a console block' <<'P'
```text
$ true
```
P
refused_text 'an output follows a command' 'an output without a command' <<'P'
```console
true
```
P
refused_text 'a block ends' 'never closed' <<'P'
```console
$ true
P

# --- the form -----------------------------------------------------------------

server=labs/lab01-blocking/server.c
{
    printf '# A title\n\n'
    printf '## %s\n\n' Question Predict Run See Why Mend Prove
    printf '```{.c src="%s" region="send_line"}\n' "$server"
    sed -n '/^send_line(/,/^}/p' "$kit/$server" | sed '1i static bool'
    printf '```\n\n[a link](right.md)\n'
} >"$top/lab01-right.md"
check 'a page of the right form passes' \
    "$(judged excerpts "$top/lab01-right.md" | grep -v '^ok ')"

# form SED_SCRIPT SENTENCE WORDS: refused once it was changed like that.
form() {
    sed "$1" "$top/lab01-right.md" | refused_form "$2" "$3"
}
form 's/done < n/done <= n/' 'C that differs is noticed' 'not as in'
form '/^static bool/d' 'so is a line that is missing' 'not as in'
form '/^}/i \ ' 'and a blank too many' 'not as in'
form 's/send_line"/sent_line"/' 'a function has to be there' 'no sent_line'
form "s,$server,labs/none.c," 'a file has to be there' 'there is no labs/none'
form "s,$server,common/text.h," 'and to be compiled' 'is not compiled'
# shellcheck disable=SC2016 # a fence
form 's/^```{.*/```c/' 'C comes from somewhere' 'C without src and region'
form '/^static bool/,/^}/d' 'a block holds something' 'an empty block'
form 's/^    ssize_t.*/&  /; s/^    for.*/&'"$(printf '%060d' 0)/" \
    'no block is too wide' 'is wider'
form 's/^## See/## Look/' 'a handout has its sections' 'expected: Question'
form '1d' 'and a title' 'no title'
form 's,right.md,left.md,' 'a link leads somewhere' 'there is no'

finish
