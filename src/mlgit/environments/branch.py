"""How the default branch of a clone without a remote is moved while its files are on disk."""

from __future__ import annotations

from collections.abc import Callable

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.refs.publish import HEADS
from mlgit.refs.swap import tip


def mover_of(repository: Repository, remote: str, branch: str) -> Callable[[str, str | None], bool] | None:
    """Return how the branch is moved where its files are on disk; None: by a swap alone.

    Files that lag behind their branch would take the change back with the next commit, so they are brought along as a
    pull would; Git refuses where somebody edited them.
    """
    if (
        remote
        or HEADS + branch not in repository.run("symbolic-ref", "--quiet", "HEAD", check=False).text.split()
    ):
        return None

    def move(new: str, old: str | None) -> bool:
        if tip(repository, "", HEADS + branch) != old:
            return False
        done = repository.write("merge", "--ff-only", "--quiet", "--no-verify-signatures", new, check=False)
        if done.exit_code == 0:
            return tip(repository, "", HEADS + branch) == new
        if tip(repository, "", HEADS + branch) != old or "index.lock" in done.error_text:
            return False
        raise ExternalError(
            "branch-dirty",
            f"{branch} is checked out here and cannot be moved: {done.error_text.splitlines()[0]}",
            hint="git stash, or git commit what you changed below deploy/",
        )

    return move
