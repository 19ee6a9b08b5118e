"""Paths as DVC's files write them, turned into paths from the root of the repository."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@lru_cache(maxsize=2**16)
def joined(*parts: str) -> str | None:
    """Return the parts as one path from the root of the repository; None when it leads out of it.

    >>> joined("models/churn", "..", "data.csv")
    'models/data.csv'
    """
    if any(URL.match(part) or posixpath.isabs(part) for part in parts):
        return None
    path = posixpath.normpath(posixpath.join("", *parts))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path


def folder_of(path: str) -> str:
    """Return the folder of a file; empty for the root."""
    return posixpath.dirname(path)


def below(folder: str, path: str) -> bool:
    """Tell whether `path` is `folder` or lies in it; everything lies in the root, the empty folder."""
    return not folder or path == folder or path.startswith(folder + "/")


def around(path: str) -> list[str]:
    """Return the folders that a path lies in, the nearest first, the root (the empty one) last.

    An absolute path ends at its own root instead, which no path of the repository lies in.

    >>> around("models/churn/dvc.yaml")
    ['models/churn', 'models', '']
    """
    found: list[str] = []
    while path:
        above = posixpath.dirname(path)
        if above == path:
            break
        found.append(above)
        path = above
    return found


class SortedPaths:
    """Many paths, to be asked whether one is among them and which lie below a folder."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._known = frozenset(paths)
        self._sorted = sorted(self._known)

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def below(self, folder: str) -> list[str]:
        """Return the paths inside a folder, sorted; all of them for the root, the empty folder."""
        if not folder:
            return self._sorted
        start = bisect_left(self._sorted, folder + "/")
        return self._sorted[start : bisect_left(self._sorted, folder + "0")]  # "0" follows "/"


def touches(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one lies in the other."""
    return below(one, other) or below(other, one)
