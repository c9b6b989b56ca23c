"""python3-filelock with its defaults (flock, polled every 50 ms). Speaks the protocol of Contenders/Worker.cs."""
import statistics
import sys
import time

from filelock import FileLock

lock = FileLock(sys.argv[1])
now = time.monotonic_ns


def loop(count):
    times = []
    for _ in range(count):
        before = now()
        lock.acquire()
        lock.release()
        times.append(now() - before)
    return int(statistics.median(times))


def cycle(hold, microseconds, start, end):
    count = worst = 0
    while now() < start:
        time.sleep(0.001)
    while now() < end:
        before = now()
        lock.acquire()
        held = now()
        worst = max(worst, held - before)
        if hold == "spin":
            while now() < held + microseconds * 1000:
                pass
        else:
            time.sleep(microseconds / 1e6)
        lock.release()
        count += 1
    return f"{count} {worst}"


def answer(text):
    print(text, flush=True)


released = 0
answer("ready")
for line in iter(sys.stdin.readline, ""):
    command, *words = line.split()
    if command == "loop":
        answer(loop(int(words[0])))
    elif command == "acquire":
        lock.acquire()
        answer(now())
    elif command == "release":
        released = now()
        lock.release()
    elif command == "when":
        answer(released)
    elif command == "cycle":
        answer(cycle(words[0], *map(int, words[1:])))
