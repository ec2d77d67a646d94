#!/usr/bin/env python3
"""bench_results: complains of results of the bench that cannot be right.

    bench_results.py answers RESULTS.json
    bench_results.py table RESULTS.json TABLE.txt
    bench_results.py plot FILE.svg

The sums are done here once more, by other means than the bench does them.
"""
import json
import sys
import xml.etree.ElementTree as tree

SERVERS = ["raw_epoll", "lab05", "libuv", "go", "asyncio", "state_threads",
           "asio", "libev", "libevent", "uvloop", "node", "thread", "process",
           "lab03", "lab04"]
NAMES = dict(zip(SERVERS, [
    "raw epoll", "lab 05, coroutines", "libuv", "Go's net", "Python's asyncio",
    "State Threads", "Boost.Asio, C++20", "libev", "libevent",
    "asyncio on uvloop", "Node", "lab 02, a thread each",
    "lab 02, a process each", "lab 03, asking all", "lab 04, select"]))


def read(path):
    with open(path) as file:
        return json.load(file)


def answers(path):
    results = read(path)
    missing = [one["name"] for one in results["missing"]]
    if not results["echo"]:
        print("nothing was measured")
    for row in results["echo"]:
        for server in SERVERS:
            if NAMES[server] in missing or row["failed"].get(server) == \
                    "not made for that":
                continue
            if server in row["failed"]:
                print(server, row["row"], row["failed"][server])
            elif sum(s["replies"] for s in row["slices"][server]) < 1:
                print(server, row["row"], "has answered nothing")


def middle(values):
    values = sorted(values)
    half = len(values) // 2
    return values[half] if len(values) % 2 else \
        (values[half - 1] + values[half]) / 2


def close(cell, value):
    """As close as the digits of the cell can tell."""
    shown = float(cell.replace(",", ""))
    return abs(shown - value) <= max(0.006, abs(value) * 0.006)


def table(path, text):
    results = read(path)
    with open(text) as file:
        blocks = file.read().split("\n\n")
    for row in results["echo"]:
        if row["row"]["mode"] == "stream":
            continue
        size = row["row"]["bytes"]
        title = f"{row['row']['connections']:,} connection"
        size = f"{size} B" if size < 1024 else f"{size // 1024} KiB"
        block = next(b for b in blocks
                     if b.startswith(title) and f" of {size} " in b)
        raw = row["slices"]["raw_epoll"]
        for server, slices in row["slices"].items():
            line = next(one for one in block.split("\n")
                        if one[2:].startswith(NAMES[server] + "  "))
            cells = line[24:].replace("(", " ").replace(")", " ").split()
            each = [s["cpu_s"] * 1e6 / s["replies"] for s in slices]
            if not close(cells[0], middle(each)):
                print(line, "us:", middle(each))
            if server == "raw_epoll":
                continue
            ratios = [us / (raw[s["beside"]]["cpu_s"] * 1e6 /
                            raw[s["beside"]]["replies"])
                      for us, s in zip(each, slices)]
            if not close(cells[1], middle(ratios)):
                print(line, "CPU x:", middle(ratios))


def plot(path):
    space = "{http://www.w3.org/2000/svg}"
    root = tree.parse(path).getroot()
    ids = {part.get("id"): part for part in root}
    with open(path) as file:
        text = file.read()
    for name in (root.get("aria-labelledby") or "none").split():
        if name not in ids or not ids[name].text:
            print(f"{path}: {name} says nothing")
    if root.tag != space + "svg" or root.get("role") != "img":
        print(f"{path}: not a picture")
    for word in ("prefers-color-scheme: dark", "@media print", "viewBox"):
        if word not in text:
            print(f"{path}: no {word}")
    if text.count("http") > text.count("http://www.w3.org/2000/svg"):
        print(f"{path}: it fetches something")
    _, _, width, height = map(float, root.get("viewBox").split())
    for part in root.iter():
        for name, most in (("x", width), ("cx", width), ("y", height),
                           ("cy", height), ("x2", width), ("y2", height)):
            if not 0 <= float(part.get(name, 0)) <= most:
                print(f"{path}: {part.attrib} is outside")


{"answers": answers, "table": table, "plot": plot}[sys.argv[1]](*sys.argv[2:])
