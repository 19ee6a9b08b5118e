"""Read and make the list that stands for a folder in DVC's cache: a `.dir` object."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5

import msgspec
from msgspec import Struct

from mlgit.errors import UsageError


class Member(Struct, frozen=True):
    """One file of a folder: its path inside it and its digest."""

    relpath: str
    md5: str


def read(content: bytes, name: str) -> tuple[Member, ...]:
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


def digest_of(members: Iterable[Member]) -> str:
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
