"""Output on a terminal that is not UTF-8: what its encoding has no sign for is written as JSON escapes it."""

from __future__ import annotations

import codecs
import io

HANDLER = "mlgit-escaped"


def escaped(error: UnicodeError) -> tuple[str, int]:
    """Return the signs that cannot be encoded as escapes, and where to go on; they are valid in JSON, too."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (units[place : place + 2].hex() for place in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), error.end


def write_any_text(*streams: object) -> None:
    """Let streams take every text, whatever their encoding."""
    codecs.register_error(HANDLER, escaped)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
