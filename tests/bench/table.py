"""table: what the figures say, in 80 columns."""
import textwrap

import peers
import sums

WIDTH = 80


def number(value):
    """Three digits that mean something, and no more."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else \
        f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(spread):
    return f"{spread['median']:.2f}" if spread else "-"


def head(results):
    conditions = results["conditions"]
    slices, dirty = sums.disturbed(results)
    yield f"{conditions['processor']}, {conditions['processors']} processors"
    yield (f"Linux {conditions['kernel']}, {conditions['system']}, "
           f"{conditions['date']}")
    yield (f"{conditions['run']}: {slices} slices of "
           f"{conditions['slice_ms']} ms; {dirty} of them were disturbed by "
           "others, also")
    yield (f"after {conditions['tries']} tries (marked ~). x: to raw epoll in "
           "neighbouring slices, medians.")


def words_of(row):
    size = f"{row['bytes']} B" if row["bytes"] < 1024 else \
        f"{row['bytes'] // 1024} KiB"
    if row["mode"] == "stream":
        return (f"one connection, lines of {size}, sent without waiting for "
                "answers")
    idle = f" beside {row['idle']:,} idle" if row["idle"] else ""
    plural = "s" if row["connections"] > 1 else ""
    return (f"{row['connections']:,} connection{plural}{idle}, a line of "
            f"{size} in flight on each")


def echo_table(result):
    row = result["row"]
    stream = row["mode"] == "stream"
    yield words_of(row)
    unit = "MB/s" if stream else "us CPU"
    times = ("", "") if stream else ("p50 us", "p99 x")
    yield (f"  {'':22} {unit:>8} {'CPU x':>7} {'(least, most)':>14} "
           f"{'rate x':>7} {times[0]:>7} {times[1]:>6}").rstrip()
    for server in peers.SERVERS:
        found = sums.echo(result, server.key)
        if found is None:
            continue
        first = (found["rate"]["median"] / 1e6 if stream
                 else found["us"]["median"])
        cpu = found["cpu_x"]
        ends = f"({cpu['least']:.2f}, {cpu['most']:.2f})" if cpu else ""
        mark = "~" if found["disturbed"] else " "
        times = ("", "") if stream else (number(found["p50_us"]["median"]),
                                         ratio(found["p99_x"]))
        yield (f"{mark} {server.name:22} {number(first):>8} {ratio(cpu):>7} "
               f"{ends:>14} {ratio(found['rate_x']):>7} {times[0]:>7} "
               f"{times[1]:>6}").rstrip()
    for key, why in result["failed"].items():
        if why != "not made for that":
            yield f"  {name_of(key)}: {why}"[:WIDTH]


def name_of(key):
    return next(server.name for server in peers.SERVERS if server.key == key)


def cost_table(results):
    yield "bytes for an idle connection; system calls for an echo"
    yield (f"  {'':22} {'after 16 B':>12} {'after 16 KiB':>13} "
           f"{'calls, 1':>9} {'calls, 100':>11}")
    for server in peers.SERVERS:
        memory = results["memory"].get(server.key, {})
        counted = {c["connections"]: sums.calls_each(c)
                   for c in results["calls"].get(server.key, []) if c["each"]}
        if not memory and not counted:
            continue
        cells = [f"{memory[size]:,.0f}" if size in memory else "-"
                 for size in ("16", "16384")]
        cells += [f"{counted[n]:.2f}" if n in counted else "-"
                  for n in (1, 100)]
        yield (f"  {server.name:22} {cells[0]:>12} {cells[1]:>13} "
               f"{cells[2]:>9} {cells[3]:>11}")


def piece_tables(results):
    """Those who take part beside each other, a row for a question; who does not
    fit on a line comes in a second table."""
    everyone = [one for one in peers.PIECES
                if any(one.key in values for values in
                       results["pieces"].values())]
    for start in range(0, len(everyone), 5):
        some = everyone[start:start + 5]
        yield "pieces, ns of CPU time (medians)" if start == 0 else ""
        yield "  " + f"{'':26}" + "".join(
            f"{one.name[:9]:>10}" for one in some)
        for row, _, unit, _ in peers.PIECE_ROWS:
            cells = [sums.spread(results["pieces"].get(row, {})
                                 .get(one.key, [])) for one in some]
            words = SHORT[row] + (", bytes" if unit == "B" else "")
            yield "  " + f"{words:26}" + "".join(
                f"{number(cell['median']) if cell else '-':>10}"
                for cell in cells)
    if everyone:
        yield "  *: only switches; with the smallest scheduler round it"


SHORT = {"yield": "a yield, 2", "deep": "3 calls deep, 64",
         "mixed": "4 handlers mixed, 64", "spawn": "spawn, run, join",
         "live_1000": "1,000 live, each to its end",
         "live_order": "a yield, 10,000 in order",
         "live_shuffled": "the same, shuffled",
         "sleep_10k": "a sleep, 10,000", "sleep_100k": "a sleep, 100,000",
         "parked": "one that waits", "guarded": "guarded, at most 200,000"}


def lines(results):
    yield from head(results)
    for result in results["echo"]:
        yield ""
        yield from echo_table(result)
    if results["memory"] or results["calls"]:
        yield ""
        yield from cost_table(results)
    if any(results["pieces"].values()):
        yield ""
        yield from piece_tables(results)
    if results["missing"]:
        yield ""
    for one in results["missing"]:
        yield from textwrap.wrap(
            f"left out: {one['name']} (./setup bench brings {one['package']})",
            WIDTH, subsequent_indent="  ")
