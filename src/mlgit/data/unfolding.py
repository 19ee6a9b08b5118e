"""Small files that hold far more than they are: told before they are read, so that none fills the memory or takes hours.

A Parquet file keeps a text once for a million rows, and gzip packs a thousand equal bytes into one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgit.data.sql import literal_path, quoted_text, select
from mlgit.errors import UsageError

MOST_BYTES = 500_000_000
MOST_TIMES = 100
"""What a file of honest rows is never: so many bytes, and so many times its own size; texts that repeat make it 20 times."""
VALUE_BYTES = 8
GZIP_TIMES = 1032
"""What gzip packs at most (https://www.zlib.net/zlib_tech.html)."""
CHUNK = 1_000_000
LENGTHS = {"VARCHAR": "strlen", "BLOB": "octet_length"}


def refuse_unfolded(unfolded: int, size: int, shown: str) -> None:
    """Raise `UsageError` (`data-unfolds`) when a file of `size` bytes holds `unfolded` bytes, or more, and is no honest table."""
    if unfolded <= max(MOST_BYTES, MOST_TIMES * size):
        return
    raise UsageError(
        "data-unfolds",
        f"the file has {size:,} bytes and unfolds to more than {unfolded:,}",
        hint="a table does not repeat itself so much: look where it came from, and write only the rows that are meant",
        where=shown,
    )


def refuse_unfolded_gzip(path: Path, shown: str, size: int) -> None:
    """Raise `UsageError` (`data-unfolds`) when a file of gzip holds far more than it is; one pass that keeps nothing."""
    import gzip

    if size * GZIP_TIMES <= MOST_BYTES:
        return
    unfolded = 0
    with gzip.open(path) as stream:
        while chunk := stream.read(CHUNK):
            unfolded += len(chunk)
            refuse_unfolded(unfolded, size, shown)


def refuse_unfolded_parquet(connection: Any, path: Path, shown: str, size: int) -> None:
    """Raise `UsageError` (`data-unfolds`) when a Parquet file holds far more than it is: by its footer, then by its texts.

    Only how long the texts are is looked at; none is written out.
    """
    file = quoted_text(literal_path(path))
    sizes = [
        f"coalesce(sum(num_values), 0) * {VALUE_BYTES}",
        "coalesce(sum(total_uncompressed_size), 0)",
    ]
    (values, pages) = connection.execute(select(sizes, f"parquet_metadata({file})")).fetchone()
    refuse_unfolded(max(int(values), int(pages)), size, shown)
    described = connection.execute(
        f"DESCRIBE {select(['*'], f'read_parquet({file}, hive_partitioning=false)')}"
    )
    kinds = [str(row[1]) for row in described.fetchall()]
    lengths = [f"coalesce(sum({LENGTHS[one]}(c{n})), 0)" for n, one in enumerate(kinds) if one in LENGTHS]
    if lengths:
        names = ", ".join(f"c{index}" for index in range(len(kinds)))
        reader = f"read_parquet({file}, hive_partitioning=false) AS file({names})"
        (texts,) = connection.execute(select([" + ".join(lengths)], reader)).fetchone()
        refuse_unfolded(int(texts), size, shown)
