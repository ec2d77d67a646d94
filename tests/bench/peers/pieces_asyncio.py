"""pieces_asyncio: the rows of piece_rows.h for asyncio's tasks. A hundredth of
their operations, as each takes a hundred times as long."""
import asyncio
import random
import sys
import time

MOST, MANY, SLEEPS = 100000, 10000, 3
order = list(range(MANY))
random.Random(1).shuffle(order)


async def yield_often(each):
    for _ in range(each):
        await asyncio.sleep(0)


async def deep3():
    await asyncio.sleep(0)


async def deep2():
    await deep3()


async def deep(each):
    for _ in range(each):
        await deep2()


async def other(each):
    for _ in range(each):
        await deep3()


async def nothing():
    pass


async def yields(n, each, *kinds):
    start = time.process_time_ns()
    await asyncio.gather(*(kinds[order[i] % len(kinds)](each)
                           for i in range(n)))
    return (time.process_time_ns() - start) / n / each


async def spawn(n, rounds):
    start = time.process_time_ns()
    for _ in range(rounds):
        for task in [asyncio.create_task(nothing()) for _ in range(n)]:
            await task
    return (time.process_time_ns() - start) / n / rounds


async def wait_and_yield(gate, each):
    await gate.wait()
    await yield_often(each)


async def shuffled(each):
    gates = [asyncio.Event() for _ in range(MANY)]
    tasks = [asyncio.create_task(wait_and_yield(gate, each)) for gate in gates]
    await asyncio.sleep(0)
    for i in order:
        gates[i].set()
    start = time.process_time_ns()
    await asyncio.gather(*tasks)
    return (time.process_time_ns() - start) / MANY / each


async def sleeper(i):
    for _ in range(SLEEPS):
        await asyncio.sleep((20 + i % 100) / 1000)


async def sleep(n):
    start = time.process_time_ns()
    await asyncio.gather(*(sleeper(order[i % MANY]) for i in range(n)))
    return (time.process_time_ns() - start) / n / SLEEPS


def memory():
    with open("/proc/self/status") as status:
        return sum(int(line.split()[1]) * 1024 for line in status
                   if line.startswith(("VmRSS", "VmPTE")))


async def parked():
    gate = asyncio.Event()
    before = memory()
    tasks = [asyncio.create_task(gate.wait()) for _ in range(MANY)]
    await asyncio.sleep(0)
    after = memory()
    gate.set()
    await asyncio.gather(*tasks)
    return (after - before) / MANY


def main():
    scale = int(sys.argv[2])
    rows = {
        "yield": lambda: yields(2, 100000 // scale, yield_often),
        "deep": lambda: yields(64, 2000 // scale, deep),
        "mixed": lambda: yields(64, 2000 // scale, deep, other, yield_often),
        "spawn": lambda: spawn(1, 20000 // scale),
        "live_1000": lambda: spawn(1000, 20 // scale),
        "live_order": lambda: yields(MANY, 10 // scale, yield_often),
        "live_shuffled": lambda: shuffled(10 // scale),
        "sleep_10k": lambda: sleep(MANY),
        "sleep_100k": lambda: sleep(MOST),
        "parked": parked,
    }
    if sys.argv[1] not in rows:
        sys.exit(3)
    print(f"{asyncio.run(rows[sys.argv[1]]()):.2f}")


main()
