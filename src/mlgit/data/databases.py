"""What a query gives of a database in one file: SQLite or DuckDB, opened to read alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mlgit.errors import UsageError
from mlgit.text import first_line

SQLITE = b"SQLite format 3\0"
DUCKDB = b"DUCK"
DUCKDB_AT = 8
TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name",
    "duckdb": "SELECT table_name FROM information_schema.tables ORDER BY 1",
}
MOST_NAMES = 12


def is_database(head: bytes) -> bool:
    """Tell whether a file starts as a database does."""
    return head.startswith(SQLITE) or head[DUCKDB_AT:].startswith(DUCKDB)


def database_rows(
    path: Path, head: bytes, query: str, shown: str
) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """Return the names and the rows of a query; raises `UsageError` without one, and for one that fails."""
    if not is_database(head):
        raise UsageError(
            "data-no-database",
            "--query asks a SQLite or DuckDB database, and this is none",
            hint="leave --query out; a server is named by its address: --data postgresql://user@host/name",
            where=shown,
        )
    kind = "sqlite" if head.startswith(SQLITE) else "duckdb"
    try:
        if not query:
            _, names = asked(kind, path, TABLES[kind])
            raise unasked([str(one[0]) for one in names], shown)
        return asked(kind, path, query)
    except UsageError:
        raise
    except Exception as error:
        raise query_fails(error, shown) from error


def asked(kind: str, path: Path, query: str) -> tuple[list[str], list[Sequence[Any]]]:
    """Return what a database answers, without writing to it."""
    if kind == "sqlite":
        connection: Any = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    else:
        import duckdb

        connection = duckdb.connect(str(path), read_only=True)
    try:
        answer = connection.execute(query)
        return [column[0] for column in answer.description], answer.fetchall()
    finally:
        connection.close()


def query_fails(error: Exception, shown: str) -> UsageError:
    """Return the error for a query that a database does not answer."""
    return UsageError(
        "data-query",
        f"the query fails: {first_line(error)}",
        hint="try it in the database itself",
        where=shown,
    )


def unasked(names: list[str], shown: str) -> UsageError:
    """Return the error for a database without a query."""
    table = names[0] if names else "TABLE"
    listed = ", ".join(names[:MOST_NAMES]) or "none"
    return UsageError(
        "data-query-missing",
        f"this is a database, and no query says which rows are meant; its tables: {listed}",
        hint=f"--query 'SELECT * FROM {table}'",  # noqa: S608 - shown to a person, not run
        where=shown,
    )
