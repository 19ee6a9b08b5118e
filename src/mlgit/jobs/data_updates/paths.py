"""The one file by which a commit has a table, and whether another content of it points to the same data."""

from __future__ import annotations

from mlgit.config.model import Table
from mlgit.dvc import pointer as pointers
from mlgit.git.snapshot import CommitSnapshot


def kept_path(moment: CommitSnapshot, table: Table) -> str:
    """Return the path that stands for a table in Git: its .dvc file, else the table itself; empty when it has neither."""
    paths = (table.path + pointers.SUFFIX, table.path)
    return next((path for path in paths if moment.oid(path) is not None), "")


def same_data(path: str, one: bytes, other: bytes) -> bool:
    """Tell whether two contents of a path stand for the same data; of a .dvc file the digest of the data counts."""
    if one == other or not pointers.is_pointer(path):
        return one == other
    return pointers.read(one, path).outputs[0].digest == pointers.read(other, path).outputs[0].digest


def digest_of(path: str, content: bytes) -> str:
    """Return the digest of the data that a content of a path stands for."""
    from mlgit.dvc.hashing import content_digest

    if pointers.is_pointer(path):
        return pointers.read(content, path).outputs[0].digest
    return content_digest(content, legacy=False)
