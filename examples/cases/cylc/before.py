#!/usr/bin/env python3
"""A workflow writes its state into SQLite, as it usually does: the first "database is locked" or I/O error ends it.

usage: before.py DATABASE TASK...
"""
import sqlite3
import sys

database, tasks = sys.argv[1], sys.argv[2:]
connection = sqlite3.connect(database, timeout=0.2)
for task in tasks:
    with connection:
        connection.execute("INSERT INTO task_state VALUES(?, 'succeeded')", (task,))
print(f"{len(tasks)} tasks recorded")
