"""sums: medians, spreads and ratios, of the plain figures that measure.py has
found. The table and the plots show what this says and nothing else."""
import statistics

import peers


def spread(values):
    """Median, least and most; None of none."""
    if not values:
        return None
    return {"median": statistics.median(values), "least": min(values),
            "most": max(values), "n": len(values)}


def us(figures):
    """CPU time of the server for a reply (streaming: for a byte), in us."""
    return figures["cpu_s"] / figures["replies"] * 1e6


def rate(figures):
    return figures["replies"] / figures["seconds"]


def ratios(own, yardstick, figure, is_yardstick):
    """Of each slice to the yardstick's slice beside it. The yardstick's own are
    to its slice before: what differs there is noise."""
    found = []
    for figures in own:
        beside = figures["beside"]
        if not is_yardstick:
            other = figure(yardstick[beside])
        elif beside >= 0:
            other = figure(yardstick[beside])
        else:
            continue
        if other > 0:
            found.append(figure(figures) / other)
    return found


def echo(result, key):
    """What a server's slices in a row come to; None if it was not in it."""
    own = result["slices"].get(key)
    yardstick = result["slices"].get(peers.YARDSTICK)
    if not own or not yardstick:
        return None
    summed = {"us": spread([us(s) for s in own]),
              "rate": spread([rate(s) for s in own]),
              "disturbed": sum(s["disturbed"] for s in own),
              "slices": len(own)}
    for name, figure in (("cpu_x", us), ("rate_x", rate),
                         ("p50_x", lambda s: s["p50_us"]),
                         ("p99_x", lambda s: s["p99_us"]),
                         ("p999_x", lambda s: s["p999_us"])):
        summed[name] = spread(ratios(own, yardstick, figure,
                                     key == peers.YARDSTICK))
    for name in ("p50_us", "p99_us", "p999_us"):
        summed[name] = spread([s[name] for s in own])
    return summed


def row_of(results, connections, size, idle=0, mode="lines"):
    """The results of one row; None if it was not measured."""
    wanted = {"connections": connections, "bytes": size, "idle": idle,
              "mode": mode}
    for result in results["echo"]:
        if result["row"] == wanted:
            return result
    return None


def calls_each(counted):
    return sum(counted["each"].values())


def disturbed(results):
    """Slices, and those of them that somebody disturbed in spite of all."""
    every = [s for result in results["echo"]
             for own in result["slices"].values() for s in own]
    return len(every), sum(s["disturbed"] for s in every)
