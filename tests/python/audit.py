"""Prints what a user did to tokens from the audit trail of an SQLite database: action, target and detail, a JSON line
each."""

import json
import sqlite3
import sys

database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=30)
rows = database.execute(
    "SELECT action, target, detail FROM audit_log"
    " WHERE actor LIKE '%/users/' || ? AND action LIKE '%token.%' ORDER BY entry",
    (sys.argv[2],),
)
for row in rows:
    print(json.dumps(row))
