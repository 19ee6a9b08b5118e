"""What the content of a path is at one moment: a digest to hold against what dvc.lock recorded."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from mlgit.dvc.lockfile import Entry


class Finding(Struct, frozen=True, kw_only=True):
    """A digest; or `missing`: there is no such path; or `unknown`: why it cannot be told.

    `bring` is the command that brings what Git names and this clone has not.
    """

    digest: str = ""
    missing: bool = False
    unknown: str = ""
    bring: str = ""


MISSING = Finding(missing=True)


class Evidence(Protocol):
    """Tells the content of a path at one moment."""

    def dependency(self, path: str, recorded: Entry | None) -> Finding:
        """Return the digest of what a stage reads; `recorded` is what dvc.lock says of it."""

    def output(self, path: str, recorded: Entry, *, cached: bool) -> Finding:
        """Return the digest of what a stage wrote; `cached`: DVC keeps it."""


def not_initialised(submodule: str) -> Finding:
    """Return that nothing can be told of what lies in a submodule that is not here."""
    return Finding(
        unknown=f"{submodule} is a submodule, and its commit is not here",
        bring=f"git submodule update --init {submodule}",
    )
