"""A forge without a server: pull requests, comments, checks and issues in the repository's own folder `.git/mlgit/forge`."""

from __future__ import annotations

from mlgit.git.repository import Repository
from mlgit.host.kept import KeptForge
from mlgit.refs.publish import branch_tip
from mlgit.world.files import resolved


class LocalForge(KeptForge):
    """The pull requests of one repository, kept beside its objects, seen from each of its work trees."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        common = repository.run("rev-parse", "--git-common-dir").text.strip()
        super().__init__(resolved(repository.root / common / "mlgit" / "forge"), repository.context.redactor)

    def tip(self, branch: str) -> str | None:
        """Return the newest commit of a branch of this repository."""
        return branch_tip(self._repository, "", branch)

    def file(self, path: str, branch: str) -> bytes | None:
        """Return the content of a file at a branch of this repository."""
        done = self._repository.run("cat-file", "blob", f"refs/heads/{branch}:{path}", check=False)
        return done.stdout if done.exit_code == 0 else None
