"""Git's merge of three contents, which needs no repository."""

from __future__ import annotations

from mlgit.errors import ExternalError
from mlgit.git.repository import git_environment
from mlgit.world.context import Context
from mlgit.world.staging import scratch


def merge_contents(context: Context, mine: bytes, base: bytes, new: bytes) -> bytes | None:
    """Return `mine` with the change from `base` to `new` applied; None when both changed the same lines."""
    with scratch() as folder:
        for part, content in (("mine", mine), ("base", base), ("new", new)):
            (folder / part).write_bytes(content)
        done = context.processes.run(
            ("git", "merge-file", "--stdout", "--quiet", "mine", "base", "new"),
            directory=folder,
            environment=git_environment(context.environment),
        )
    if done.exit_code < 0 or done.exit_code > 127:
        raise ExternalError("git-failed", f"git merge-file failed: {done.error_text or done.exit_code}")
    return done.stdout if done.exit_code == 0 else None
