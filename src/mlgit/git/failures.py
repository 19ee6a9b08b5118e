"""What git refuses, as errors that say what helps."""

from __future__ import annotations

from mlgit.errors import ExternalError, UsageError
from mlgit.world.processes import Completed


def no_commit() -> UsageError:
    """Return the error for a repository before its first commit."""
    return UsageError("no-commit", "this repository has no commit yet", hint="git commit, then run it again")


def revision_unknown(revision: str) -> UsageError:
    """Return the error for a revision that names no commit."""
    return UsageError(
        "revision-unknown",
        f"{revision!r} names no commit in this repository",
        hint="git log --oneline --all shows the commits; a shallow clone, or one of a single branch, may lack it: "
        "git fetch --unshallow; git fetch origin '+refs/heads/*:refs/remotes/origin/*'",
    )


def git_failed(done: Completed) -> ExternalError:
    """Return the error for a git command that failed, with git's own first line."""
    words = done.error_text.splitlines() or [f"exit code {done.exit_code}"]
    if "dubious ownership" in done.error_text:
        return ExternalError(
            "git-owner",
            "the repository belongs to another user, and Git does not trust it",
            hint='git config --global --add safe.directory "$PWD"',
        )
    verb = next(
        word
        for word, before in zip(done.arguments[1:], done.arguments, strict=False)
        if "-c" not in (word, before)
    )
    return ExternalError("git-failed", f"git {verb} failed: {words[0]}")
