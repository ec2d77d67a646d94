#!/usr/bin/env python3
"""transcript: reads a page, and makes a cram test of its console blocks.

    transcript.py cram PAGE         the test, on stdout
    transcript.py explain PAGE DIFF cram's complaint, in the page's own lines
    transcript.py change PAGE SEED  the page with one character of an expected
                                    output changed; which one, on stderr
    transcript.py blocks PAGE DIR   every block into a file DIR/LINE, and one
                                    line each: LINE KIND SRC REGION

Status 1: the page is not as it should be; the messages name its lines.

The test has exactly as many lines as the page, so that cram's line numbers are
the page's. Prose is a comment there.
"""
import random
import re
import sys

# --- blocks -------------------------------------------------------------------

# What may stand on a fence: the kinds of block, and the options of each.
KINDS = {"console": ["noexec"], "c": ["src", "region"],
         "text": [], "ini": [], "diff": []}
FENCE = re.compile(r"( *)(`{3,}|~{3,})(.*)")
OPTION = re.compile(r'([\w-]+)(?:="([^"]*)")?')
JOB = re.compile(r"\[(\d+)\] \d+")
JOB_ENDED = re.compile(r"\[\d+\][-+]? +(?:Done|Exit|Terminated|Killed|Hangup)")


class Block:
    def __init__(self, line, indent, fence, info):
        self.line = line      # where its opening fence stands, from 1
        self.indent = indent  # of a block in a list
        self.fence = fence
        self.info = info.strip()
        self.kind = ""
        self.options = {}
        self.lines = []       # the content, without the indent

    def numbered(self):
        return enumerate(self.lines, self.line + 1)

    def runs(self):
        return self.kind == "console" and "noexec" not in self.options


class Page:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")[:-1]
        self.errors = []
        self.blocks = []
        self.read_blocks()
        for block in self.blocks:
            self.read_fence(block)
            self.judge(block)

    def complain(self, line, text):
        self.errors.append(f"{self.path}:{line}: {text}")

    def read_blocks(self):
        block = None
        for number, line in enumerate(self.lines, 1):
            fence = FENCE.fullmatch(line)
            if block is None:
                if fence:
                    block = Block(number, len(fence[1]), fence[2], fence[3])
                elif re.match(r"(?: {4}|\t)\s*\$ ", line):
                    self.complain(number, "a command outside a console block")
            elif fence and fence[2].startswith(block.fence) and not fence[3]:
                self.blocks.append(block)
                block = None
            else:
                block.lines.append(line[:block.indent].lstrip() +
                                   line[block.indent:])
        if block:
            self.complain(block.line, "this block is never closed")

    def read_fence(self, block):
        info = block.info
        if re.fullmatch(r"\w+", info):
            block.kind = info
        elif re.fullmatch(r'\{\.\w+( [\w-]+(="[^"]*")?)*\}', info):
            block.kind, _, rest = info[2:-1].partition(" ")
            block.options = {name: value or ""
                             for name, value in OPTION.findall(rest)}
        else:
            self.complain(block.line, f"not a fence of this kit: {info!r}")
            return
        if block.kind not in KINDS:
            self.complain(block.line, f"unknown kind of block: {block.kind}")
            return
        for name, value in block.options.items():
            if name not in KINDS[block.kind]:
                self.complain(block.line, f"unknown option: {name}")
            elif not value.strip():
                self.complain(block.line, f"{name} without a reason"
                              if name == "noexec" else f"{name} is empty")

    def judge(self, block):
        first = block.lines[0] if block.lines else ""
        if not "".join(block.lines).strip():
            self.complain(block.line, "an empty block")
        elif block.runs() and not first.startswith("$ "):
            self.complain(block.line + 1, "an output without a command")
        elif block.kind in ("text", "ini"):
            for number, line in block.numbered():
                if line.startswith("$ "):
                    self.complain(number, "a command outside a console block")
        if block.runs():
            for number, line in block.numbered():
                if JOB_ENDED.match(line):
                    self.complain(number, "no moment is certain for what a "
                                  "shell says about an ended job: leave it out")

    def outputs(self):
        """The expected lines that are run: (number, line, command)."""
        for block in self.blocks:
            if not block.runs():
                continue
            command, complete = "", False
            for number, line in block.numbered():
                if line.startswith("$ "):
                    command, complete = line[2:], False
                elif line.startswith("> ") and not complete:
                    command += "\n" + line[2:]
                else:
                    complete = True
                    yield number, line, command


# --- values of a declared kind --------------------------------------------------

NUMBER = r"\d+"
PORT = r"[3-6]\d{4}"  # the kernel gives 32768 to 60999 to those who do not ask
FRACTION = r"\d+(?:\.\d+)?"
CLOCK = r"\d\d:\d\d:\d\d"
LOOPBACK = r"(?:\b127\.0\.0\.\d{1,3}|\[::1\]|\b::1)"
PID_CALLS = r"\b(?:v?fork|clone3?|wait4|waitid|getp?pid|gettid)\("

# What may differ from run to run: group 1 of the first, which then may be
# anything that the second matches. The first rule that fits wins.
DECLARED = [(re.compile(found), allowed) for found, allowed in [
    # A client's port, as programs and lsof, as tcpdump, and as strace say it.
    (LOOPBACK + rf"[.:]({PORT})\b", PORT),
    (rf"\bhtons\(({PORT})\)", PORT),
    # A process: ss, strace, socat, lab, and messages of the shell.
    (r"\bpid[= ]( *\d+)", " *" + NUMBER),
    (r"\b[Pp]rocess (\d+)\b", NUMBER),
    (r"^(\d+ +)(?=\w+\(|<\.\.\.|\+\+\+|---)", r"\d+ +"),
    (PID_CALLS + r".*\) += (\d+)", NUMBER),
    (r"\bkill\((\d+)", NUMBER),
    (r"/proc/(\d+)", NUMBER),
    (r"\bsocat\[(\d+)\]", NUMBER),
    (r"^\[\d+\][-+]? +(\d+) ", NUMBER),
    (r"\((\d+)\) - No such process", NUMBER),
    # A user's number.
    (r"\b(?:si_)?uid[=:](\d+)", NUMBER),
    # The time of day, of an epoch, since the line before.
    (rf"\b(\d{{4}}[-/]\d\d[-/]\d\d {CLOCK}(?:\.\d+)?)\b",
     rf"\d{{4}}[-/]\d\d[-/]\d\d {CLOCK}(?:\.\d+)?"),
    (rf"\b({CLOCK}\.\d{{3,9}})\b", CLOCK + r"\.\d+"),
    (r"^(\d{10}\.\d{6}) ", r"\d{10}\.\d{6}"),
    (r"^( +\d+\.\d{6}) ", r" +\d+\.\d{6}"),
    # A duration: with its unit, or in strace's brackets.
    (r"\b(\d+m\d+\.\d+)s\b", r"\d+m\d+\.\d+"),
    (r"<(\d+\.\d{6})>", r"\d+\.\d{6}"),
    (rf"(?<![.:\w])( *{FRACTION}) ?(?:[num]?s|sec|seconds?|minutes?)\b",
     " *" + FRACTION),
    # The inode of a socket or a pipe, the address of an object.
    (r"\b(?:socket|pipe):\[(\d+)\]", NUMBER),
    (r"\bino:(\d+)", NUMBER),
    (r"\bsk:([0-9a-f]+)", "[0-9a-f]+"),
    (r"\b(0x[0-9a-f]{8,})\b", "0x[0-9a-f]+"),
    # A TCP header: numbers that start anywhere, windows, time stamps.
    (r"\b(?:seq|ack) (\d{6,}(?::\d{6,})?)\b", r"\d+(?::\d+)?"),
    (r"\bwin (\d+)", NUMBER),
    (r"\bTS val (\d+)", NUMBER),
    (r"\becr (\d+)", NUMBER),
    (r"\bwscale (\d+)", NUMBER),
]]

# A row of lsof: pid, user, device (an inode where it is a socket), node.
LSOF_ROW = re.compile(
    r"\S+ +(\d+) +(\S+) +(?:\d+[-rwuRWU]?\w?|cwd|rtd|txt|mem) +"
    r"(?:IPv[46]|REG|DIR|CHR|FIFO|unix|sock|a_inode) +(\S+) +\S+ +(\S+)")
# Tables whose columns are as wide as what stands in them.
TABLES = re.compile(r"(?:^|[|;&(]\s*|\b(?:sudo|watch|timeout \S+) )"
                    r"(?:lsof|ss|ps|jobs)\b", re.M)
# Commands that print the number of a process, first on the line.
PRINTS_PID = re.compile(r"\becho\b.*\$(?:!|\$|\{?\w*pid\b)|\bpgrep\b|\bpidof\b"
                        r"|\blsof\b.* -\w*t|\bjobs -p", re.M)
PS_COLUMNS = {"PID": NUMBER, "PPID": NUMBER, "PGID": NUMBER, "SID": NUMBER,
              "LWP": NUMBER, "SPID": NUMBER, "TID": NUMBER, "USER": r"\S+",
              "UID": r"\S+", "TIME": r"[\d:.]+", "ELAPSED": r"[\d:.-]+",
              "TTY": r"\S+", "TT": r"\S+"}


class Loosener:
    """Finds the values of a declared kind; it remembers a table's head."""

    def __init__(self):
        self.command = ""
        self.columns = []

    def spans(self, line, command):
        """[(start, end, pattern)], in their order, none within another."""
        if command != self.command:
            self.command, self.columns = command, []
        found = []
        table = TABLES.search(command)
        row = LSOF_ROW.match(line)
        if row:
            found += [(*row.span(1), NUMBER), (*row.span(2), r"\S+"),
                      (*row.span(3), r"\S+")]
            if row[4].isdigit():  # else the name of a protocol
                found.append((*row.span(4), NUMBER))
        if table:
            found += self.ps_columns(line)
        if PRINTS_PID.search(command):
            found += [(*match.span(), NUMBER)
                      for match in [re.match(r"\d+(?= |$)", line)] if match]
        for rule, allowed in DECLARED:
            found += [(*match.span(1), allowed)
                      for match in rule.finditer(line)]
        if table:
            found += [(*match.span(), " *")
                      for match in re.finditer(" +", line)]
        kept = []
        for span in found:
            if all(span[1] <= start or end <= span[0]
                   for start, end, _ in kept):
                kept.append(span)
        return sorted(kept)

    def ps_columns(self, line):
        words = list(re.finditer(r"\S+", line))
        if any(word[0] in ("PID", "LWP", "TID") for word in words):
            self.columns = [word[0] for word in words]
            return []
        return [(*word.span(), PS_COLUMNS[name])
                for name, word in zip(self.columns, words)
                if name in PS_COLUMNS]


# --- the cram test --------------------------------------------------------------

def escaped(text):
    """The text as cram shows it when a byte of its line is not printable."""
    special = {"\\": r"\\", "\t": r"\t", "\r": r"\r"}
    return "".join(
        special.get(chr(byte), chr(byte) if 32 <= byte < 127 else
                    f"\\x{byte:02x}")
        for byte in text.encode())


def expected(line, spans):
    """The line of a cram test that stands for this line of a page."""
    if line == "…":
        return ".* (re)"
    strange = re.search(r"[^\n -~]", line)
    show = escaped if strange else str
    if not (spans or strange or line.startswith(("$ ", "> ")) or
            re.search(r" \((re|glob|esc|no-eol)\)$", line)):
        return line
    pattern, done = "", 0
    for start, end, allowed in spans:
        pattern += re.escape(show(line[done:start])) + allowed
        done = end
    pattern += re.escape(show(line[done:]))
    if strange:
        pattern += re.escape(" (esc)")
    return pattern + " (re)"


def cram(page):
    test = [line.lstrip() for line in page.lines]  # all of it a comment
    loosener = Loosener()
    last = {}  # of each command: the number of its last line
    for block in page.blocks:
        if not block.runs():
            continue
        complete = False
        for number, line in block.numbered():
            start = line.startswith("$ ")
            complete = complete and not start
            if start or (line.startswith("> ") and not complete):
                test[number - 1] = "  " + line
                last[number] = True
            elif line in ("$", ">"):
                page.complain(number, "a prompt without a command")
            else:
                complete = True
    for number, line, command in page.outputs():
        job = JOB.fullmatch(line)
        if job and number - 1 in last and command.rstrip().endswith("&"):
            # The shell says this to people only: the number is asked for.
            test[number - 2] += f" transcript_job {job[1]}"
            continue
        line = line.rstrip(" ")
        spans = loosener.spans(line, command)
        test[number - 1] = "  " + expected(line, spans)
    return test


def explain(page, diff):
    """cram's diff with the page's line numbers, and with its own words."""
    number = 0
    for line in diff:
        hunk = re.match(r"@@ -(\d+)", line)
        if hunk:
            number = int(hunk[1])
            print(f"{page.path}:{number}:")
        elif line.startswith(("---", "+++")) and number == 0:
            continue
        elif line.startswith("+"):
            print(f"     + {line[3:]}".rstrip())
        elif number:
            mark = "-" if line.startswith("-") else " "
            if number <= len(page.lines):
                print(f"{number:4} {mark} {page.lines[number - 1]}".rstrip())
            number += 1


def change(page, seed):
    """Changes one character that no declared kind makes free."""
    chance = random.Random(seed)
    loosener = Loosener()
    places = []
    for number, line, command in page.outputs():
        if line == "…" or JOB.fullmatch(line):
            continue
        free = {at for start, end, _ in loosener.spans(line, command)
                for at in range(start, end)}
        places += [(number, at) for at in range(len(line))
                   if at not in free and line[at].isalnum()]
    if not places:
        sys.exit(f"{page.path}: no output that could be changed")
    number, at = chance.choice(places)
    indent = next(block.indent for block in page.blocks
                  if block.line < number <= block.line + len(block.lines))
    line = page.lines[number - 1]
    old = line[indent + at]
    new = chance.choice([c for c in ("0123456789" if old.isdigit() else
                                     "abcdefghijklmnopqrstuvwxyz")
                         if c != old.lower()])
    changed = line[:indent + at] + new + line[indent + at + 1:]
    print(f"line {number}: {line[indent:indent + at]}>{new}<", file=sys.stderr)
    page.lines[number - 1] = changed
    return page.lines


def write_blocks(page, folder):
    for block in page.blocks:
        with open(f"{folder}/{block.line}", "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in block.lines)
        print(block.line, block.kind, block.options.get("src", "-") or "-",
              block.options.get("region", "-") or "-", sep="\t")


def main(words):
    if len(words) < 2 or (len(words) != 2 + (words[0] != "cram")):
        sys.exit(__doc__)
    page = Page(words[1])
    test = cram(page)
    if page.errors:
        sys.exit("\n".join(page.errors))
    if words[0] == "cram":
        print("\n".join(test))
    elif words[0] == "explain":
        with open(words[2], encoding="utf-8", errors="replace") as diff:
            explain(page, diff.read().split("\n"))
    elif words[0] == "change":
        print("\n".join(change(page, words[2])))
    elif words[0] == "blocks":
        write_blocks(page, words[2])
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
