#!/usr/bin/env python3
"""reports: makes results of `grade`, honest and damaged ones, and reads what
grade_report has made of them as strictly as those who get it might.

usage: reports.py make KIND FOLDER           results to try
       reports.py gradescope RESULTS FILE... prints what is wrong with each
       reports.py junit RESULTS FILE
       reports.py html RESULTS FILE
       reports.py others FORM RESULTS FILE...
       reports.py elements FILE              how many of each that is not text
       reports.py gradebooks FOLDER          tables to fill, and those filled
       reports.py random_gradebooks PROGRAM FOLDER
                                             fills many of any bytes
"""
import base64
import csv
import hashlib
import html.parser
import io
import json
import os
import random
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

# What forged the reports of Criterion 2.4.1: a reply that ends a text, and one
# that ends an element.
FORGERIES = ['x"], "status": "PASSED", "z": ["',
             ']]></failure></testcase><testcase classname="x" name="y"/>'
             '<testcase><failure><![CDATA[']
HIDDEN = "hidden_case"


# --- results -----------------------------------------------------------------

def a_check(name, verdict, words, **more):
    check = {"check": name, "verdict": verdict}
    if verdict != "passed":
        check.update(what=words, step=[words, words], expected=words,
                     received=words, kernel=words, said=[words], took="7 ms",
                     ladder=[words, words], printed=[words], output=words,
                     listens=words, seconds=0.25)
    check.update(more)
    return check


def a_case(lab, name, verdict, of, checks, **more):
    case = {"lab": lab, "case": name, "verdict": verdict, "evidence": "none",
            "points": of if verdict == "passed" else 0, "of": of,
            "checks": checks}
    case.update(more)
    return case


def a_result(name, cases, **more):
    result = {"format": 1, "state": "graded", "submission": name,
              "kit": "k1", "seed": "7", "compiler": "cc 1", "ignored": [],
              "isolation": {"level": "full", "meaning": "boxes"},
              "points": sum(case["points"] for case in cases),
              "of": sum(case["of"] for case in cases), "cases": cases}
    result.update(more)
    return result


def mixed(name, words="words"):
    """A result with something of everything; its texts hold `words`."""
    source = base64.b64encode(words.encode()).decode()
    return a_result(name, [
        a_case("lab01", "no_entry", "passed", 3, [
            a_check("repair_no_entry/it_works", "passed", words),
            a_check("repair_no_entry/it_works_again", "passed", words)],
            source=source, evidence="right"),
        a_case("lab01", "no_answer", "failed", 3, [
            a_check("repair_no_answer/it_works", "failed", words),
            a_check("repair_no_answer/it_ends", "not judged", words),
            a_check("repair_no_answer/secret", "crashed", words, hidden=True),
            a_check("hidden/it_works", "passed", words, hidden=True)],
            source=source, compiler_said=words + "\n" + words + "\n"),
        a_case("lab02", "unasked_answer", "does not compile", 4, [
            a_check("repair_unasked_answer/it_works", "not judged", words)],
            compiler_said=words, source=source),
        a_case("lab02", "end_never_comes", "missing", 4, []),
        a_case("lab02", HIDDEN, "timed out", 2, [
            a_check("hidden/" + words, "timed out", words)], hidden=True)],
        ignored=[words, words], seed=words, compiler=words)


def save(folder, name, what):
    """`name` and `what` may be bytes."""
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    if not isinstance(what, bytes):
        what = json.dumps(what).encode()
    with open(path, "wb") as file:
        file.write(what)


def make_class(folder):
    """A small class, with all that can become of a submission."""
    save(folder, "anna.json", mixed("class/anna"))
    save(folder, "bob.json", mixed("class/bob.tar.gz"))
    save(folder, "again.json", mixed("other/bob"))
    save(folder, "dot.json", mixed("class/a.b"))
    save(folder, "line.json", mixed("class/a_b"))
    full = mixed("class/full")
    full["cases"] = [
        a_case(case["lab"], case["case"], "passed", case["of"], [])
        for case in full["cases"]]
    full["points"] = full["of"]
    save(folder, "full.json", full)
    for name, state in ("carl", "unfinished"), ("dora", "kit trouble"), \
            ("emil", "cannot be graded"):
        save(folder, name + ".json",
             {"format": 1, "state": state, "submission": name,
              "reason": "a reason"})


def damaged():
    """Names and contents of files that are no results."""
    whole = json.dumps(mixed("x")).encode()

    def changed(change):
        result = mixed("x")
        change(result)
        return result
    yield "empty", b""
    yield "cut", whole[:-40]
    yield "nul", whole.replace(b"words", b"\0", 1)
    yield "latin1", whole.replace(b"words", b"\xe9", 1)
    yield "surrogate", whole.replace(b"words", b"\\ud800", 1)
    yield "twice", whole.replace(b'"format"', b'"state": "graded", "format"', 1)
    yield "nan", whole.replace(b"0.25", b"NaN", 1)
    yield "infinite", whole.replace(b"0.25", b"1e999", 1)
    yield "negative_time", whole.replace(b"0.25", b"-1", 1)
    yield "list", b"[]"
    yield "number", b"7"
    yield "deep", b"[" * 5000
    yield "future", changed(lambda result: result.update(format=2))
    yield "state", changed(lambda result: result.update(state="perfect"))
    yield "no_cases", changed(lambda result: result.pop("cases"))
    yield "sum", changed(lambda result: result.update(points=16))
    yield "sum_of", changed(lambda result: result.update(of=3))
    yield "no_sum", changed(lambda result: result.pop("points"))
    yield "real", changed(lambda result: result.update(points=3.0))
    yield "text", changed(lambda result: result.update(points="3"))
    for name, key, value in (
            ("too_many", "points", 4), ("minus", "points", -3),
            ("huge", "points", 10 ** 30), ("path", "case", "../../etc"),
            ("no_name", "case", ""), ("no_lab", "lab", None),
            ("verdict", "verdict", 1), ("source", "source", "!!"),
            ("same", "case", "no_answer"), ("checks", "checks", {}),
            ("check", "checks", ["x"]), ("hidden", "hidden", "yes")):
        yield name, changed(
            lambda result: result["cases"][0].update({key: value}))
    yield "cases", changed(lambda result: result.update(
        cases=[a_case("lab01", f"c{i}", "failed", 0, []) for i in range(500)],
        points=0, of=0))


def make_damaged(folder):
    for name, what in damaged():
        save(folder, name + ".json", what)


def make_bytes(folder):
    """Every byte value in every text, as a character and as the byte itself,
    and in the names of files."""
    for byte in range(256):
        words = f"<{chr(byte)}>&'\"{chr(byte)}"
        result = mixed(f"class/{byte}-{words}", words)
        source = base64.b64encode(bytes([60, byte, 62, 10, byte])).decode()
        for case in result["cases"]:
            if "source" in case:
                case["source"] = source
        save(folder, f"u{byte}.json", result)
        raw = json.dumps(mixed(f"raw-{byte}", "words")).encode()
        save(folder, f"raw{byte}.json",
             raw.replace(b"words", bytes([120, byte, 121])))
        if byte not in (0, 47):
            save(folder, bytes([110, byte]) + b"n.json", mixed(f"name{byte}"))


def make_random(folder, count=1000):
    """A thousand replies of random bytes, some of them forgeries."""
    rng = random.Random(1)
    for number in range(count):
        words = rng.randbytes(rng.randrange(60)).decode("latin-1")
        words = words.replace("\0", "0")
        if number % 2 == 0:
            words += FORGERIES[number // 2 % 2] + words
        save(folder, f"r{number}.json", mixed(f"r{number}", words))


def make_forged(folder):
    make_random(folder, 100)


def make_benign(folder):
    """The same as `forged`, with nothing in it."""
    for number in range(100):
        save(folder, f"r{number}.json", mixed(f"r{number}"))


def solution(name="fixed.c"):
    kit = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
    case = "labs/lab01-blocking/no_entry"
    with open(os.path.join(kit, case, name), "rb") as file:
        return file.read()


def make_given(folder):
    """Four, of whom two have mended a case as the kit does, and two not."""
    for name, file in zip("abcd", ("fixed.c", "fixed.c", "broken.c",
                                   "broken.c")):
        save(folder, name + ".json", a_result(name, [
            a_case("lab01", "no_entry", "passed", 3, [],
                   source=base64.b64encode(solution(file)).decode())]))


def make_extra(folder):
    """A mended case that is none of the kit's."""
    save(folder, "extra.json", a_result("extra", [
        a_case("lab01", "extra", "passed", 3, [], hidden=True,
               source=base64.b64encode(solution()).decode())]))


def make_mended(folder):
    """A mended case, behind one in which a zero byte might hide it."""
    fixed = solution()
    encoded = [base64.b64encode(source).decode()
               for source in (b"a\0b\n" + fixed, fixed)]
    save(folder, "mended.json", a_result("mended", [
        a_case("lab01", "no_answer", "passed", 3, [], source=encoded[0]),
        a_case("lab01", "no_entry", "passed", 3, [], source=encoded[1])]))


def make_large(folder):
    """More text than any report has room for."""
    words = "<&\u00e9\U0001f40c" * 100
    checks = [a_check(f"x/{i}", "failed", words) for i in range(20)]
    source = base64.b64encode(b"int a;\n" * 30000).decode()
    cases = [a_case("lab01", f"case{i}", "failed", 1, checks, source=source,
                    compiler_said=words * 100) for i in range(40)]
    save(folder, "large.json", a_result("large", cases))


# --- gradebooks --------------------------------------------------------------

def worth(name, points, of=100):
    return a_result(name, [
        a_case("lab01", "no_entry", "passed", points, []),
        a_case("lab02", "end_never_comes", "timed out", of - points, []),
        a_case("lab02", HIDDEN, "failed", 0, [], hidden=True)])


# Submissions of both systems, as their downloads and as people name them.
SUBMITTED = {
    "doejane_1001_555_work.tar.gz": 87, "smithbob_LATE_1002_556_w_1_2_.zip": 0,
    "cdavis": 33, "1004": 100, "Eve_Muller": 41, "Kim Lee": 50,
    "on.leave": 12, "elsewhere": 13, "stranger": 14, "zoe": 15, "S-10": 16,
    "late": None, "torn": "cannot be graded",
}
CANVAS = '''\ufeff"Student",ID,SIS User ID,SIS Login ID,Section,\
"Labs, all (17)",Quiz (18),Final Score\r
,,,,,Manual Posting,,\r
    Points Possible,,,,,100.00,10.00,(read only)\r
"Doe, Jane",1001,S-1,jdoe,"A, B","{jane}",5.00,50\r
"Smith, Bob",1002,S-2,bsmith,A,{bob},,\r
"Davis, ""Cy""",1003,S-3,CDavis,"A\nB",{cy},"",\r
D'Arcy,1004,S-4,d,A,{four}, 7 ,x\r
"M\u00fcller, Eve",1005,"S-5",eve,A,{eve},,\r
"Lee, Kim",1006,S-6,klee,A,,,\r
"Kim, Lee",1007,S-7,lkim,A,1.5,,\r
"On, Leave",1008,S-8,on.leave,A,EX,,\r
"Else, Where",1009,S-9,elsewhere,A,N/A,,\r
"=""Zo\u00eb""",1010,S-10,zoe,A,-,,\r
"Late, Ly",1011,S-11,late,A,3,,\r
"Torn, T",1012,S-12,torn,A,{torn},,\r
"Absent, A",1013,S-13,absent,A,99,,\r
"Student, Test",9999,,x1,A,,,\r
'''
GERMAN = """Student;ID;SIS Login ID;Section;Labs (17)
    Points Possible;;;;10,00
Doe, Jane;1001;jdoe;A;{jane}
"Smith, Bob";1002;bsmith;A;"{bob}"
Davis, Cy;1003;cdavis;A;{cy}
"""
MOODLE = """\ufeffIdentifier,"Full name","Email address",Status,Grade,\
"Maximum grade","Grade can be changed","Last modified (submission)",\
"Online text","Last modified (grade)","Feedback comments"
"Participant 501","Jane Doe",jane@x.edu,"Submitted for grading",{jane},\
100.00,Yes,"Monday, 3 March 2025, 1:00 PM","=1+1",-,{said}
"Participant 502","Bob Smith",bob@x.edu,Submitted,"{bob}",100.00,Yes,-,,-,\
"{said_of_bob}"
"Participant 503","Cy Davis",cdavis@x.edu,Submitted,{cy},100.00,Yes,-,"a
b",-,"well done"
"Participant 504","Eve Muller",eve@x.edu,Submitted,7.00,100.00,No,-,,-,
"Participant 505","Ann Other",ann@x.edu,"No submission",,100.00,Yes,-,,-,
"Participant 506","Dan Brown",dan@x.edu,Submitted,{dan},100.00,Yes,-,,-,{of_dan}
"Participant 507","Fay Green",fay@x.edu,Submitted,{fay},100.00,Yes,-,,-,{of_fay}
"""
MOODLE_SUBMITTED = {
    "Jane Doe_501_assignsubmission_file": 87,
    "Bob Smith_502_assignsubmission_file_work.tar.gz": 5,
    "cdavis": 33, "eve@x.edu": 41,
    "Ann Other_501_assignsubmission_onlinetext": 1,
    "Group 2-Dan Brown_506_assignsubmission_file": 20,
    "Participant_507_assignsubmission_file": 30,
}
FRENCH = """Identifiant,Nom,Courriel,Note,"Note maximale",Commentaires
"Participant 501","Jane Doe",jane@x.edu,"{jane}","100,00",{said}
"Participant 502","Bob Smith",bob@x.edu,{bob},"100,00",rien
"""
MARKS = {"jane": "87", "bob": "0", "cy": "33", "four": "100", "eve": "41"}


def make_submitted(folder, submitted):
    os.makedirs(folder, exist_ok=True)
    for number, (name, points) in enumerate(submitted.items()):
        result = worth(f"class/{name}", points) if type(points) is int else {
            "format": 1, "state": points or "unfinished", "submission": name}
        save(folder, f"{number}.json", result)


def gradebooks(folder, _):
    """NAME.csv and, as it must be when filled, NAME.filled."""
    said = "Lab kit: {} of 100 points. lab01: no_entry passed "\
           "lab02: end_never_comes timed out"
    empty = dict.fromkeys([*MARKS, "torn", "dan", "fay", "of_dan", "of_fay"],
                          "")
    make_submitted(f"{folder}/canvas", SUBMITTED)
    make_submitted(f"{folder}/moodle", MOODLE_SUBMITTED)
    pairs = {
        "canvas": (CANVAS, empty, {**MARKS, "torn": ""}),
        "zero": (CANVAS, empty, {**MARKS, "torn": "0"}),
        "german": (GERMAN, empty, {"jane": "8,7", "bob": "0", "cy": "3,3"}),
        "moodle": (MOODLE, {**empty, "said": "", "said_of_bob":
                            "<p>Lab kit: 1 of 100 points.</p>"},
                   {"jane": "87", "bob": "5", "cy": "33", "dan": "20",
                    "fay": "30", "of_dan": said.format(20),
                    "of_fay": said.format(30), "said": said.format(87),
                    "said_of_bob": said.format(5)}),
        "french": (FRENCH, {**empty, "said": ""},
                   {"jane": "87", "bob": "5", "said": said.format(87)}),
    }
    for name, (text, before, after) in pairs.items():
        for end, values in ("csv", before), ("filled", after):
            save(folder, f"{name}.{end}", text.format(**values).encode())


def quoted(rng, value):
    if rng.random() < 0.5 or re.search(rb'[,"\r\n]', value):
        return b'"' + value.replace(b'"', b'""') + b'"'
    return value


def random_gradebook(rng, end):
    """What it is before, and after: all cells but one column are any bytes."""
    rows = [[[b"Student"], [b"ID"], [b"A (1)"], [b"L (2)"]]]
    for number in range(20):
        any_bytes = [quoted(rng, bytes(
            rng.choice([rng.randrange(1, 256), *b',;"\r\n=\t'])
            for _ in range(rng.randrange(8)))) for _ in range(2)]
        if rng.random() < 0.5: # valid UTF-8
            any_bytes = [quoted(rng, cell.decode("latin-1").encode()
                                if cell[:1] != b'"' else cell)
                         for cell in any_bytes if b'"' not in cell[1:-1]]
            any_bytes += [b"x"] * (2 - len(any_bytes))
        old = rng.choice([b"", b'""', b"7", b'"7"'])
        new = b'"%d"' % number if old[:1] == b'"' else b"%d" % number
        rows.append([[any_bytes[0]], [b"%d" % (100 + number)],
                     [any_bytes[1]], [old, new]])
    return [end.join(b",".join(cell[which if len(cell) > 1 else 0]
                               for cell in row) for row in rows) + end
            for which in (0, 1)]


def random_gradebooks(program, rest):
    folder, = rest
    rng = random.Random(2)
    make_submitted(f"{folder}/random",
                   {str(100 + number): number for number in range(20)})
    for number in range(100):
        before, after = random_gradebook(
            rng, rng.choice([b"\n", b"\r\n", b"\r"]))
        save(folder, "before.csv", before)
        done = subprocess.run(
            [program, "canvas", f"{folder}/random", "-g",
             f"{folder}/before.csv", "-c", "L", "-o", f"{folder}/after.csv"],
            capture_output=True, check=False)
        with open(f"{folder}/after.csv", "rb") as file:
            got = file.read()
        if done.returncode != 0 or got != after:
            print(f"number {number}: status {done.returncode}: "
                  f"{done.stdout!r} {done.stderr!r} of {before!r}")
            return


def table(folder, files):
    """Whether it is a table that Python's reader takes, strictly."""
    for path in files:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True,
                               delimiter=";" if ";" in text else ","))
        if len({len(row) for row in rows}) != 1:
            print(f"{path}: its rows are of different length")


# --- readers -----------------------------------------------------------------

class Wrong(Exception):
    pass


def demand(condition, complaint):
    if not condition:
        raise Wrong(complaint)


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    demand(len(keys) == len(set(keys)), f"a key is there twice: {keys}")
    return dict(pairs)


def no_constant(name):
    raise Wrong(f"{name} is no JSON")


def read_json(path):
    with open(path, "rb") as file:
        return json.loads(file.read().decode("utf-8"),
                          object_pairs_hook=no_duplicates,
                          parse_constant=no_constant)


def printable(text, where):
    demand(not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-"
                         r"\u2069\ud800-\udfff\ufffe\uffff]", text),
           f"{where} holds what does something: {text!r}")


def results_of(folder):
    """The readable ones: file name without .json, and content."""
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            result = None
            try:
                result = read_json(os.path.join(folder, name))
                if "\\u0000" in json.dumps(result): # no text can hold it
                    result = None
            except (ValueError, RecursionError, Wrong):
                pass
            yield name[:-5], result if type(result) is dict else None


STATUS = {"passed", "failed"}
VISIBLE = {"visible", "hidden", "after_due_date", "after_published"}
TEST_KEYS = {"number", "name", "name_format", "output", "output_format",
             "score", "max_score", "status", "visibility"}


def gradescope_test(test):
    demand(set(test) == TEST_KEYS, f"its keys are {sorted(test)}")
    demand(test["name_format"] == test["output_format"] == "text", "a format")
    demand(test["status"] in STATUS, "its status")
    demand(test["visibility"] in VISIBLE, "its visibility")
    demand(re.fullmatch(r"[0-9.]+", test["number"]), "its number")
    for key in "score", "max_score":
        demand(type(test[key]) in (int, float), f"{key} is no number")
    demand(0 <= test["score"] <= test["max_score"], "its score")
    for key in "name", "output":
        printable(test[key], key)


def gradescope_file(path, source):
    demand(os.path.getsize(path) <= 256 << 10, "it is too large")
    result = read_json(path)
    demand(set(result) == {"score", "output", "output_format", "extra_data",
                           "test_output_format", "tests"}, "its keys")
    demand(result["output_format"] == "text" ==
           result["test_output_format"], "a format")
    demand(type(result["score"]) in (int, float), "its score is no number")
    demand(type(result["extra_data"]) is dict, "extra_data")
    printable(result["output"], "output")
    for test in result["tests"]:
        gradescope_test(test)
    graded = source is not None and source.get("state") == "graded" and \
        result["extra_data"]["state"] == "graded"
    demand(result["score"] == (source["points"] if graded else 0), "its score")
    demand(result["score"] == sum(test["score"] for test in result["tests"]),
           "its score is not the sum")
    if not graded:
        return
    demand(sum(test["max_score"] for test in result["tests"]) == source["of"],
           "what can be reached")
    shown = [test["name"] for test in result["tests"]
             if test["visibility"] == "visible"]
    demand(shown == [f"{case['lab']} {case['case']}"
                     for case in source["cases"] if not case.get("hidden")],
           f"students see {shown}")
    for test in result["tests"]:
        demand(test["visibility"] != "visible" or
               "crashed: secret" not in test["output"], "a secret is shown")


def autolab_file(path, source):
    with open(path, encoding="utf-8", newline="\n") as file:
        *words, line, end = file.read().split("\n")
    demand(end == "" and all(word.startswith("  ") for word in words),
           "a line could be taken for the last")
    demand(not re.search(r"[A-Za-z0-9]+:", line), f"a colon in {line}")
    scores = json.loads(line, object_pairs_hook=no_duplicates,
                        parse_constant=no_constant)
    demand(set(scores) == {"scores"}, "its keys")
    demand(sum(scores["scores"].values()) == source["points"], "its scores")


def classroom_file(path, source):
    with open(path, "rb") as file:
        text = base64.b64decode(file.read().rstrip(b"\n"), validate=True)
    result = json.loads(text.decode("utf-8"), object_pairs_hook=no_duplicates,
                        parse_constant=no_constant)
    demand(set(result) == {"version", "status", "max_score", "tests"} and
           result["version"] == 1, "its keys")
    demand(result["status"] == source["status"], "its status")
    demand(sum(test["score"] for test in result["tests"]) == source["points"],
           "its scores")
    for test in result["tests"]:
        demand(set(test) == {"name", "status", "message", "test_code",
                             "filename", "line_no", "execution_time", "score"},
               "a test's keys")
        demand(test["status"] in ("pass", "fail"), "a test's status")
        printable(test["name"] + test["message"], "a test")


def prairielearn_file(path, source):
    demand(os.path.getsize(path) <= 1000000, "it is too large")
    result = read_json(path)
    graded = source["status"] != "error"
    demand(result["gradable"] is graded, "gradable")
    demand(graded or type(result["format_errors"]) is str, "no reason")
    wanted = source["points"] / source["of"] if graded else 0
    demand(abs(result["score"] - wanted) < 1e-9, "its score")
    for test in result["tests"]:
        demand(type(test["points"]) is int and type(test["max_points"]) is int,
               "points of a test")
        printable(test["name"] + test["message"] + test["output"], "a test")


def others(form, rest):
    """Those that get a file for each result: what is in it is what was."""
    folder, *files = rest
    sources = dict(results_of(folder))
    for path in files:
        source = sources.get(os.path.basename(os.path.dirname(path)), mixed(""))
        if source is None or source.get("state") != "graded":
            source = {"points": 0, "status": "error"}
        elif source["points"] == source["of"]:
            source["status"] = "pass"
        else:
            source["status"] = "fail"
        try:
            globals()[form + "_file"](path, source)
        except (Wrong, ValueError, KeyError) as error:
            print(f"{path}: {error!r}")


def gradescope(folder, files):
    # A name that had to be cleaned is found in no source: it is a mixed one.
    sources = dict(results_of(folder))
    for path in files:
        name = os.path.basename(os.path.dirname(path))
        if name not in sources:
            name = os.path.basename(path)[:-5]
        try:
            gradescope_file(path, sources.get(name, mixed(name)))
        except (Wrong, ValueError) as error:
            print(f"{path}: {error}")


OUTCOMES = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def junit_case(case):
    demand(set(case.attrib) == {"classname", "name", "time"}, "attributes")
    demand(re.fullmatch(r"[0-9]+\.[0-9]{3}", case.get("time")), "its time")
    demand(len(case) <= 1, "more than one outcome")
    for child in case:
        demand(child.tag in OUTCOMES, f"an element {child.tag}")
        demand(set(child.attrib) == ({"message"} if child.tag == "skipped"
                                     else {"message", "type"}), "attributes")
        demand(len(child) == 0 and child.get("message"), "its message")
        for text in child.get("message"), child.text or "":
            printable(text, "a message")
    return case[0].tag if len(case) else "passed"


def junit_counts(element, got):
    counts = {key: int(element.get(key)) for key in
              ("tests", "failures", "errors", "skipped")}
    demand(counts["tests"] == len(got), f"tests: {counts} of {len(got)}")
    for tag, key in OUTCOMES.items():
        demand(counts[key] == got.count(tag), f"{key}: {counts}")


def junit_expected(source):
    """How many checks must be a failure, and how many must have passed."""
    verdicts = [check["verdict"] for case in source["cases"]
                for check in case["checks"]]
    return verdicts.count("passed"), len(verdicts)


def junit_file(folder, path):
    with open(path, "rb") as file:
        text = file.read().decode("utf-8")
    demand("<!" not in text, "a declaration, or CDATA")
    root = xml.fromstring(text)
    demand(root.tag == "testsuites", "its root")
    names, all_got = set(), []
    for suite in root:
        demand(suite.tag == "testsuite", f"an element {suite.tag}")
        demand(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
                            suite.get("timestamp")), "its timestamp")
        got = [junit_case(case) for case in suite]
        junit_counts(suite, got)
        all_got += got
        for case in suite:
            name = case.get("classname"), case.get("name")
            demand(name not in names, f"{name} is there twice")
            names.add(name)
    junit_counts(root, all_got)
    sources = [source for _, source in results_of(folder)]
    demand(len(root) == len(sources), f"{len(root)} suites")
    graded = [source for source in sources
              if source and source.get("state") == "graded"]
    if os.path.basename(folder) in ("class", "random"):
        passed = sum(junit_expected(source)[0] for source in graded) + sum(
            not case["checks"] and case["verdict"] == "passed"
            for source in graded for case in source["cases"])
        demand(all_got.count("passed") == passed,
               f"{all_got.count('passed')} passed, should be {passed}")


def junit(folder, files):
    for path in files:
        try:
            junit_file(folder, path)
        except (Wrong, ValueError, xml.ParseError) as error:
            print(f"{path}: {error}")


# --- the page ----------------------------------------------------------------

VOID = {"meta"}
ALLOWED = {
    "html": {"lang"}, "head": set(), "title": set(), "style": set(),
    "script": set(), "body": set(), "header": set(), "main": set(),
    "meta": {"charset", "http-equiv", "content", "name"},
    "nav": {"aria-label"}, "a": {"href", "class"},
    "section": {"aria-labelledby", "class"},
    "div": {"class", "role", "aria-labelledby", "tabindex"},
    "h1": set(), "h2": {"id"}, "h3": {"id"}, "p": {"class"}, "b": {"class"},
    "span": {"class"}, "table": set(), "thead": set(), "tbody": set(),
    "tr": set(), "th": {"scope", "class"}, "td": {"class"},
    "meter": {"max", "value", "aria-label"}, "details": set(),
    "summary": set(), "pre": set(), "ins": set(), "del": set(), "ul": set(),
    "ol": {"class"}, "li": set(), "code": set(),
}


class Page(html.parser.HTMLParser):
    """Every element is one that the page may have, and is closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links = [], [], []
        self.text = {"style": [], "script": [], "ins": [], "del": [], "h3": []}
        self.count, self.policy, self.all = {}, None, []

    def handle_starttag(self, tag, attrs):
        demand(tag in ALLOWED, f"an element {tag}")
        names = [name for name, _ in attrs]
        demand(set(names) <= ALLOWED[tag] and len(names) == len(set(names)),
               f"attributes of {tag}: {names}")
        values = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        if "id" in values:
            self.ids.append(values["id"])
        if "href" in values:
            self.links.append(values["href"])
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"]
        if tag in self.text:
            self.text[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        demand(self.open and self.open.pop() == tag, f"{tag} ends too early")

    def handle_data(self, data):
        if self.open and self.open[-1] in self.text:
            self.text[self.open[-1]][-1] += data
        elif not self.open:
            demand(not data.strip(), "text outside the page")
        self.all.append(data)

    def handle_comment(self, data):
        raise Wrong("a comment")

    def unknown_decl(self, data):
        raise Wrong("a declaration")


def read_page(path):
    page = Page()
    with open(path, "rb") as file:
        text = file.read().decode("utf-8")
    printable(text, "the page")
    demand(text.startswith("<!DOCTYPE html>\n"), "no document type")
    page.feed(text)
    page.close()
    demand(not page.open, f"not closed: {page.open}")
    return page


def sha256(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def html_file(folder, path):
    page = read_page(path)
    demand(len(page.text["script"]) == len(page.text["style"]) == 1,
           "more than one script or style")
    demand(page.policy == "default-src 'none'; style-src 'sha256-" +
           sha256(page.text["style"][0]) + "'; script-src 'sha256-" +
           sha256(page.text["script"][0]) +
           "'; base-uri 'none'; form-action 'none'", "its policy")
    demand(not re.search(r"url\(|@import|fetch|XMLHttp|innerHTML|eval",
                         page.text["style"][0] + page.text["script"][0]),
           "its script or style reaches out")
    demand(len(page.ids) == len(set(page.ids)), "an id is there twice")
    for link in page.links:
        demand(link[:1] == "#" and link[1:] in page.ids, f"a link to {link}")
    sources = [source for _, source in results_of(folder)]
    demand(len(page.text["h3"]) == len(sources), "not all submissions")
    demand(len(set(page.text["h3"])) == len(sources), "two have one name")


def html_(folder, files):
    for path in files:
        try:
            html_file(folder, path)
        except (Wrong, ValueError) as error:
            print(f"{path}: {error}")


def elements(path, _):
    """Of the frame: how many there are depends on no text."""
    count = read_page(path).count
    for tag in ("section", "h1", "h2", "h3", "table", "div", "script", "style",
                "meta", "nav", "main", "header"):
        print(tag, count[tag])


def differences(path, files):
    """Whether what is marked in the page is what is in the second file and not
    in the first, and the other way round."""
    page = read_page(path)
    old, new = ([line.rstrip("\n") for line in open(file, encoding="utf-8")]
                for file in files)
    added = [line for line in new if line not in old]
    removed = [line for line in old if line not in new]
    for tag, sign, wanted in ("ins", "+", added), ("del", "-", removed):
        got = page.text[tag]
        missing = [line for line in wanted if sign + line not in got]
        if missing or not got:
            print(f"{tag}: {got} without {missing}")


def main():
    what, *rest = sys.argv[1:]
    if what == "make":
        os.makedirs(rest[1], exist_ok=True)
        globals()["make_" + rest[0]](rest[1])
    else:
        what = "html_" if what == "html" else what
        globals()[what](rest[0], rest[1:])


main()
