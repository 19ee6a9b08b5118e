"""Git LFS: a small text stands in Git for a large file, whose content lies below `.git/lfs` once it was fetched.

Reference: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from mlgit.errors import MlgitError, UsageError
from mlgit.world.files import read_bytes

LONGEST = 1024
"""Bytes of a pointer; whatever is longer is none."""
MAXIMUM_BYTES = 256_000_000
POINTER = re.compile(
    rb"version https://(?:git-lfs|hawser)\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize ([0-9]+)\n?\Z"
)


class Pointer(Struct, frozen=True):
    """What a pointer says of its file: the SHA-256 of the content, and its bytes."""

    oid: str
    size: int


def pointer_of(content: bytes) -> Pointer | None:
    """Return what a content says as a pointer; None when it is a file as it is."""
    found = POINTER.match(content.replace(b"\r\n", b"\n")) if len(content) <= LONGEST else None
    return Pointer(found.group(1).decode(), int(found.group(2))) if found else None


def stored_object(git_folder: Path, pointer: Pointer) -> Path:
    """Return where the content of a pointer lies once it was fetched; `git_folder` is Git's common one."""
    return git_folder / "lfs" / "objects" / pointer.oid[:2] / pointer.oid[2:4] / pointer.oid


def fetched(git_folder: Path, pointer: Pointer) -> bytes | None:
    """Return the content of a pointer; None when it is not here, is too large, or is not what the pointer says."""
    if pointer.size > MAXIMUM_BYTES:
        return None
    try:
        content = read_bytes(stored_object(git_folder, pointer))
    except MlgitError:
        return None
    from hashlib import sha256

    return content if content is not None and sha256(content).hexdigest() == pointer.oid else None


def not_fetched(path: str) -> UsageError:
    """Return the error for a file of which only the pointer is here."""
    return UsageError(
        "lfs-pointer",
        f"{path} is a Git LFS pointer, and the file it stands for is not here",
        hint="git lfs pull",
    )


def refuse_pointer(place: Path, path: str) -> None:
    """Refuse a file on disk that is only a pointer: raises `UsageError` (`lfs-pointer`), `path` being what to call it."""
    if is_pointer(place):
        raise not_fetched(path)


def is_pointer(place: Path) -> bool:
    """Tell whether a file on disk is nothing but the pointer to another."""
    small = place.is_file() and place.stat().st_size <= LONGEST
    return small and pointer_of(place.read_bytes()) is not None
