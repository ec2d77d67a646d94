#!/usr/bin/env python3
"""bench: the kit's server and runtime beside what else one could take.

    bench.py BUILD OUT quick|usual|full|tiny [SERVER=COMMAND...]
                                      measures; table on stdout; OUT gets
                                      results.json, table.txt and the plots
    bench.py --show RESULTS.json      the table of what was measured before
    bench.py --plot RESULTS.json OUT  its plots

SERVER=COMMAND takes another program for one of the servers. Status: 0; 1 an
answer was wrong; 2 usage; 75 the bench's own trouble.
"""
import json
import os
import platform
import sys
import time

import measure
import peers
import plots
import table

LINES = {"idle": 0, "mode": "lines"}
ROWS = [  # when at the earliest, and what
    (peers.QUICK, {"connections": 1, "bytes": 16}),
    (peers.USUAL, {"connections": 10, "bytes": 16}),
    (peers.QUICK, {"connections": 100, "bytes": 16}),
    (peers.QUICK, {"connections": 1000, "bytes": 16}),
    (peers.USUAL, {"connections": 10000, "bytes": 16}),
    (peers.USUAL, {"connections": 100, "bytes": 512}),
    (peers.QUICK, {"connections": 100, "bytes": 16384}),
    (peers.FULL, {"connections": 1, "bytes": 16384}),
    (peers.FULL, {"connections": 10, "bytes": 512}),
    (peers.FULL, {"connections": 1000, "bytes": 512}),
    (peers.FULL, {"connections": 1000, "bytes": 16384}),
    (peers.USUAL, {"connections": 100, "bytes": 16, "idle": 9800}),
    # Who echoes line by line pays a call for each: so, long ones.
    (peers.USUAL, {"connections": 1, "bytes": 16384, "mode": "stream"}),
]
SIZES = {
    "quick": {"when": peers.QUICK, "rounds": 3, "slice_ms": 60,
              "memory": 500, "calls_ms": 60, "repetitions": 1, "scale": 20,
              "limit_s": 6, "minutes": 0.6},
    "usual": {"when": peers.USUAL, "rounds": 5, "slice_ms": 150,
              "memory": 1000, "calls_ms": 100, "repetitions": 3, "scale": 4,
              "limit_s": 6, "minutes": 5.5},
    # Of everyone a little, for the kit's own tests: its figures mean nothing.
    "tiny": {"when": peers.FULL, "rounds": 1, "slice_ms": 10, "only": (1, 100),
             "memory": 10, "calls_ms": 10, "repetitions": 1, "scale": 200,
             "limit_s": 2, "minutes": 0},
    "full": {"when": peers.FULL, "rounds": 11, "slice_ms": 250,
             "memory": 5000, "calls_ms": 300, "repetitions": 5, "scale": 1,
             "limit_s": 30, "minutes": 60},
}


def first_of(path, key):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(key):
                    return line.split(":" if ":" in line else "=", 1)[1] \
                        .strip().strip('"')
    except OSError:
        pass
    return platform.machine()


def conditions(run, size):
    return {"run": run, "date": time.strftime("%Y-%m-%d"),
            "processor": first_of("/proc/cpuinfo", "model name"),
            "processors": os.cpu_count(), "kernel": platform.release(),
            "system": first_of("/etc/os-release", "PRETTY_NAME"),
            "slice_ms": size["slice_ms"], "rounds": size["rounds"],
            "tries": measure.TRIES}


def fits(row):
    """Are there descriptors enough for it?"""
    import resource
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard == resource.RLIM_INFINITY or \
        row["connections"] + row["idle"] + 50 <= hard


def measure_all(build, run):
    size = SIZES[run]
    begin = time.monotonic()
    deadline = begin + size["minutes"] * 60
    servers, missing = peers.present(peers.SERVERS, size["when"], build)
    everyone, lacking = peers.present(peers.PIECES, size["when"], build)
    results = {"conditions": conditions(run, size), "echo": [], "memory": {},
               "calls": {}, "pieces": {},
               "missing": missing + [one for one in lacking if one["package"]
                                     not in [m["package"] for m in missing]]}
    for when, row in ROWS:
        row = {**LINES, **row}
        if when >= size["when"] and fits(row) and (
                "only" not in size or row["connections"] in size["only"] and
                row["bytes"] != 512 and not row["idle"]):
            results["echo"].append(measure.echo_row(servers, row, size, build,
                                                    deadline))
    if not any(peers.YARDSTICK in row["slices"] for row in results["echo"]):
        raise measure.Trouble("no yardstick: " + "; ".join(
            str(row["failed"]) for row in results["echo"])[:60])
    for server in servers:
        results["memory"][server.key] = measure.memory(server, size["memory"],
                                                       build)
    if measure.can_trace():
        for server in servers:
            results["calls"][server.key] = [
                measure.calls(server, n, size["calls_ms"], build)
                for n in (1, 100)]
    results["pieces"] = measure.pieces(everyone, size, build,
                                       deadline + size["minutes"] * 20)
    results["conditions"]["seconds"] = round(time.monotonic() - begin)
    measure.say("")
    return results


def write(results, out):
    os.makedirs(out, exist_ok=True)
    with open(f"{out}/results.json", "w") as file:
        json.dump(results, file, indent=1)
    with open(f"{out}/table.txt", "w") as file:
        file.writelines(line + "\n" for line in table.lines(results))
    plots.write(results, out)


def read(path):
    with open(path) as file:
        return json.load(file)


def replace_commands(words):
    for word in words:
        key, _, command = word.partition("=")
        server = next((s for s in peers.SERVERS if s.key == key), None)
        if server is None or not command:
            usage()
        server.run = command.split()


def usage():
    print(__doc__, file=sys.stderr)
    sys.exit(2)


def main(words):
    if words[:1] == ["--show"] and len(words) == 2:
        print("\n".join(table.lines(read(words[1]))))
    elif words[:1] == ["--plot"] and len(words) == 3:
        plots.write(read(words[1]), words[2])
    elif len(words) >= 3 and words[2] in SIZES:
        replace_commands(words[3:])
        os.sched_setaffinity(0, {measure.LOAD_ON})
        try:
            results = measure_all(words[0], words[2])
        except measure.WrongAnswer as wrong:
            measure.say("")
            print(f"bench: wrong answer: {wrong}", file=sys.stderr)
            sys.exit(1)
        except measure.Trouble as trouble:
            print(f"bench: {trouble}", file=sys.stderr)
            sys.exit(75)
        write(results, words[1])
        print("\n".join(table.lines(results)))
    else:
        usage()


main(sys.argv[1:])
