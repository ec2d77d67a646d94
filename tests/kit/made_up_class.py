#!/usr/bin/env python3
"""made_up_class: sixty results of students who have never lived, to try reports
and the search for like programs on.

usage: made_up_class.py FOLDER [NUMBER [SEED]]

Each student takes for each case one of the repairs that the kit's own tests
know (or none), some more often than others, and has habits: comments, prints
that were left, another layout, other names. Some are friends, who try the same
repairs in their own words: student005 and student004, 011 and 010, and so on.
Three have copied all but four cases: `copy_names` from `origin_names` with
other names, `copy_layout` with another layout, `copy_comments` with other
comments. `copy_part` has a third from `student000`, with other names.
"""
import base64
import json
import os
import random
import re
import subprocess
import sys
import tempfile

KIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
KEYWORDS = set("""auto break case char const continue default do double else
enum extern float for goto if inline int long register restrict return short
signed sizeof static struct switch typedef union unsigned void volatile while
bool true false NULL main argc argv""".split())
SAID = """the server must wait here|this was the bug|fixed|loop until all of it
is sent|check the return value|did not handle this before|see man page|port was
wrong|need to try again|now it works|EINTR is not an error|close it or we run
out|was missing|do not trust the first read|one byte is not a line|only when
there is something|errno first|why was this here|remember what came|ask again
later""".replace("\n", " ").split("|")
# What variables are called.
WORDS = """sock conn peer s c len count amount left rest buf data text line msg
req reply addr target host where from to pos idx k total got sent bytes chars
piece chunk start end cur next prev flag done ok state res ret rc status err
value val number num item list table entry map key name user guest client player
session stream file path input output in out src dst tmp temp copy size limit
max min low high first last head tail node link pair left right time now when
delay wait seconds ms tick timer clock loop round step turn try attempt""".split()
MADE = """so that nobody waits for the slow one|buffer may hold half a word|kernel
takes less than we give|must clean up|tested with three terminals|lost an hour
here|as in the lecture|never trust a single call|counts what is left|my old
version leaked|works on the lab machine|sign matters|off by one|strace shows it
|second try|copied wrong constant before|ends the loop|not a string, no zero
|peer has left|ask select first""".replace("\n", " ").split("|")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def patched(folder, patch):
    with tempfile.TemporaryDirectory() as top:
        path = os.path.join(top, "broken.c")
        with open(path, "w", encoding="utf-8") as file:
            file.write(read(os.path.join(folder, "broken.c")))
        subprocess.run(["patch", "-s", path, patch], check=True)
        return read(path)


def all_cases():
    """(lab, case, broken, [(repair, whether it is right)])"""
    for stem in sorted(os.listdir(os.path.join(KIT, "labs"))):
        lab = stem.split("-")[0]
        repairs = os.path.join(KIT, "tests", "kit", "repairs", lab)
        if "-" not in stem or not os.path.isdir(repairs):
            continue
        for case in sorted(os.listdir(repairs)):
            folder = os.path.join(KIT, "labs", stem, case)
            yield lab, case, read(os.path.join(folder, "broken.c")), [
                (read(os.path.join(folder, "fixed.c")), True)] + [
                (patched(folder, os.path.join(repairs, case, name + ".patch")),
                 name.startswith("right"))
                for name in ("right1", "right2", "wrong1", "wrong2")]


def changed_lines(broken, text):
    old = set(broken.split("\n"))
    return [number for number, line in enumerate(text.split("\n"))
            if line not in old]


def rename(text, rng):
    """Other names for what the file itself declares."""
    found = re.findall(r"\b(?:int|char|size_t|ssize_t|bool|long|unsigned|void|"
                       r"socklen_t|struct \w+)\s+\*?(\w+)", text)
    names = {}
    for name in sorted(set(found) - KEYWORDS):
        if len(name) > 1 and not re.search(rf"\b{name}\s*\(", text):
            names[name] = rng.choice(WORDS) + rng.choice(
                ["", "", "_" + rng.choice(WORDS), str(rng.randrange(1, 4))])
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|(?<![.>])\b\w+",
                  lambda match: names.get(match[0], match[0]), text,
                  flags=re.S)


def lay_out(text, rng):
    """Another layout: other indentation, braces and empty lines."""
    unit = rng.choice(["\t", "  ", "        "])
    lines = []
    for line in text.split("\n"):
        depth = (len(line) - len(line.lstrip(" "))) // 4
        line = unit * depth + line.strip()
        if line.endswith(" {") and rng.random() < 0.8:
            lines += [line[:-2], unit * depth + "{"]
        else:
            lines.append(line)
        if line.endswith(";") and rng.random() < 0.1:
            lines.append("")
    return "\n".join(lines)


def uncomment(text):
    return re.sub(r"/\*.*?\*/| *//[^\n]*", "", text, flags=re.S)


def comment(broken, text, rng, words):
    """Comments of one's own at what has changed."""
    lines = text.split("\n")
    for number in changed_lines(broken, text):
        if lines[number].strip() and rng.random() < 0.4:
            lines[number] += "  // " + rng.choice(words)
    return "\n".join(lines)


def leave_print(broken, text, rng):
    """A print that helped to find it, and was left."""
    lines = text.split("\n")
    places = [n for n in changed_lines(broken, text)
              if lines[n].rstrip().endswith(";")]
    if places:
        place = rng.choice(places)
        word = rng.choice(["here", "ok", "got here", "n", "DEBUG", "xx", "1"])
        number = rng.randrange(30)
        lines.insert(place + 1, f'    printf("{word} {number}\\n");')
    return "\n".join(lines)


def choose(repairs, weights, rng):
    return rng.choices(range(len(repairs)), weights)[0]


class Student:
    def __init__(self, rng, cases, popular, friend=None):
        self.files, self.right, self.chosen = {}, {}, {}
        comments = rng.random() < 0.5
        prints = rng.random() < 0.2
        layout, names = rng.random() < 0.15, rng.random() < 0.1
        words = rng.sample(SAID, 6) + rng.sample(MADE, 2)
        style = random.Random(rng.random())
        for lab, case, broken, repairs in cases:
            key = lab, case
            if rng.random() < 0.12:
                self.files[key], self.right[key] = broken, False
                continue
            which = choose(repairs, popular[key], rng)
            if friend and rng.random() < 0.6:
                which = friend.chosen.get(key, which)
            self.chosen[key] = which
            text, self.right[key] = repairs[which]
            if names and rng.random() < 0.3:
                text = rename(text, style)
            if prints and rng.random() < 0.3:
                text = leave_print(broken, text, rng)
            if comments:
                text = comment(broken, text, rng, words)
            if layout:
                text = lay_out(text, style)
            self.files[key] = text

    def take(self, other, keys, change):
        """Hands in somebody else's work in these cases, changed so."""
        for key in keys:
            self.files[key] = change(other.files[key])
            self.right[key] = other.right[key]


def result(name, student):
    cases = []
    for (lab, case), text in student.files.items():
        right = student.right[lab, case]
        of = 3 if lab < "lab04" else 4
        check = {"check": f"repair_{case}/it_works", "verdict": "passed"}
        if not right:
            check.update(verdict="failed", what="the answer is another",
                         step=["client 1 sends \"hello\\n\" (6 bytes)"],
                         expected="\"hello\\n\"", received="\"hel\"",
                         kernel="127.0.0.11:40000: ESTABLISHED", took="31 ms",
                         said=["\"listening on 127.0.0.1:12345\\n\""])
        cases.append({"lab": lab, "case": case, "evidence": "none", "of": of,
                      "verdict": check["verdict"], "checks": [check],
                      "points": of if right else 0,
                      "source": base64.b64encode(text.encode()).decode()})
    return {"format": 1, "state": "graded", "submission": "class/" + name,
            "seed": "7", "kit": "made up", "compiler": "none", "ignored": [],
            "isolation": {"level": "full"}, "cases": cases,
            "points": sum(case["points"] for case in cases),
            "of": sum(case["of"] for case in cases)}


def main():
    folder = sys.argv[1]
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    cases = list(all_cases())
    popular = {(lab, case): rng.sample([12, 5, 3, 2, 1], 5)
               for lab, case, _, _ in cases}
    students = {}
    for n in range(number - 7):
        friend = students[f"student{n - 1:03}"] if n % 6 == 5 else None
        students[f"student{n:03}"] = Student(rng, cases, popular, friend)
    for name in "names", "layout", "comments":
        students[f"origin_{name}"] = Student(rng, cases, popular)
    words = rng.sample(MADE, 6)
    broken = {(lab, case): text for lab, case, text, _ in cases}
    changes = {"names": lambda text: rename(text, rng),
               "layout": lambda text: lay_out(text, rng),
               "comments": uncomment}
    # All but a few of the cases; and of another student, only a few.
    for name, change in changes.items():
        copy = students[f"copy_{name}"] = Student(rng, cases, popular)
        keys = rng.sample(sorted(copy.files), len(copy.files) - 4)
        copy.take(students[f"origin_{name}"], keys, change)
    for key, text in copy.files.items():
        copy.files[key] = comment(uncomment(broken[key]), text, rng, words)
    part = students["copy_part"] = Student(rng, cases, popular)
    part.take(students["student000"],
              rng.sample(sorted(part.files), len(part.files) // 3),
              changes["names"])
    os.makedirs(folder, exist_ok=True)
    for name, student in students.items():
        path = os.path.join(folder, name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(result(name, student), file)


main()
