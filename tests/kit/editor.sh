#!/usr/bin/env bash
# Tests of what the kit says to editors: .vscode, .devcontainer, .clangd and
# .editorconfig. What they start is started, in a copy of the kit.
# shellcheck disable=SC2317 # the tests are called by their names
set -u

kit=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 1
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT
# shellcheck source=tests/kit/tap.bash
. "$kit/tests/kit/tap.bash"

export LC_ALL=C # the words of compilers and gdb
copy=$top/kit
mkdir "$copy"
tar -C "$kit" --exclude='./build*' --exclude=./work --exclude=./.git -c . |
    tar -C "$copy" -x || exit 1
cd "$copy" || exit 1

# The file that is open in the editor: a student's copy of lab 03's first case.
cases=(labs/lab03-nonblocking/*/broken.c)
case_name=$(basename "$(dirname "${cases[0]}")")
open_file=work/lab03/$case_name.c
mkdir -p "$(dirname "$open_file")"
cp "${cases[0]}" "$open_file"

# Prints one value of a JSON file, one item a line if it is a list, with the
# editor's variables expanded for the open file. An unknown one is an error.
value() {
    python3 - "$copy" "$open_file" "$@" <<'PY'
import json, os, re, sys

folder, name, path, expression = sys.argv[1:]
known = {
    "workspaceFolder": folder,
    "relativeFile": name,
    "relativeFileDirname": os.path.dirname(name),
    "fileBasenameNoExtension": os.path.splitext(os.path.basename(name))[0],
}
content = json.load(open(path))
for entry in content.get("inputs", []):
    known["input:" + entry["id"]] = entry["default"]
found = eval(expression, {"it": content})
for item in found if isinstance(found, list) else [found]:
    print(re.sub(r"\$\{([^}]*)\}", lambda match: known[match[1]], str(item)))
PY
}

# The words of the task with this label, one a line.
task() {
    value .vscode/tasks.json \
        "[[t['command']] + t['args'] for t in it['tasks']
          if t['label'] == '$1'][0]"
}

# Runs that task; leaves its status in $status, its output in the file said.
run_task() {
    local words
    mapfile -t words < <(task "$1")
    [ ${#words[@]} -gt 1 ] || fail "no task: $1"
    "${words[@]}" >"$top/said" 2>&1 </dev/null
    status=$?
}

fail() {
    printf '%s\n' "$1"
    tail -n 20 "$top/said" 2>/dev/null
    exit 1
}

# For a test that cannot be made here: its reason.
cannot() {
    printf '%s\n' "$1"
    exit 77
}

# --- the tests, in this order

test_each_json_file_is_valid() {
    local file
    for file in .vscode/{launch,settings,tasks}.json \
        .devcontainer/devcontainer.json; do
        python3 -m json.tool "$file" /dev/null 2>"$top/said" || fail "$file"
    done
}

test_the_default_build_task_builds_the_kit() {
    local label
    label=$(value .vscode/tasks.json "[t['label'] for t in it['tasks']
        if t.get('group') == {'kind': 'build', 'isDefault': True}]")
    run_task "$label"
    [ "$status" -eq 0 ] || fail "$label: status $status"
    [ -x build/labs/lab03-nonblocking/server ] || fail 'no server was built'
}

test_what_the_debugger_starts_is_the_open_case() {
    local programs labels i said
    mapfile -t programs < <(value .vscode/launch.json \
        "[c['program'] for c in it['configurations']]")
    mapfile -t labels < <(value .vscode/launch.json \
        "[c['preLaunchTask'] for c in it['configurations']]")
    [ ${#labels[@]} -gt 0 ] || fail 'nothing to debug'
    for i in "${!labels[@]}"; do
        rm -f "${programs[i]}"
        run_task "${labels[i]}"
        [ "$status" -eq 0 ] || fail "${labels[i]}: status $status"
        said=$(gdb -nx -batch -ex 'info source' -ex 'list main' \
            -ex 'info source' "${programs[i]}" 2>&1)
        [[ $said == *"$case_name.c"* ]] ||
            fail "gdb does not know its source: $said"
    done
}

test_the_default_test_task_checks_the_open_case() {
    local label
    label=$(value .vscode/tasks.json "[t['label'] for t in it['tasks']
        if t.get('group') == {'kind': 'test', 'isDefault': True}]")
    run_task "$label"
    [ "$status" -eq 1 ] || fail "a broken case: status $status"
    grep -q "$case_name" "$top/said" || fail "not named: $case_name"
}

# The check waits for this task, whose messages the editor puts in their place.
test_a_compile_error_names_the_open_file_and_the_line() {
    local label
    label=$(value .vscode/tasks.json "[t['dependsOn'] for t in it['tasks']
        if t.get('group') == {'kind': 'test', 'isDefault': True}]")
    cp "$open_file" "$top/kept"
    echo 'int no_such_type x;' >>"$open_file"
    run_task "$label"
    cp "$top/kept" "$open_file"
    [ "$status" -eq 1 ] || fail "a compile error: status $status"
    grep -q "^$open_file:$(($(wc -l <"$top/kept") + 1)):[0-9]*: error: " \
        "$top/said" || fail 'not at the beginning of a line'
}

test_clangd_understands_the_open_case_and_a_worked_program() {
    command -v clangd >/dev/null || cannot 'no clangd'
    local file
    for file in "$open_file" labs/lab03-nonblocking/server.c; do
        clangd --check="$file" >"$top/said" 2>&1 || fail "$file"
        grep -q "Loaded compilation database from $copy/build" "$top/said" ||
            fail 'compile_commands.json was not found'
    done
}

test_the_devcontainer_is_built_from_what_is_there() {
    local config=.devcontainer/devcontainer.json name sections
    name=$(value "$config" "it['build']['dockerfile']")
    [ ".devcontainer/$name" -ef Dockerfile ] || fail "no such file: $name"
    read -r -a sections < <(value "$config" "it['build']['args']['SECTIONS']")
    ./setup --list "${sections[@]}" >"$top/said" 2>&1 || fail 'SECTIONS'
    grep -q "^ARG SECTIONS=" Dockerfile || fail 'the Dockerfile has no SECTIONS'
    grep -q "^USER $(value "$config" "it['remoteUser']")$" Dockerfile ||
        fail 'another user than in the Dockerfile'
}

test_editorconfig_agrees_with_clang_format() {
    local width indent
    width=$(sed -n 's/^ColumnLimit: //p' .clang-format)
    indent=$(sed -n 's/^IndentWidth: //p' .clang-format)
    grep -q -x "max_line_length = $width" .editorconfig || fail "not $width"
    grep -q -x "indent_size = $indent" .editorconfig || fail "not $indent"
}

test_git_ignores_what_is_built_and_what_students_write() {
    command -v git >/dev/null || cannot 'no git'
    git init -q . 2>"$top/said" || fail 'git init'
    git check-ignore -q "$open_file" || fail "not ignored: $open_file"
    git check-ignore -q build/compile_commands.json || fail 'not ignored: build'
    ! git check-ignore -v labs/lab03-nonblocking/server.c || fail 'ignored'
}

# --- runs them all

mapfile -t names < <(
    sed -n 's/^test_\(.*\)() {$/\1/p' "$kit/tests/kit/editor.sh"
)
for name in "${names[@]}"; do
    rm -f "$top/said"
    said=$("test_$name")
    status=$?
    sentence="editor: ${name//_/ }"
    case $status in
    0) ok "$sentence" ;;
    77) skip "$sentence" "$said" ;;
    *) not_ok "$sentence" "$said" ;;
    esac
done
finish
