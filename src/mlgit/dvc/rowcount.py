"""Count the rows of a table from its bytes: CSV by its lines, Parquet by DuckDB from the number in its footer."""

from __future__ import annotations

MAGIC = b"PAR1"


def can_count(path: str) -> bool:
    """Tell whether the rows of a file of this name can be counted cheaply."""
    return path.lower().endswith((".csv", ".tsv", ".parquet"))


def count(content: bytes, path: str) -> int | None:
    """Return the number of rows, the header of a CSV left out; None when the content is no such table."""
    if path.lower().endswith(".parquet"):
        return parquet_rows(content)
    return csv_rows(content, "\t" if path.lower().endswith(".tsv") else ",")


def csv_rows(content: bytes, separator: str = ",") -> int | None:
    """Return the number of rows below the header; None when it is not text in UTF-8."""
    if b'"' not in content:
        lines = content.count(b"\n") + (not content.endswith(b"\n"))
        return max(lines - 1 - blank_lines(content), 0) if content else 0
    import csv

    try:
        rows = csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), delimiter=separator)
        return max(sum(1 for row in rows if row) - 1, 0)
    except (UnicodeDecodeError, csv.Error):
        return None


def blank_lines(content: bytes) -> int:
    """Return how many lines of a text without quotes hold nothing."""
    doubled = content.count(b"\n\n") or content.count(b"\n\r\n") or content[:1] in b"\r\n"
    return sum(not line.strip() for line in content.splitlines()) if doubled else 0


def parquet_rows(content: bytes) -> int | None:
    """Return the number of rows that the footer of a Parquet file states; None when it is none, or without DuckDB."""
    if content[:4] != MAGIC or content[-4:] != MAGIC:
        return None
    try:
        import duckdb
    except ImportError:
        return None
    from mlgit.world.staging import scratch

    settings = {"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
    with scratch() as folder, duckdb.connect(config=settings) as connection:
        file = folder / "table.parquet"
        file.write_bytes(content)
        try:
            row = connection.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(file)]).fetchone()
        except duckdb.Error:
            return None
    return None if row is None else int(row[0])
