"""The digests that DVC writes down: MD5 of a file or a folder, by the rules of DVC 3 and of what came before it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from mlgit.errors import UsageError
from mlgit.world.hashes import md5

CHUNK = 2**20
LOOKED_AT = 512
TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"


def content_digest(content: bytes, *, legacy: bool = False) -> str:
    """Return the digest of a content; `legacy`: as DVC 1 and 2 did, line ends of texts made the same."""
    chunks = (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))
    return stream_digest(chunks, legacy=legacy)


def stream_digest(chunks: Iterable[bytes], *, legacy: bool = False) -> str:
    """Return the digest of a content that comes in pieces of `CHUNK` bytes.

    DVC before 3 looked at the beginning of each piece to tell a text, so the size of the pieces matters.
    """
    running = md5(usedforsecurity=False)
    for chunk in chunks:
        running.update(chunk.replace(b"\r\n", b"\n") if legacy and is_text(chunk[:LOOKED_AT]) else chunk)
    return running.hexdigest()


def is_text(block: bytes) -> bool:
    """Tell whether DVC took a piece for text: no zero byte, and at most three bytes in ten outside of plain text."""
    if not block:
        return True
    return b"\0" not in block and len(block.translate(None, TEXT)) / len(block) <= 0.30


class Member(Struct, frozen=True):
    """One file of a folder: its path inside it and its digest."""

    relpath: str
    md5: str


def read_folder(content: bytes, name: str) -> tuple[Member, ...]:
    """Return the files of a folder; raises `UsageError` (`dvc-folder`) when the list is broken."""
    try:
        return msgspec.json.decode(content, type=tuple[Member, ...])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            "dvc-folder",
            f"{name} is not a list of files with md5 and relpath: {error}",
            hint="dvc fetch gets the object again",
            where=name,
        ) from error


def members_digest(members: Iterable[Member]) -> str:
    """Return the digest DVC gives a folder with these files, `.dir` at its end.

    DVC hashes the JSON text of the list in the order of its paths, with a space after each comma and colon.
    """
    ordered = sorted(members, key=lambda member: member.relpath)
    listed = ", ".join(
        f'{{"md5": {plain(member.md5)}, "relpath": {plain(member.relpath)}}}' for member in ordered
    )
    return md5(f"[{listed}]".encode(), usedforsecurity=False).hexdigest() + ".dir"


def plain(text: str) -> str:
    """Return a text as JSON with everything but ASCII escaped."""
    import json

    return json.dumps(text)
