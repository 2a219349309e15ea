"""Counts the tokens whose last use stands in the database of a running accessd."""

import sqlite3
import sys

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(database.execute("SELECT COUNT(*) FROM tokens WHERE last_used IS NOT NULL").fetchone()[0])
