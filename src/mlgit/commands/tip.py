"""Where a proposal starts from: the newest commit of the default branch."""

from __future__ import annotations

from mlgit.commands.sync import configuration_at
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.refs.publish import branch_tip


def tip_of(repository: Repository, remote: str) -> tuple[str, str]:
    """Return the newest commit of the default branch, at the remote where one is named, and the branch's name.

    The mlgit.yaml that is checked out names the branch. Raises `UsageError` (`branch-unknown`) when there is none.
    """
    branch = configuration_at(repository.root).ci.branch
    tip = branch_tip(repository, remote, branch)
    if tip is None:
        raise UsageError(
            "branch-unknown",
            f"there is no branch {branch!r}" + (f" at {remote}" if remote else ""),
            hint="ci.branch in mlgit.yaml names the default branch; --local works without a remote",
        )
    return tip, branch
