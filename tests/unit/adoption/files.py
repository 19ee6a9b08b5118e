"""Files of a repository for a test, without a repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlgit.adoption.standing import Standing


@dataclass(frozen=True)
class Texts:
    """A snapshot of texts by their paths."""

    texts: Mapping[str, str]
    name: str = "files"
    commit: str | None = None

    def paths(self) -> frozenset[str]:
        return frozenset(self.texts)

    def oid(self, path: str) -> str | None:
        return None

    def read(self, paths: Iterable[str]) -> dict[str, bytes]:
        return {path: self.texts[path].encode() for path in paths if path in self.texts}

    def submodules(self) -> dict[str, str]:
        return {}


def standing(texts: Mapping[str, str]) -> Standing:
    return Standing(Texts(texts))
