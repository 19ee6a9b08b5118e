"""A commit checked out elsewhere, without touching the repository it comes from."""

from __future__ import annotations

from pathlib import Path

from mlgit.git.repository import Repository, git_environment, git_failed, object_name
from mlgit.world.context import Context

NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
LONG = 3600.0


def clone_commit(context: Context, repository: Repository, commit: str, folder: Path) -> Repository:
    """Check a commit out in `folder`, which must not exist; its objects stay where they are.

    No hook runs, and submodules are left empty. Raises `ExternalError` (`git-failed`) when Git cannot.
    """
    done = context.processes.run(
        (
            "git",
            *NO_HOOKS,
            "clone",
            "--quiet",
            "--shared",
            "--no-checkout",
            "--",
            str(repository.root),
            str(folder),
        ),
        directory=folder.parent,
        environment=git_environment(context.environment),
        timeout=LONG,
    )
    if done.exit_code != 0:
        raise git_failed(done)
    clone = Repository(context, folder)
    clone.run(*NO_HOOKS, "checkout", "--quiet", "--detach", object_name(commit), timeout=LONG)
    return clone
