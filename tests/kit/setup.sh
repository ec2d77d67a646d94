#!/usr/bin/env bash
# Tests of ./setup and packages.txt, in a room where apt-get, dpkg-query, sudo
# and id are fakes: nothing is installed, and no rights are needed.
# shellcheck disable=SC2317 # the tests are called by their names
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
# shellcheck source=tests/kit/tap.bash
. "$kit/tests/kit/tap.bash"

unset DEBIAN_FRONTEND # setup is to set it

# --- the room: kit/ with a list of its own, bin/ with all that setup may call

make_room() {
    export ROOM=$1
    mkdir -p "$ROOM/bin" "$ROOM/tmp" "$ROOM/the kit"
    cp "$kit/setup" "$ROOM/the kit/"
    cat >"$ROOM/the kit/packages.txt" <<'LIST'
# A comment, then a list shorter than the real one.
[student]
gcc      # a compiler
netcat   # not by this name here: another package provides it
socat

[grade]
bubblewrap
[develop]
clang    # a second compiler
[bench]
hyperfine
LIST
    for tool in bash sh env awk sed grep paste dirname mktemp tail cat rm; do
        ln -s "$(command -v "$tool")" "$ROOM/bin/$tool"
    done
    # What dpkg knows, the way setup asks for it.
    cat >"$ROOM/dpkg" <<'DB'
installed|gcc, c-compiler
installed|netcat-openbsd, netcat (= 1.2), nc
DB
    echo 0 >"$ROOM/uid"
    fake dpkg-query <<'SH'
cat "$ROOM/dpkg"
SH
    fake id <<'SH'
cat "$ROOM/uid"
SH
    fake apt-get <<'SH'
echo "$DEBIAN_FRONTEND apt-get $*" >>"$ROOM/calls"
[ "$(cat "$ROOM/uid")" = 0 ] || { echo "not root"; exit 100; }
echo "noise of apt-get"
case "$*" in *update*) exit "${UPDATE_STATUS:-0}" ;; esac
while [ "$1" != install ]; do shift; done
for name; do
    case $name in
    install | -*) ;;
    "${FAILING:-}") echo "E: no way to install $name" ;;
    *) echo "installed|$name, " >>"$ROOM/dpkg" ;;
    esac
done
exit "${INSTALL_STATUS:-0}"
SH
}

# A command of the room; what it does comes from standard input.
fake() {
    { echo '#!/bin/sh'; cat; } >"$ROOM/bin/$1"
    chmod +x "$ROOM/bin/$1"
}

be_an_ordinary_user() {
    echo 1000 >"$ROOM/uid"
}

# A sudo that warns first, as it does on many machines, and then obeys.
let_sudo_obey() {
    fake sudo <<'SH'
echo "sudo $1" >>"$ROOM/calls"
echo "sudo: unable to resolve host lab7" >&2
[ "$1" != -n ] || shift
echo 0 >"$ROOM/uid"
"$@"
status=$?
echo 1000 >"$ROOM/uid"
exit $status
SH
}

let_sudo_refuse() {
    fake sudo <<'SH'
echo "sudo $1" >>"$ROOM/calls"
echo "student is not in the sudoers file." >&2
exit 1
SH
}

# Runs setup; leaves its status in $status, its output in the files out and err.
run_setup() {
    (cd / && PATH=$ROOM/bin TMPDIR=$ROOM/tmp "$ROOM/the kit/setup" "$@") \
        >"$ROOM/out" 2>"$ROOM/err" </dev/null
    status=$?
}

# --- what a test may ask for; the first that does not hold ends the test

fail() {
    printf '%s\n' "$1"
    head -n 20 "$ROOM"/{out,err,calls} 2>/dev/null
    exit 1
}

# For a test that cannot be made here: its reason.
cannot() {
    printf '%s\n' "$1"
    exit 77
}

status_is() {
    [ "$status" -eq "$1" ] || fail "status: expected $1, got $status"
}

file_says() {
    grep -q -e "$2" "$ROOM/$1" || fail "$1: nothing says: $2"
}

file_does_not_say() {
    ! grep -q -s -e "$2" "$ROOM/$1" || fail "$1: should not say: $2"
}

file_has_lines() {
    local n
    n=$(wc -l <"$ROOM/$1")
    [ "$n" -eq "$2" ] || fail "$1: expected $2 lines, got $n"
}

nothing_was_called() {
    [ ! -e "$ROOM/calls" ] || fail "called: $(cat "$ROOM/calls")"
}

line_for_administrator_is_all_of_out() {
    status_is 1
    file_has_lines out 1
    file_says out '^apt-get install .*--no-install-recommends socat$'
}

# --- the tests, in this order

test_a_machine_that_has_everything_is_left_alone() {
    echo 'installed|socat, ' >>"$ROOM/dpkg"
    be_an_ordinary_user
    let_sudo_obey
    run_setup
    status_is 0
    file_has_lines out 1
    file_has_lines err 0
    nothing_was_called
}

test_root_installs_only_what_is_missing() {
    run_setup
    status_is 0
    file_has_lines calls 2
    file_says calls 'noninteractive apt-get .*update$'
    file_says calls 'noninteractive apt-get .* --no-install-recommends socat$'
    file_says calls 'apt-get .*-y'
}

test_apt_get_is_not_heard_when_all_goes_well() {
    run_setup
    file_has_lines out 1
    file_does_not_say out noise
    file_does_not_say err noise
}

test_a_second_run_finds_nothing_to_do() {
    run_setup
    rm "$ROOM/calls"
    run_setup
    status_is 0
    file_says out 'nothing to do'
    nothing_was_called
}

test_a_package_removed_but_for_its_configuration_is_missing() {
    echo 'config-files|socat, ' >>"$ROOM/dpkg"
    run_setup
    file_says calls 'socat$'
}

test_an_ordinary_user_is_helped_by_sudo_called_once() {
    be_an_ordinary_user
    let_sudo_obey
    run_setup
    status_is 0
    [ "$(grep -c sudo "$ROOM/calls")" -eq 1 ] || fail 'sudo: not once'
    file_says calls 'apt-get .*socat$'
}

test_sudo_does_not_ask_where_nobody_can_answer() {
    be_an_ordinary_user
    let_sudo_obey
    run_setup
    file_says calls '^sudo -n$'
}

test_sudo_may_ask_at_a_terminal() {
    script -qec true /dev/null >/dev/null 2>&1 ||
        cannot 'no pseudo-terminal to be had'
    be_an_ordinary_user
    let_sudo_obey
    PATH=$ROOM/bin:$PATH script -qec "'$ROOM/the kit/setup'" /dev/null \
        >"$ROOM/out" 2>"$ROOM/err" </dev/null
    status=$?
    status_is 0
    file_says calls '^sudo '
    file_does_not_say calls '^sudo -n'
}

test_without_sudo_one_line_for_the_administrator() {
    be_an_ordinary_user
    run_setup
    line_for_administrator_is_all_of_out
    file_says err 'no sudo'
    nothing_was_called
}

test_with_sudo_refused_the_same_line_and_why() {
    be_an_ordinary_user
    let_sudo_refuse
    run_setup
    line_for_administrator_is_all_of_out
    file_says err 'not in the sudoers file'
    file_does_not_say calls apt-get
}

test_the_administrators_line_is_all_that_is_needed() {
    be_an_ordinary_user
    run_setup grade
    echo 0 >"$ROOM/uid"
    PATH=$ROOM/bin sh "$ROOM/out" >/dev/null
    rm "$ROOM/calls"
    be_an_ordinary_user
    run_setup grade
    status_is 0
    nothing_was_called
}

test_a_package_that_fails_is_named_with_apt_gets_words() {
    FAILING=bubblewrap INSTALL_STATUS=100 run_setup grade
    status_is 1
    file_says err 'not installed: bubblewrap ('
    file_says err 'E: no way to install bubblewrap'
    file_has_lines out 0
}

test_a_package_that_is_silently_left_out_is_noticed() {
    FAILING=socat run_setup
    status_is 1
    file_says err 'not installed: socat ('
}

test_trouble_with_a_package_that_is_not_ours_does_not_count() {
    INSTALL_STATUS=100 run_setup
    status_is 0
}

test_an_index_that_cannot_be_fetched_does_not_stop_it() {
    UPDATE_STATUS=100 run_setup
    status_is 0
}

test_no_log_stays_behind_when_all_goes_well() {
    run_setup
    rmdir "$ROOM/tmp" || fail 'the log is still there'
}

test_sections_add_up_and_student_is_always_in() {
    run_setup develop grade develop
    status_is 0
    file_says calls 'recommends socat bubblewrap clang$'
}

test_list_prints_packages_and_needs_no_debian() {
    rm "$ROOM/bin/apt-get" "$ROOM/bin/dpkg-query"
    run_setup --list bench student
    status_is 0
    [ "$(cat "$ROOM/out")" = $'gcc\nnetcat\nsocat\nhyperfine' ] ||
        fail 'wrong list'
}

test_an_unknown_section_is_wrong_usage() {
    run_setup grade studnet
    status_is 2
    file_says err 'studnet'
    file_says err 'student grade develop bench'
    file_has_lines out 0
    nothing_was_called
}

test_another_system_is_told_what_to_install() {
    rm "$ROOM/bin/apt-get"
    run_setup
    status_is 1
    file_has_lines err 1
    file_says err 'Debian.* gcc netcat socat$'
}

# Everywhere else a fake answers; here it is the real one.
test_the_real_dpkg_query_is_understood() {
    command -v dpkg-query >/dev/null || cannot 'no dpkg-query'
    rm "$ROOM/bin/dpkg-query"
    ln -s "$(command -v dpkg-query)" "$ROOM/bin/"
    # libc6 may be there for two architectures; awk is provided by one of
    # several packages.
    printf '[student]\nbash\nlibc6\nawk\n' >"$ROOM/the kit/packages.txt"
    run_setup
    status_is 0
    nothing_was_called
    echo no-such-package >>"$ROOM/the kit/packages.txt"
    run_setup
    status_is 1
    file_says calls ' no-such-package$'
}

test_packages_txt_is_well_formed() {
    local wrong
    wrong=$(grep -v -n -x -E \
        -e '(#.*)?' -e '\[(student|grade|develop|bench)\]' \
        -e '[a-z0-9][a-z0-9+.-]+ +# .+' "$kit/packages.txt")
    [ -z "$wrong" ] || fail "neither section nor package with its use: $wrong"
    wrong=$(awk '/^\[/ { section = $1 } /^[[a-z0-9]/ { print section, $1 }' \
        "$kit/packages.txt" | sort | uniq -d)
    [ -z "$wrong" ] || fail "twice: $wrong"
    for section in student grade develop bench; do
        grep -q -x "\[$section\]" "$kit/packages.txt" ||
            fail "no section $section"
    done
}

# --- runs them all

mapfile -t names < <(
    sed -n 's/^test_\(.*\)() {$/\1/p' "$kit/tests/kit/setup.sh"
)
for name in "${names[@]}"; do
    said=$(make_room "$top/$name" && "test_$name")
    status=$?
    sentence="setup: ${name//_/ }"
    case $status in
    0) ok "$sentence" ;;
    77) skip "$sentence" "$said" ;;
    *) not_ok "$sentence" "$said" ;;
    esac
done
finish
