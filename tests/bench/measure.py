"""measure: servers and pieces, in slices that take turns; what comes out are
the plain figures of each slice. sums.py makes medians and ratios of them."""
import math
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

import peers

DISTURBED = 0.03  # of a slice's time: another one had the processor
TRIES = 3
FIELDS = ("replies", "seconds", "cpu_s", "waited_s", "stolen_s", "p50_us",
          "p99_us", "p999_us")


class Trouble(Exception):
    """A server that could not serve: it is left out of the row."""


class WrongAnswer(Exception):
    """A server that sent back something else: that ends the run."""


def prepare():
    """What a server finds: its processor, and descriptors for everybody."""
    os.sched_setaffinity(0, {SERVER_ON})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def processors():
    """One for the server, one for everything else."""
    own = sorted(os.sched_getaffinity(0))
    return own[0], own[-1]


SERVER_ON, LOAD_ON = processors()


class Running:
    """A server on its processor, and its loader."""

    def __init__(self, server, build, before=()):
        self.server, self.build = server, build
        self.load = None
        self.process = subprocess.Popen(
            [*before, *server.command(build)], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            preexec_fn=prepare)
        line = self.process.stdout.readline()
        port = re.search(r":(\d+)\s*$", line)
        if not port:
            self.stop()
            raise Trouble("it does not say where it listens")
        self.port = port.group(1)

    def open(self, row):
        """Connects; every connection speaks once."""
        self.load = subprocess.Popen(
            [f"{self.build}/tests/bench/loader", str(self.process.pid),
             self.port, str(row["connections"]), str(row["bytes"]),
             str(row["idle"]), row["mode"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if self.load.stdout.readline() != "ready\n":
            self.failed()

    def failed(self):
        said = self.load.stderr.read().strip().replace("loader: ", "")
        if "differs" in said:
            raise WrongAnswer(f"{self.server.name}: {said}")
        raise Trouble(said or "the loader ended")

    def slice(self, ms):
        try:
            self.load.stdin.write(f"{ms}\n")
            self.load.stdin.flush()
        except BrokenPipeError:
            self.failed()
        words = self.load.stdout.readline().split()
        if len(words) != len(FIELDS):
            self.failed()
        figures = dict(zip(FIELDS, map(float, words)))
        figures["disturbed"] = (figures["waited_s"] + figures["stolen_s"] >
                                DISTURBED * figures["seconds"])
        return figures

    def resident(self):
        """Bytes; of a server with children, what is their own."""
        pid = self.process.pid
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
        total = kib_of(f"/proc/{pid}/status", "VmRSS")
        for child in children:
            total += kib_of(f"/proc/{child}/smaps_rollup", "Pss")
        return total * 1024

    def stop(self):
        if self.load:
            self.load.stdin.close()
            self.load.wait()
            self.load.stdout.close()
            self.load.stderr.close()
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(2)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def kib_of(path, key):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def say(text):
    """Where we are, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:78]}", end="", file=sys.stderr, flush=True)


# --- echo --------------------------------------------------------------------

def clean_slice(running, ms, deadline):
    """One that nobody disturbed, if one of TRIES is; it tells which."""
    for tries in range(1, TRIES + 1):
        figures = running.slice(ms)
        figures["tries"] = tries
        if not figures["disturbed"] or time.monotonic() > deadline:
            break
    return figures


def can(server, row):
    return (row["connections"] + row["idle"] <= server.most_connections and
            row["bytes"] <= server.most_bytes)


def start_all(servers, row, build, failed):
    started = []
    for server in servers:
        if not can(server, row):
            failed[server.key] = "not made for that"
            continue
        try:
            running = Running(server, build)
            started.append(running)
            running.open(row)
        except Trouble as trouble:
            failed[server.key] = str(trouble)
            if started and started[-1].server is server:
                started.pop().stop()
        except WrongAnswer:
            for running in started:
                running.stop()
            raise
    return started


def echo_row(servers, row, size, build, deadline):
    """Slices of all servers in turn; between every two, one of the yardstick.
    `beside` says which of those is a slice's neighbour."""
    failed = {}
    say(f"echo: {row}")
    started = start_all(servers, row, build, failed)
    slices = {running.server.key: [] for running in started}
    try:
        if peers.YARDSTICK in failed:
            return {"row": row, "failed": failed, "slices": {}}
        yardstick, others = started[0], started[1:]
        for _ in range(size["rounds"]):
            for i, running in enumerate(others):
                if i % 2 == 0:
                    one_slice(yardstick, slices, size, deadline, failed)
                if running.server.key not in failed:
                    one_slice(running, slices, size, deadline, failed)
    finally:
        for running in started:
            running.stop()
    return {"row": row, "failed": failed,
            "slices": {key: each for key, each in slices.items()
                       if key not in failed}}


def one_slice(running, slices, size, deadline, failed):
    key = running.server.key
    try:
        figures = clean_slice(running, size["slice_ms"], deadline)
    except Trouble as trouble:
        failed[key] = str(trouble)
        return
    figures["beside"] = len(slices[peers.YARDSTICK]) - 1
    slices[key].append(figures)


# --- memory, system calls ----------------------------------------------------

def memory(server, connections, build):
    """Bytes for an idle connection, after short lines and after long ones."""
    grown = {"connections": min(connections, server.most_connections)}
    for size in (16, 16384):
        if size > server.most_bytes:
            continue
        say(f"memory: {server.name}, {size} B")
        try:
            running = Running(server, build)
        except Trouble:
            continue
        try:
            before = running.resident()
            running.open({"connections": grown["connections"], "bytes": size,
                          "idle": 0, "mode": "lines"})
            grown[str(size)] = ((running.resident() - before) /
                                grown["connections"])
        except Trouble:
            pass
        finally:
            running.stop()
    return grown


def can_trace():
    """Is there an strace, and may it?"""
    try:
        return subprocess.run(["strace", "-c", "true"], check=False,
                              capture_output=True).returncode == 0
    except OSError:
        return False


def counted(server, connections, ms, build):
    """Calls by name, and replies, of a run under strace."""
    with tempfile.NamedTemporaryFile("r") as file:
        running = Running(server, build,
                          ["strace", "-f", "-c", "-q", "-o", file.name])
        replies = 0
        try:
            running.open({"connections": connections, "bytes": 16, "idle": 0,
                          "mode": "lines"})
            if ms > 0:
                replies = running.slice(ms)["replies"]
        finally:
            running.stop()
        calls = {}
        for line in file:
            words = line.split()
            if len(words) >= 5 and words[0][0].isdigit() and \
                    words[-1] != "total":
                calls[words[-1]] = int(words[3])
    return calls, replies


def calls(server, connections, ms, build):
    """System calls for an echo: those of a run, less those of one in which each
    connection speaks only once."""
    say(f"system calls: {server.name}, {connections} connections")
    try:
        none, _ = counted(server, connections, 0, build)
        some, replies = counted(server, connections, ms, build)
    except Trouble:
        none, some, replies = {}, {}, 0
    each = {name: (n - none.get(name, 0)) / replies
            for name, n in some.items()} if replies else {}
    return {"connections": connections, "replies": replies,
            "each": {name: n for name, n in each.items() if n > 0.0005}}


# --- pieces ------------------------------------------------------------------

def piece(one, row, scale, limit_s, build):
    """The figure, or None if it has no such row or takes too long."""
    try:
        done = subprocess.run(
            [*one.command(build), row, str(scale)], capture_output=True,
            text=True, timeout=limit_s, check=False,
            preexec_fn=prepare)
        value = float(done.stdout) if done.returncode == 0 else math.nan
        return value if math.isfinite(value) else None
    except (subprocess.TimeoutExpired, ValueError):
        return None


def pieces(everyone, size, build, deadline):
    """Rows of all in turn; who has failed once at a row is not asked again."""
    values = {name: {} for name, *_ in peers.PIECE_ROWS}
    for repetition in range(size["repetitions"]):
        for row, *_ in peers.PIECE_ROWS:
            for one in everyone:
                known = values[row].setdefault(one.key, [])
                if (repetition > len(known) or
                        repetition > 0 and time.monotonic() > deadline):
                    continue  # it has no such row, or there is no time left
                say(f"pieces: {row}, {one.name}")
                value = piece(one, row, size["scale"], size["limit_s"], build)
                if value is not None:
                    known.append(value)
    return values
