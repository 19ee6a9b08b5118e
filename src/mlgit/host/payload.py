"""The payload of an event, as a file of JSON that a CI system or a person hands over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from mlgit.errors import UsageError
from mlgit.world.files import read_bytes

LARGEST_PAYLOAD = 5_000_000


def read_payload(file: Path) -> dict[str, Any]:
    """Return the payload of an event; raises `UsageError` (`trigger-payload`) when the file is none."""
    content = read_bytes(file)
    try:
        value = (
            msgspec.json.decode(content) if content is not None and len(content) < LARGEST_PAYLOAD else None
        )
    except (msgspec.DecodeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        what = "there is no such file" if content is None else "this is no payload of an event"
        raise UsageError("trigger-payload", what, where=str(file))
    return value
