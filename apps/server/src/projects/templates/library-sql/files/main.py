"""Makes the tables of tables.sql in a new database, then runs queries.sql, one statement after the other."""

import sqlite3
import sys
from pathlib import Path

database = sqlite3.connect(":memory:")
database.execute("PRAGMA foreign_keys = ON")


def statements(file: str) -> list[str]:
    found, current = [], ""
    for line in Path(file).read_text(encoding="utf-8").splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current.strip())
            current = ""
    return found + ([current.strip()] if current.strip() else [])


def show(rows: list[tuple], names: list[str]) -> None:
    texts = [names] + [["–" if value is None else str(value) for value in row] for row in rows]
    widths = [max(len(row[place]) for row in texts) for place in range(len(names))]
    for number, row in enumerate(texts):
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
        print(f"\033[1m{line}\033[0m" if number == 0 else line)
    print()


try:
    database.executescript(Path("tables.sql").read_text(encoding="utf-8"))
    for statement in statements("queries.sql"):
        for comment in (line[2:].strip() for line in statement.splitlines() if line.startswith("--")):
            print(f"\033[36m{comment}\033[0m")
        cursor = database.execute(statement)
        if cursor.description is not None:
            show(cursor.fetchall(), [column[0] for column in cursor.description])
except sqlite3.Error as problem:
    sys.exit(f"SQLite says: {problem}")
