"""Asks SQLite whether the database of a stopped accessd is whole."""

import sqlite3
import sys

database = sqlite3.connect(sys.argv[1])
print(database.execute("PRAGMA integrity_check").fetchone()[0])
print(len(database.execute("PRAGMA foreign_key_check").fetchall()))
