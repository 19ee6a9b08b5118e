"""What plumbing commands of Git print, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from mlgit.errors import ExternalError

OBJECT_NAME = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
REGULAR = ("100644", "100755", "100664")
"""The modes of regular files; a symbolic link or a submodule is no file to read."""


class TreeEntry(msgspec.Struct, frozen=True):
    """A file in a commit: mode as Git writes it, the name of its blob, its path from the root of the repository."""

    mode: str
    oid: str
    path: str


class Difference(msgspec.Struct, frozen=True):
    """A path that differs; `oid` is its new blob, all zeros when only the disk has it, `mode` empty when it is gone.

    `before` is its old blob where it was and is a regular file of the same mode.
    """

    path: str
    mode: str
    oid: str
    before: str = ""


class Author(msgspec.Struct, frozen=True):
    """A commit: its name, who wrote it, when (ISO 8601), and its first line."""

    commit: str
    name: str
    date: str
    subject: str


def object_name(name: str) -> str:
    """Return `name` when it is a full hexadecimal object name; raises `ExternalError` otherwise."""
    if not OBJECT_NAME.match(name):
        raise ExternalError("object-name", f"{name!r} is not the name of a Git object")
    return name


def tree_entry(record: bytes) -> TreeEntry:
    """Parse one record of `git ls-tree -z`."""
    facts, path = record.split(b"\t", 1)
    mode, _, oid = facts.decode().split(" ", 2)
    return TreeEntry(mode, oid, path.decode("utf-8", "surrogateescape"))


def raw_differences(output: bytes) -> list[Difference]:
    """Parse the output of `git diff-tree --raw -z` and of `git diff-index`."""
    parts = output.split(b"\0")
    found = []
    for facts, path in zip(parts[::2], parts[1::2], strict=False):
        old_mode, mode, old, oid, status = facts.decode().removeprefix(":").split(" ")
        name = path.decode("utf-8", "surrogateescape")
        before = old if old_mode == mode and mode.startswith("100") else ""
        found.append(Difference(name, "" if status.startswith("D") else mode, oid, before))
    return found


def plain_name(path: str) -> bool:
    """Tell whether a path can stand on a line of its own for git, as it is."""
    return "\n" not in path and not path.startswith('"')


def batch_records(output: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Yield each object of `git cat-file --batch`: its name, its kind, what it holds; one that is missing is left out."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end].decode().split(" ")
        position = end + 1
        if len(header) != 3:
            continue
        size = int(header[2])
        yield header[0], header[1], output[position : position + size]
        position += size + 1
