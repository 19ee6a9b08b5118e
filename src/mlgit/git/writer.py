"""The library of the writing side: GitPython, imported where it is needed, in an environment that is ours.

GitPython reads `os.environ` and lets the git that it starts inherit it, so what `git_environment` takes away is taken away
there too while it works. No hook of the user runs, no unsafe option or protocol is allowed, and a value of a user never
becomes an argument of `repo.git.<command>`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from mlgit.errors import ExternalError, MlgitError, UsageError
from mlgit.git.repository import Repository, git_environment
from mlgit.git.unlocked import unlocked
from mlgit.world.context import Context
from mlgit.world.exhausted import exhausted

if TYPE_CHECKING:
    from git.exc import GitError, ODBError

TIMEOUT = 120.0
NO_HOOKS = (("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"))
NOTHING: Mapping[str, str] = {}
NO_TEMPLATES = {"GIT_TEMPLATE_DIR": ""}
ROLES = ("AUTHOR", "COMMITTER")
IDENTITY = re.compile(r"(?P<name>.*) <(?P<email>.*)> (?P<date>[0-9]+ [+-][0-9]{4})")
LONG_NAME = re.compile(r"\b[0-9a-f]{64}\b")
"""An object of a repository that hashes by SHA-256."""
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
def git_library(
    context: Context, what: str, settings: Settings = NO_HOOKS, variables: Mapping[str, str] = NOTHING
) -> Iterator[None]:
    """Let GitPython see the environment that git may see, with these settings, and nothing else.

    Raises `ExternalError` when it fails, which says at `what`.
    """
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
        load_library()
        from git.exc import GitError, ODBError

        try:
            yield
        except (GitError, ODBError, OSError, ValueError) as error:
            raise failed(what, error) from error
    finally:
        replace_environment(before)


def load_library() -> None:
    """Import GitPython; its import asks git for a version, which fails where git cannot read its own settings.

    What it logs of an interruption is not for a person.
    """
    import logging

    logging.getLogger("git").setLevel(logging.CRITICAL)
    try:
        import git  # noqa: F401
    except ImportError as error:
        said = re.search(r"fatal: [^\n']+", str(error.__cause__))
        raise ExternalError("git-failed", f"git does not start: {said[0] if said else error}") from error


def replace_environment(environment: Mapping[str, str]) -> None:
    """Make the environment of this process exactly this one."""
    os.environ.clear()
    os.environ.update(environment)


def init(context: Context, folder: Path, *, templates: bool = True) -> None:
    """Make an empty repository with the branch `main` in `folder`; raises `ExternalError` when Git cannot.

    `templates`: with what the user's configuration puts into each new repository.
    """
    with git_library(context, "init", variables=NOTHING if templates else NO_TEMPLATES):
        from git import Repo

        Repo.init(folder, initial_branch="main").close()


def clone(context: Context, source: Path, commit: str, folder: Path) -> Repository:
    """Check a commit of the repository `source` out in `folder`, which must not exist; its objects stay where they are.

    No hook runs, no template is copied, and submodules are left empty. Raises `ExternalError` when Git cannot.
    """
    with git_library(context, "clone", variables=NO_TEMPLATES):
        from git import Repo

        with Repo.clone_from(str(source), folder, shared=True, no_checkout=True) as copy:
            copy.head.set_reference(copy.commit(commit))
            copy.head.reset(working_tree=True)
            with copy.config_writer() as configuration:
                configuration.set_value("core", "hooksPath", "/dev/null")
    return Repository(context, folder)


def commit_files(context: Context, folder: Path, message: str) -> str:
    """Commit every file of a repository that Git does not ignore and return the commit.

    Raises `UsageError` (`git-identity`) when Git knows no name to put on it; everything is in the index then.
    """
    with git_library(context, "commit"), unlocked(Repository(context, folder)):
        from git import Actor, Repo

        with Repo(folder) as opened:
            changed = [one.a_path for one in opened.index.diff(None) if one.a_path]
            opened.index.add([*opened.untracked_files, *changed])
            author, committer = (identity(Repository(context, folder), role) for role in ROLES)
            made = opened.index.commit(
                message,
                author=Actor(*author[:2]),
                author_date=author[2],
                committer=Actor(*committer[:2]),
                commit_date=committer[2],
                skip_hooks=True,
            )
            return made.hexsha


def identity(repository: Repository, role: str) -> tuple[str, str, str]:
    """Return name, address and date (seconds since the epoch and time zone) that Git puts on a commit for a role.

    Git itself says it: GitPython makes a name up where there is none, and cannot read every date that Git can. Raises
    `UsageError` (`git-identity`) when Git knows no name.
    """
    done = repository.run("var", f"GIT_{role}_IDENT", check=False)
    found = IDENTITY.fullmatch(done.text.strip())
    if done.exit_code != 0 or found is None:
        raise UsageError(
            "git-identity",
            "Git does not know whose commit this is",
            hint='git config --global user.name "Your Name" && git config --global user.email you@example.org',
        )
    return found["name"], found["email"], found["date"]


def push(
    repository: Repository, remote: str, ref: str, commit: str, old: str | None, *, settings: Settings = ()
) -> PushAnswer:
    """Push a commit to a ref of the remote that still has to be at `old` (None: not exist); return the answer.

    GitPython cannot read what became of a ref that is pushed by a commit's name, so that Git fails is all that counts.
    Raises `ExternalError` where a disk is full, here or there.
    """
    with unlocked(repository), git_library(repository.context, "push", (*NO_HOOKS, *settings)):
        from git import Remote, RemoteProgress, Repo
        from git.exc import GitError

        words, lease = RemoteProgress(), f"{ref}:{old or ''}"
        try:
            with Repo(repository.root) as opened:
                Remote(opened, remote).push(
                    f"{commit}:{ref}", words, force_with_lease=lease, kill_after_timeout=TIMEOUT
                )
        except GitError as error:
            lines = [*words.other_lines, *words.error_lines, *words_of(error).splitlines()]
            text = "\n".join(lines)
            if lacking := exhausted(RuntimeError(text)):
                raise lacking from error
            return PushAnswer(accepted=False, text=text)
    return PushAnswer(accepted=True)


def words_of(error: Exception | None) -> str:
    """Return what git wrote on standard error before it failed."""
    written = str(getattr(error, "stderr", "") or error or "").strip()
    return written.removeprefix("stderr: ").strip("' \n")


def failed(what: str, error: GitError | ODBError | OSError | ValueError) -> MlgitError:
    """Return the error for a git command that failed, with git's own last line."""
    lines = words_of(error).splitlines() or [type(error).__name__]
    if LONG_NAME.search(lines[-1]):
        return UsageError(
            "git-sha256",
            f"git {what} failed: this repository names its objects by SHA-256, which neither GitPython nor DVC reads",
            hint="git init without --object-format=sha256",
        )
    telling = (line for line in lines if line.startswith(("fatal:", "error:")))
    return ExternalError("git-failed", f"git {what} failed: {next(telling, lines[-1])}")
