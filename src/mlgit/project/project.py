"""A project: one repository, with what was read of it at any of its revisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlgit.config import reader as configuration_reader
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.reader import Reader
from mlgit.errors import UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.finding import find
from mlgit.git.repository import Repository
from mlgit.git.snapshot import Snapshot, WorkTreeSnapshot, snapshot
from mlgit.project.revision import Revision
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.project.sandbox import Sandbox


class Project:
    """A repository whose revisions share one cache of blobs, one reader and one DVC cache.

    The working tree is what it was when it was first read: who changes files looks at them through a new project.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.blobs = BlobCache(repository)
        self.cache = LocalCache(repository.root)
        self.reader = Reader(self.blobs, self.cache)
        self._revisions: dict[str | None, Revision] = {}

    @property
    def context(self) -> Context:
        """The outside as the repository sees it."""
        return self.repository.context

    @property
    def root(self) -> Path:
        """The top of the work tree."""
        return self.repository.root

    @classmethod
    def find(cls, context: Context) -> Project:
        """Return the project of the repository around the context's directory.

        Raises `UsageError` (`not-a-repository`) outside of one.
        """
        return cls(find(context))

    @classmethod
    def nearest(cls, context: Context) -> Project:
        """Return the project whose root is the nearest folder with a mlgit.yaml, here or above; Git need not know it.

        Raises `UsageError` (`config-missing`) when there is none.
        """
        for folder in (context.directory, *context.directory.parents):
            if (folder / configuration_reader.FILE).exists():
                return cls(Repository(context, folder))
        raise UsageError(
            "config-missing",
            f"there is no {configuration_reader.FILE} here or in a folder above",
            hint="mlgit init makes a repository that has one; mlgit data schema FILE needs none",
        )

    def at(self, revision: str | None = None) -> Revision:
        """Return the project at a commit, or as its files stand in the working tree (None).

        Raises `UsageError` (`revision-unknown`, `no-commit`) when `revision` names no commit.
        """
        if revision not in self._revisions:
            repository = self.repository
            files = WorkTreeSnapshot(repository) if revision is None else snapshot(repository, revision)
            self._revisions[revision] = self.of(files)
        return self._revisions[revision]

    def of(self, files: Snapshot) -> Revision:
        """Return the project at a snapshot that is known already, such as one of a pair."""
        return Revision(self.repository, self.reader, files)

    @contextmanager
    def sandbox(self) -> Iterator[Sandbox]:
        """Give a temporary folder, with the way to check revisions out there; it is gone afterwards."""
        from mlgit.project.sandbox import sandbox

        with sandbox(self.repository) as made:
            yield made
