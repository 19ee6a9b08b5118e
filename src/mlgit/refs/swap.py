"""The one compare-and-swap: a ref of this clone or of a remote moves only from where it was seen.

Several clones write the same refs at once. Whoever finds a ref elsewhere looks at it anew and tries again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from mlgit.errors import ExternalError, UsageError
from mlgit.git.failures import git_failed
from mlgit.git.plumbing import object_name
from mlgit.git.repository import Repository
from mlgit.git.writer import PushAnswer, push
from mlgit.refs.commits import FETCH
from mlgit.world.processes import Completed

PREFIX = "refs/mlgit/"
ATTEMPTS = 12
RIVAL = ("stale info", "cannot lock ref", "failed to update ref", "reference already exists", "fetch first")
"""What Git writes when another was quicker."""
NO_REMOTE = re.compile(r"^fatal: '([\w.-]+)' does not appear to be a git repository", re.MULTILINE)
"""What Git writes of a name that is no remote; what has a slash or a colon is an address that does not answer."""


def swap(repository: Repository, remote: str, ref: str, new: str, old: str | None) -> bool:
    """Point a ref to `new` if it still points to `old` (None: if it does not exist); tell whether it does now.

    `remote` empty: a ref of this clone. Raises `ExternalError` (`ref-push`) when the remote does not take it.
    """
    if old == new:
        return True
    if remote:
        return swap_at(repository, remote, ref, new, old)
    expected = object_name(old) if old else "0" * len(object_name(new))
    done = repository.write("update-ref", ref, object_name(new), expected, check=False)
    if done.exit_code == 0 or tip(repository, "", ref) == new:
        return True
    if any(words in done.error_text for words in RIVAL):
        return False
    raise git_failed(done)


def swap_at(repository: Repository, remote: str, ref: str, new: str, old: str | None) -> bool:
    """Move a ref of the remote; after a refusal the remote says whether it moved all the same."""
    answer = push(repository, remote, ref, object_name(new), old, settings=credentials(repository))
    if answer.accepted:
        return True
    standing = tip(repository, remote, ref)
    if standing == new:
        return True
    if standing != old or any(words in answer.text for words in RIVAL):
        return False
    raise refused(ref, answer)


def refused(ref: str, answer: PushAnswer) -> ExternalError:
    """Return the error for a ref that the remote does not take."""
    name = ref.removeprefix("refs/heads/")
    return ExternalError(
        "ref-push",
        f"the remote did not take {name}: {answer.reason}",
        hint="the job needs the right to write contents, and a protected branch has to let it push; where commits have "
        "to be signed, forge: {rules: {signatures: true}} in mlgit.yaml lets the host make them",
    )


def tip(repository: Repository, remote: str, ref: str) -> str | None:
    """Return the commit that a ref points to, None when there is none.

    That of a remote is fetched. Raises `ExternalError` when the remote does not answer, or when others write the ref
    faster than it can be read.
    """
    if not remote:
        done = repository.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", check=False
        )
        return done.text.strip() or None
    for _ in range(ATTEMPTS):
        listed = ask(repository, "ls-remote", "--end-of-options", remote, ref)
        if not listed.strip():
            return None
        commit = object_name(listed.split()[0])
        if repository.run("cat-file", "-e", f"{commit}^{{commit}}", check=False).exit_code == 0:
            return commit
        fetch(repository, *FETCH, remote, ref)
    raise busy(ref)


def ask(repository: Repository, *arguments: str) -> str:
    """Return what git answers about a remote; raises `ExternalError` when it cannot be reached."""
    return answered(repository, repository.run(*with_credentials(repository), *arguments, check=False))


def fetch(repository: Repository, *arguments: str) -> None:
    """Bring here what `arguments` name of a remote; raises `ExternalError` when it cannot be reached."""
    answered(repository, repository.write(*with_credentials(repository), *arguments, check=False))


def with_credentials(repository: Repository) -> Iterator[str]:
    """Yield `credentials` as words of a command."""
    for name, value in credentials(repository):
        yield from ("-c", f"{name}={value}")


def answered(repository: Repository, done: Completed) -> str:
    """Return what a git wrote that spoke with a remote; raises `ExternalError` where it failed."""
    if done.exit_code != 0:
        raise unknown_remote(repository, done) or git_failed(done)
    return done.text


def unknown_remote(repository: Repository, done: Completed) -> UsageError | None:
    """Return the error for a remote that this clone does not have; None where Git complains of something else."""
    named = NO_REMOTE.search(done.error_text)
    if named is None:
        return None
    others = ", ".join(repository.run("remote", check=False).text.split()) or "none"
    return UsageError(
        "remote-unknown",
        f"this clone has no remote called {named[1]}",
        hint=f"--remote NAME takes another (here: {others}); git remote add {named[1]} URL; or --local: in this clone alone",
    )


def credentials(repository: Repository) -> tuple[tuple[str, str], ...]:
    """Return the settings by which Git gives the token of a job to the server of that job, and to no other.

    Git takes it from the environment, so that it stands in no command line, address or file.
    """
    known = repository.context.credential
    if known is None:
        return ()
    name = f"credential.{known.server}.helper"
    return (name, ""), (name, f'!f() {{ echo username={known.user}; echo "password=${known.variable}"; }}; f')


def refs_of_ours(repository: Repository) -> dict[str, str]:
    """Return the refs below `refs/mlgit/` with the objects they point to."""
    done = repository.run("for-each-ref", "--format=%(objectname) %(refname)", PREFIX)
    pairs = (line.split(" ", 1) for line in done.text.splitlines())
    return {name: oid for oid, name in pairs}


def refuse_unknown(repository: Repository, remote: str) -> None:
    """Raise `UsageError` (`ledger-remote`) for a name that no remote of this clone has; an address may be any."""
    if "/" in remote or ":" in remote or remote in repository.run("remote").text.split():
        return
    raise UsageError(
        "ledger-remote",
        f"there is no remote called {remote} to share the ledger with",
        hint=f"git remote add {remote} URL, or name another by --remote; without --push the ledger stays here",
    )


def busy(ref: str) -> ExternalError:
    """Return the error for a ref that never stands still."""
    return ExternalError("ref-busy", f"{ref} is being written all the time", hint="try again")


def pause() -> None:
    """Wait a moment of random length, so that rivals do not meet again."""
    import random

    time.sleep(random.uniform(0.02, 0.3))  # noqa: S311 - no secret depends on it
