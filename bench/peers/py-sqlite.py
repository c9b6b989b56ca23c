"""Python's sqlite3 module with its defaults (deferred transactions, 5 s). Speaks the protocol of Contenders/SqliteWorker.cs."""
import random
import sqlite3
import sys
import time

journal, synchronous, file = sys.argv[1:]
connection = sqlite3.connect(file)
connection.execute(f"PRAGMA journal_mode={journal}")
connection.execute(f"PRAGMA synchronous={synchronous}")
connection.execute("CREATE TABLE IF NOT EXISTS t(writer TEXT, n INTEGER)")
connection.commit()
now = time.monotonic_ns


def write(n):
    try:
        with connection:
            connection.execute("INSERT INTO t VALUES(?, ?)", ("w", n))
        return 0
    except sqlite3.OperationalError:
        return 1


print("ready", flush=True)
for line in iter(sys.stdin.readline, ""):
    think, start, end = map(int, line.split()[1:])
    errors, times = 0, []
    while now() < start:
        time.sleep(0.001)
    while (before := now()) < end:
        errors += write(len(times))
        times.append((now() - before) // 1000)
        if think:
            time.sleep(random.random() * 2 * think / 1e6)
    print(errors, *times, flush=True)
