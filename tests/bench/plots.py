"""plots: three pictures of what was measured, and the same in words beside
each: bench-echo (what an echo costs), bench-connections (the same for few and
for many), bench-pieces (the parts of a runtime)."""
import math
import os

import peers
import sums
from svg import Picture

WIDTH = 560
DASHES = ["6 4", "2 3", "10 4 2 4", "1 0", "8 3 2 3 2 3", "3 6"]


def where(results):
    c = results["conditions"]
    return f"{c['processor']}, Linux {c['kernel'].split('-')[0]}, {c['date']}"


def echo(results):
    """Bars: CPU time of the server for an echo, to raw epoll's."""
    result = sums.row_of(results, 100, 16)
    found = [(server, sums.echo(result, server.key))
             for server in peers.SERVERS] if result else []
    found = sorted(((server, f["cpu_x"]) for server, f in found
                    if f and f["cpu_x"]), key=lambda one: one[1]["median"])
    if not found:
        return None
    most = max(cpu["most"] for _, cpu in found)
    picture = Picture("bench-echo", WIDTH, 96 + 26 * len(found),
                      "What an echo costs the server")
    picture.text(16, 28, "CPU time of the server for an echo, raw epoll = 1",
                 "head")
    picture.text(16, 48, "100 connections, 16 bytes; median, and a line from "
                 "the least to the most", "quiet")
    left, scale = 176, (WIDTH - 176 - 64) / most
    for i, (server, cpu) in enumerate(found):
        y, ours = 66 + 26 * i, server.key == peers.OURS
        picture.text(left - 10, y + 14, server.name,
                     "end strong" if ours else "end")
        picture.bar(left, y + 1, cpu["median"] * scale, 17,
                    "ours" if ours else "other")
        picture.line(left + cpu["least"] * scale, y + 9.5,
                     left + cpu["most"] * scale, y + 9.5, "mark")
        picture.text(left + cpu["most"] * scale + 8, y + 14,
                     f"{cpu['median']:.2f}", "strong" if ours else "")
        picture.say(f"{server.name}: {cpu['median']:.2f} times raw epoll.")
    bottom = 66 + 26 * len(found)
    picture.line(left + scale, 58, left + scale, bottom, "line")
    picture.text(16, bottom + 18, where(results), "quiet")
    return picture


def connections(results):
    """Lines: the same over the number of connections, both logarithmic."""
    counts = [n for n in (1, 10, 100, 1000, 10000)
              if sums.row_of(results, n, 16)]
    lines = []
    for server in peers.SERVERS:
        points = [(n, f["cpu_x"]["median"]) for n in counts
                  if (f := sums.echo(sums.row_of(results, n, 16), server.key))
                  and f["cpu_x"]]
        if server.key != peers.YARDSTICK and points and \
                server.when > peers.FULL:
            lines.append((server, points))
    if not lines or len(counts) < 2:
        return None
    picture = Picture("bench-connections", WIDTH, 400,
                      "What an echo costs, for few connections and for many")
    picture.text(16, 28, "CPU time of the server for an echo, raw epoll = 1",
                 "head")
    picture.text(16, 48, "16 bytes, by the number of connections", "quiet")
    high = max(value for _, points in lines for _, value in points) * 1.1
    low = min(0.9, *(value for _, points in lines for _, value in points))

    def x_of(n):
        return 50 + (WIDTH - 50 - 180) * math.log10(n / counts[0]) / \
            math.log10(counts[-1] / counts[0])

    def y_of(value):
        return 330 - 250 * math.log(value / low) / math.log(high / low)

    for value in (0.5, 1, 1.5, 2, 3, 4, 6, 8):
        if low <= value <= high:
            picture.line(44, y_of(value), WIDTH - 170, y_of(value), "line")
            picture.text(38, y_of(value) + 4, f"{value:g}", "quiet end")
    for n in counts:
        picture.text(x_of(n), 354, f"{n:,}", "quiet middle")
    draw_lines(picture, lines, x_of, y_of)
    picture.text(16, 386, where(results), "quiet")
    return picture


def draw_lines(picture, lines, x_of, y_of):
    below = -100  # names do not cover each other
    lines = sorted(lines, key=lambda one: y_of(one[1][-1][1]))
    for i, (server, points) in enumerate(lines):
        ours = server.key == peers.OURS
        picture.path([(x_of(n), y_of(value)) for n, value in points],
                     "path own" if ours else "path",
                     "" if ours else DASHES[i % len(DASHES)])
        last_n, last = points[-1]
        below = max(y_of(last) + 4, below + 17)
        picture.line(x_of(last_n) + 3, y_of(last), WIDTH - 158, below - 4,
                     "line")
        picture.text(WIDTH - 154, below, server.name,
                     "strong" if ours else "")
        picture.say(f"{server.name}: " + ", ".join(
            f"{value:.2f} with {n:,}" for n, value in points) + ".")


def pieces(results):
    """Coins with letters on a logarithmic line for each question."""
    rows = [row for row in peers.PIECE_ROWS
            if row[2] == "ns" and
            any(results["pieces"].get(row[0], {}).values())]
    everyone = [one for one in peers.PIECES if any(
        results["pieces"][row[0]].get(one.key) for row in rows)]
    if not rows or not everyone:
        return None
    top, step = 84, 46
    bottom = top + step * len(rows)
    picture = Picture("bench-pieces", WIDTH, bottom + 92,
                      "What the parts of a runtime cost")
    picture.text(16, 28, "Nanoseconds of CPU time for one", "head")
    picture.text(16, 48, "each line logarithmic; further left is faster",
                 "quiet")

    def x_of(ns):
        return 30 + (WIDTH - 60) * min(max(math.log10(ns / 3), 0) /
                                       math.log10(1e5 / 3), 1)

    for ns in (10, 100, 1000, 10000, 100000):
        picture.line(x_of(ns), top - 14, x_of(ns), bottom - 14, "line")
        picture.text(x_of(ns), bottom, f"{ns:,}", "quiet middle")
    for i, (row, words, _, _) in enumerate(rows):
        y = top + step * i
        picture.text(16, y, words, "")
        picture.line(30, y + 18, WIDTH - 30, y + 18, "line")
        put_coins(picture, results["pieces"][row], everyone, words, x_of,
                  y + 18)
    x, y = 24, bottom + 24
    for one in everyone:
        wide = 34 + 6.8 * len(one.name)
        if x + wide > WIDTH:
            x, y = 24, y + 24
        picture.coin(x, y, letter_of(one),
                     "ours" if one.key == "runtime" else "")
        picture.text(x + 13, y + 4, one.name, "quiet")
        x += wide
    picture.text(16, bottom + 80, where(results) + "; *: no scheduler of its "
                 "own", "quiet")
    return picture


def letter_of(one):
    return {"runtime": "K", "boost_context": "B", "boost_fiber": "F",
            "state_threads": "S", "pth": "P", "pcl": "C", "ucontext": "U",
            "go": "G", "asyncio": "A"}[one.key]


def put_coins(picture, values, everyone, words, x_of, y):
    """The kit's own last, so that it lies on top."""
    found = [(one, sums.spread(values.get(one.key, []))) for one in everyone]
    found = [(one, spread["median"]) for one, spread in found if spread]
    for one, ns in reversed(found):
        picture.coin(x_of(ns), y, letter_of(one),
                     "ours" if one.key == "runtime" else "")
    picture.say(f"{words[0].upper()}{words[1:]}: " + ", ".join(
        f"{one.name.rstrip('*')} {ns:,.0f} ns" for one, ns in found) + ".")


def write(results, out):
    os.makedirs(out, exist_ok=True)
    for draw in (echo, connections, pieces):
        picture = draw(results)
        if picture:
            with open(f"{out}/{picture.name}.svg", "w") as file:
                file.write(str(picture))
            with open(f"{out}/{picture.name}.txt", "w") as file:
                file.writelines(f"{s}\n" for s in picture.sentences)
