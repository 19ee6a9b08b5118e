"""The library of the writing side: GitPython, imported where it is needed, in an environment that is ours.

GitPython reads `os.environ` and lets the git that it starts inherit it, so what `git_environment` takes away is taken away
there too while it works. No hook of the user runs, no unsafe option or protocol is allowed, and a value of a user never
becomes an argument of `repo.git.<command>`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository, git_environment
from mlgit.world.context import Context

if TYPE_CHECKING:
    from git import Repo
    from git.exc import GitError

LONG = 3600.0
TIMEOUT = 120.0
NO_HOOKS = (("core.hooksPath", "/dev/null"),)
Settings = Sequence[tuple[str, str]]
"""Settings of Git for one call, by name: they stand in the environment, in no command line and no file."""


class PushAnswer(Struct, frozen=True, kw_only=True):
    """How a remote answered a push: whether it took it, and everything that Git wrote about it."""

    accepted: bool
    text: str = ""

    @property
    def reason(self) -> str:
        """The line that says why it was not taken."""
        lines = self.text.splitlines()
        telling = (line for line in lines if "remote:" in line or "rejected" in line or "fatal:" in line)
        return next(telling, lines[-1] if lines else "").strip()


@contextmanager
def git_library(context: Context, settings: Settings = NO_HOOKS, **variables: str) -> Iterator[None]:
    """Let GitPython see the environment that git may see, with these settings, and nothing else."""
    before = dict(os.environ)
    numbered = {
        f"GIT_CONFIG_{part}_{number}": text
        for number, pair in enumerate(settings)
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    ours = {
        **git_environment(context.environment),
        **numbered,
        "GIT_CONFIG_COUNT": f"{len(settings)}",
        **variables,
    }
    replace_environment(ours)
    try:
        yield
    finally:
        replace_environment(before)


def replace_environment(environment: Mapping[str, str]) -> None:
    """Make the environment of this process exactly this one."""
    os.environ.clear()
    os.environ.update(environment)


def init(context: Context, folder: Path) -> None:
    """Make an empty repository with the branch `main` in `folder`; raises `ExternalError` when Git cannot."""
    with git_library(context):
        from git import Repo
        from git.exc import GitError

        try:
            Repo.init(folder, initial_branch="main").close()
        except GitError as error:
            raise failed("init", error) from error


def clone(context: Context, source: Path, commit: str, folder: Path) -> Repository:
    """Check a commit of the repository `source` out in `folder`, which must not exist; its objects stay where they are.

    No hook runs, no template is copied, and submodules are left empty. Raises `ExternalError` when Git cannot.
    """
    with git_library(context, GIT_TEMPLATE_DIR=""):
        from git import Repo
        from git.exc import GitError

        try:
            with Repo.clone_from(str(source), folder, shared=True, no_checkout=True) as copy:
                copy.head.set_reference(copy.commit(commit))
                copy.head.reset(working_tree=True)
                with copy.config_writer() as configuration:
                    configuration.set_value("core", "hooksPath", "/dev/null")
        except (GitError, ValueError) as error:
            raise failed("clone", error) from error
    return Repository(context, folder)


def commit_all(context: Context, folder: Path, message: str) -> str | None:
    """Commit every file of a repository that Git does not ignore; return the commit, None when there is nothing new.

    The commit is of whom Git knows. Raises `UsageError` (`git-identity`) when Git knows no name to put on it.
    """
    with git_library(context):
        from git import Repo
        from git.exc import GitError

        try:
            with Repo(folder) as repository:
                changed = [
                    one.a_path for one in repository.index.diff(None) if one.a_path and not one.deleted_file
                ]
                repository.index.add([*repository.untracked_files, *changed])
                if repository.head.is_valid() and not repository.index.diff("HEAD"):
                    return None
                check_identity(repository)
                return repository.index.commit(message, skip_hooks=True).hexsha
        except (GitError, OSError) as error:
            raise failed("commit", error) from error


def check_identity(repository: Repo) -> None:
    """Raise `UsageError` (`git-identity`) when neither the environment nor a configuration says whose commit it is."""
    with repository.config_reader() as configuration:
        for part in ("name", "email"):
            if not os.environ.get(f"GIT_AUTHOR_{part.upper()}") and not configuration.get_value(
                "user", part, ""
            ):
                raise UsageError(
                    "git-identity",
                    "Git does not know whose commit this is",
                    hint='git config --global user.name "Your Name" && git config --global user.email you@example.org',
                )


def push(
    repository: Repository, remote: str, ref: str, commit: str, old: str | None, *, settings: Settings = ()
) -> PushAnswer:
    """Push a commit to a ref of the remote that still has to be at `old` (None: not exist); return the answer."""
    with git_library(repository.context, (*NO_HOOKS, *settings)):
        from git import PushInfo, Remote, Repo
        from git.exc import GitError

        logging.getLogger("git").setLevel(logging.CRITICAL)
        try:
            with Repo(repository.root) as opened:
                answers = Remote(opened, remote).push(
                    f"{commit}:{ref}", force_with_lease=f"{ref}:{old or ''}", kill_after_timeout=TIMEOUT
                )
        except GitError as error:
            return PushAnswer(accepted=False, text=words_of(error))
        refused = [
            one
            for one in answers
            if one.flags & (PushInfo.ERROR | PushInfo.REJECTED | PushInfo.REMOTE_REJECTED)
        ]
        if answers and not refused and answers.error is None:
            return PushAnswer(accepted=True)
        lines = [*(one.summary.strip() for one in refused), words_of(answers.error)]
        return PushAnswer(accepted=False, text="\n".join(line for line in lines if line))


def words_of(error: Exception | None) -> str:
    """Return what git wrote on standard error before it failed."""
    written = str(getattr(error, "stderr", "") or error or "").strip()
    return written.removeprefix("stderr: ").strip("' \n")


def failed(what: str, error: GitError | OSError | ValueError) -> ExternalError:
    """Return the error for a git command that failed, with git's own last line."""
    lines = words_of(error).splitlines() or [type(error).__name__]
    telling = (line for line in lines if line.startswith(("fatal:", "error:")))
    return ExternalError("git-failed", f"git {what} failed: {next(telling, lines[-1])}")
