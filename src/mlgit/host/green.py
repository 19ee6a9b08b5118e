"""The newest commit of a branch that CI found good: what came after it has not passed yet, however often CI ran."""

from __future__ import annotations

from collections.abc import Iterable

from mlgit.host.forge import Forge

LOOKED_AT = 30
"""Commits that are asked about before nobody is taken to know."""


def newest_green(forge: Forge, commits: Iterable[str], check: str) -> str | None:
    """Return the first of `commits` whose newest check run of this name ended well, None when there is none.

    Raises `ExternalError` when the forge cannot be asked.
    """
    for commit in commits:
        newest = max(forge.checks(commit, check), key=lambda run: run.id, default=None)
        if newest is not None and newest.conclusion == "success":
            return commit
    return None
