"""What one job hands off to another as files: written without secrets, and not believed before it was looked at."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from mlgit.errors import UsageError
from mlgit.world.context import Context
from mlgit.world.files import read_regular, write_atomically

LARGEST = 100_000_000
"""Bytes that a file of a handoff may have."""
T = TypeVar("T")


def write_handoff(context: Context, path: Path, value: Any) -> str:
    """Write a value as JSON for another job, without secrets; return its SHA-256.

    Raises `ExternalError` when it cannot be written.
    """
    content = context.redactor.json(msgspec.json.encode(value))
    write_atomically(path, content)
    return sha256(content).hexdigest()


def read_handoff(folder: Path, name: str, form: type[T], *, hint: str, digest: str = "") -> T:
    """Return the value in the file `name` of a handoff.

    Raises `UsageError` when there is none (`handoff-missing`), and when it is none of this form, or another than the one
    with this SHA-256 (`handoff-refused`); `digest` is empty where nobody could have changed it.
    """
    if not (folder / name).exists():
        raise UsageError("handoff-missing", f"there is no {name} to go on with", hint=hint, where=str(folder))
    content = bounded(folder, name)
    if digest and sha256(content).hexdigest() != digest:
        what = name.removesuffix(".json")
        raise refused(folder / name, f"it is another {what} than the first job made")
    return decoded(content, form, folder / name)


def bounded(folder: Path, name: str, largest: int = LARGEST) -> bytes:
    """Return the content of the file `name` in a folder that was handed off.

    Raises `UsageError` for a name that leads out of the folder, for a link anywhere on the way, for what is missing or no
    file, and for more than `largest` bytes.
    """
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or not name.isprintable():
        raise refused(folder, f"{name[:200]!r} names no file in it")
    ways = [folder.joinpath(*parts[:end]) for end in range(1, len(parts) + 1)]
    if any(way.is_symlink() for way in ways):
        raise refused(ways[-1], "a file of it is a link")
    try:
        content = read_regular(ways[-1], largest + 1)
    except OSError as error:
        raise refused(ways[-1], "a file of it is missing") from error
    if len(content) > largest:
        raise refused(ways[-1], f"a file of it has more than {largest:,} bytes")
    return content


def decoded(content: bytes, form: type[T], path: Path) -> T:
    """Return a value of the handoff; raises `UsageError` when it is none of this form."""
    try:
        return msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused(path, str(error)) from error


def refused(place: Path, why: str) -> UsageError:
    """Return the error for a handoff that is not believed."""
    return UsageError(
        "handoff-refused",
        f"what the job before handed off is refused: {why}",
        hint="look at that job; mlgit sync renders the workflow as it should be",
        where=str(place),
    )
