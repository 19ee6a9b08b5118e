"""Streams of Arrow IPC (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format), read and written by pyarrow.

A few kilobytes of a stream can claim gigabytes: compressed buffers, rows without any buffer, one long text in a dictionary that each
row names. So compressed streams and more rows than the limit are refused before anything is decoded, and texts are counted. Loading pyarrow
costs memory, so it is loaded by the first such request.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from mlgit.serving.exchange import CLOSE, Limits, Problem, too_large
from mlgit.serving.predictor import Answers, named

KIND = b"application/vnd.apache.arrow.stream"
CONTINUES = 0xFFFFFFFF
RECORD_BATCH, DICTIONARY_BATCH = 3, 2
"""Kinds of a message's header (Message.fbs)."""
EXTRA = "this server reads no Arrow: pip install 'mlgit[arrow]'"


def read(body: bytes, limits: Limits) -> dict[str, Any]:
    """Return the columns of a stream: arrays of numbers, lists of the rest; raises `Problem` (400, 413, 415, 422)."""
    require_small(body, limits)
    pyarrow = library()
    try:
        with pyarrow.ipc.open_stream(pyarrow.py_buffer(body)) as stream:
            require_flat(pyarrow.types, stream.schema)
            table = stream.read_all()
        table.validate(full=True)
        found = {name: values(pyarrow, table.column(name)) for name in table.column_names}
    except Problem:
        raise
    except (
        Exception
    ) as error:  # pyarrow raises OSError, ValueError, UnicodeDecodeError and classes of its own
        why = str(error).partition("\n")[0][:200]
        raise Problem(400, "body-arrow", f"the body is no stream of Arrow IPC: {why}") from error
    if sum(len(one) for column in found.values() for one in column if type(one) is str) > limits.body:
        raise too_large(limits)
    return found


def library() -> Any:
    """Return pyarrow; raises `Problem` (415) where it is not installed."""
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        raise Problem(415, "media-type", EXTRA, headers=CLOSE) from error
    return pyarrow


def require_flat(types: Any, schema: Any) -> None:
    """Raise `Problem` (422) for a column that is not one value a row, and for two of one name."""
    for field in schema:
        name = repr(field.name[:80])
        if not is_flat(types, field.type):
            raise Problem(
                422, "body-form", f"the column {name} is {field.type}, which no column of a table is"
            )
        if schema.names.count(field.name) > 1:
            raise Problem(422, "body-form", f"two columns are called {name}")


def is_flat(types: Any, kind: Any) -> bool:
    """Tell whether a type of Arrow is one value a row: a number, a text, a boolean, a date or a time."""
    kind = kind.value_type if types.is_dictionary(kind) else kind
    known = (
        types.is_integer,
        types.is_floating,
        types.is_boolean,
        types.is_date,
        types.is_timestamp,
        types.is_null,
    )
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    return any(is_kind(kind) for is_kind in (*known, *texts))


def values(pyarrow: Any, column: Any) -> Any:
    """Return a column: an array where it is numbers without a gap, else a list with None for no value."""
    types = pyarrow.types
    if not column.null_count and (types.is_integer(column.type) or types.is_floating(column.type)):
        return column.to_numpy()
    if types.is_date(column.type) or types.is_timestamp(column.type):
        return moments(
            column.cast(
                pyarrow.timestamp("us", "UTC" if in_zone(column.type) else None), safe=False
            ).to_pylist()
        )
    return column.to_pylist()


def in_zone(kind: Any) -> bool:
    """Tell whether times have a zone: they are read in UTC, as those of a Parquet file, which does not keep the zone."""
    return bool(getattr(kind, "tz", None))


def moments(found: Sequence[datetime | None]) -> list[str | None]:
    """Return times as a request writes them; where all are midnights they are dates, for which pandas has no other type."""
    dates = all(one is None or one.time() == time.min for one in found)
    return [None if one is None else str(one.date()) if dates else one.isoformat() for one in found]


def require_small(body: bytes, limits: Limits) -> None:
    """Raise `Problem` for a stream that would grow: compressed (422), or of more rows than the limit (413)."""
    rows = 0
    try:
        for length, compressed in batches(body):
            if compressed:
                raise Problem(422, "body-form", "the stream is compressed: send it without compression")
            rows += length
            if length < 0 or rows > limits.rows:
                raise Problem(413, "rows-many", f"a request has at most {limits.rows:,} rows")
    except (struct.error, ValueError) as error:
        raise Problem(400, "body-arrow", "the body is no stream of Arrow IPC, or was cut") from error


def batches(body: bytes) -> Iterator[tuple[int, bool]]:
    """Yield of each batch how many rows it claims, and whether it is compressed.

    Raises `struct.error` or `ValueError` for bytes that are no stream. A batch is a FlatBuffers table (Message.fbs).
    """
    at = 0
    while at < len(body):
        length = number(body, at, "I")
        if length == CONTINUES:
            at += 4
            length = number(body, at, "I")
        if not length:
            return
        message = body[at + 4 : at + 4 + length]
        table = number(message, 0, "I")
        size = field(message, table, 3)
        kind = field(message, table, 1)
        header = field(message, table, 2)
        if kind and header and number(message, kind, "B") in (RECORD_BATCH, DICTIONARY_BATCH):
            batch = header + number(message, header, "I")
            if number(message, kind, "B") == DICTIONARY_BATCH:
                inner = field(message, batch, 1)
                batch = inner + number(message, inner, "I")
            rows = field(message, batch, 0)
            yield number(message, rows, "q") if rows else 0, bool(field(message, batch, 3))
        skipped = number(message, size, "q") if size else 0
        if skipped < 0:
            raise ValueError(skipped)
        at += 4 + length + skipped


def field(message: bytes, table: int, index: int) -> int:
    """Return where a field of a FlatBuffers table is, 0 where it has its default.

    Source: https://flatbuffers.dev/internals.
    """
    listed = table - number(message, table, "i")
    if 4 + 2 * index >= number(message, listed, "H"):
        return 0
    offset = number(message, listed + 4 + 2 * index, "H")
    return table + offset if offset else 0


def number(content: bytes, at: int, form: str) -> int:
    """Return a little-endian whole number; raises `struct.error` or `ValueError` outside of the content."""
    if at < 0:
        raise ValueError(at)
    found: int = struct.unpack_from(f"<{form}", content, at)[0]
    return found


def write(answers: Answers) -> bytes:
    """Return answers as a stream of one batch: `prediction`, and `probability_CLASS` where there are classes.

    Raises `Problem` (415) where pyarrow is not installed.
    """
    pyarrow = library()
    table = pyarrow.table({name: array_of(values) for name, values in named(answers).items()})
    content = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(content, table.schema) as stream:
        stream.write_table(table)
    written: bytes = content.getvalue().to_pybytes()
    return written


def array_of(found: Any) -> Any:
    """Return a column of answers as pyarrow takes it: numbers and booleans as they are, everything else as texts."""
    return found if found.dtype.kind in "iufb" else [str(one) for one in found.tolist()]
