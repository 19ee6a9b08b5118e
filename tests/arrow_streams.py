"""Columns as a stream of Arrow, as a client writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def streamed(columns: Mapping[str, Any]) -> bytes:
    """Columns of numbers or texts as a stream."""
    import pyarrow.ipc

    table = pyarrow.table(dict(columns))
    content = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(content, table.schema) as writer:
        writer.write_table(table)
    written: bytes = content.getvalue().to_pybytes()
    return written
