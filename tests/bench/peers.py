"""peers: who is measured: how each is started, which package it needs, and what
it cannot do. The order is that of the table."""
import os
import shutil
import subprocess
import sys

FULL, USUAL, QUICK = 0, 1, 2  # the shortest run in which it takes part

YARDSTICK = "raw_epoll"
OURS = "lab05"
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else \
    sys.executable


class Server:
    def __init__(self, key, name, run, when, package=None, **limits):
        self.key, self.name, self.run, self.when = key, name, run, when
        self.package = package
        self.most_connections = limits.get("connections", 10000)
        self.most_bytes = limits.get("bytes", 1 << 20)

    def command(self, build):
        return [word.format(bench=f"{build}/tests/bench",
                            labs=f"{build}/labs", peers=f"{HERE}/peers",
                            python=PYTHON) for word in self.run]

    def missing(self, build):
        """Why it cannot take part here, or None."""
        command = self.command(build)
        if not shutil.which(command[0]):
            return self.package or "not built"
        if "uvloop" in command and subprocess.run(
                [PYTHON, "-c", "import uvloop"], check=False,
                stderr=subprocess.DEVNULL).returncode:
            return self.package
        return None


def kit(key, name, lab, program, when, **limits):
    return Server(key, name, ["{labs}/%s/%s" % (lab, program), "-p", "0"],
                  when, **limits)


def peer(key, name, when, package, **limits):
    return Server(key, name, ["{bench}/peers/" + key, "-p", "0"], when,
                  package, **limits)


SERVERS = [
    peer(YARDSTICK, "raw epoll", QUICK, None),
    kit(OURS, "lab 05, coroutines", "lab05-coroutines", "server", QUICK),
    peer("libuv", "libuv", QUICK, "libuv1-dev"),
    Server("go", "Go's net", ["{bench}/peers/echo_go"], QUICK, "golang-go"),
    Server("asyncio", "Python's asyncio",
           ["{python}", "{peers}/echo_asyncio.py"], QUICK, "python3"),
    peer("state_threads", "State Threads", USUAL, "libst-dev"),
    Server("asio", "Boost.Asio, C++20", ["{bench}/peers/asio"], USUAL,
           "g++ libboost-context-dev libboost-fiber-dev"),
    peer("libev", "libev", USUAL, "libev-dev"),
    peer("libevent", "libevent", FULL, "libevent-dev"),
    Server("uvloop", "asyncio on uvloop",
           ["{python}", "{peers}/echo_asyncio.py", "uvloop"], FULL,
           "python3-uvloop"),
    Server("node", "Node", ["node", "{peers}/echo_node.js"], FULL, "nodejs"),
    kit("thread", "lab 02, a thread each", "lab02-starving", "server_thread",
        FULL, bytes=4096),
    kit("process", "lab 02, a process each", "lab02-starving", "server_fork",
        FULL, bytes=4096, connections=1000),
    kit("lab03", "lab 03, asking all", "lab03-nonblocking", "server", FULL,
        bytes=4096, connections=1000),
    kit("lab04", "lab 04, select", "lab04-select", "server", FULL,
        bytes=65535, connections=1000),
]


class Pieces:
    def __init__(self, key, name, run, when, package=None):
        self.key, self.name, self.run, self.when = key, name, run, when
        self.package = package

    command = Server.command
    missing = Server.missing


def parts(key, name, when, package=None):
    return Pieces(key, name, ["{bench}/peers/pieces_" + key], when, package)


BOOST = "g++ libboost-context-dev libboost-fiber-dev"
PIECES = [
    Pieces("runtime", "this kit", ["{bench}/pieces"], QUICK),
    parts("boost_context", "Boost.Context*", USUAL, BOOST),
    parts("boost_fiber", "Boost.Fiber", USUAL, BOOST),
    parts("state_threads", "State Threads", USUAL, "libst-dev"),
    parts("pth", "GNU Pth", USUAL, "libpth-dev"),
    parts("pcl", "pcl*", USUAL, "libpcl1-dev"),
    parts("ucontext", "ucontext*", QUICK),
    parts("go", "goroutines", QUICK, "golang-go"),
    Pieces("asyncio", "asyncio", ["{python}", "{peers}/pieces_asyncio.py"],
           QUICK, "python3"),
]

# What of it is asked, in words, and the target for the kit's own runtime.
PIECE_ROWS = [
    ("yield", "a yield, two in turn", "ns", 8),
    ("deep", "the same three calls deep, 64 in turn", "ns", 10),
    ("mixed", "four handlers mixed, 64 in turn", "ns", None),
    ("spawn", "spawn, run, join", "ns", 40),
    ("live_1000", "1,000 spawned, then joined; each", "ns", None),
    ("live_order", "a yield, 10,000 in turn", "ns", 25),
    ("live_shuffled", "the same, memory in no order", "ns", 25),
    ("sleep_10k", "a sleep among 10,000", "ns", 500),
    ("sleep_100k", "a sleep among 100,000", "ns", 500),
    ("parked", "memory of one that waits", "B", 4240),
    ("guarded", "guarded ones there can be, up to 200,000", "", None),
]


def present(kind, when, build):
    """Those of SERVERS or PIECES that take part, and what is missing."""
    here, missing = [], []
    for one in kind:
        if one.when < when:
            continue
        why = one.missing(build)
        if why is None:
            here.append(one)
        else:
            missing.append({"name": one.name, "package": why})
    return here, missing
