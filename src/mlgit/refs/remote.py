"""A ref that several clones write at once: fetched by its name, pushed only on top of what was seen."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository, git_failed, object_name
from mlgit.refs.objects import Node, write_tree
from mlgit.world.processes import Completed

ATTEMPTS = 12
HELPER = '!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f'
"""How Git gets the token: from the environment, so that it stands in no command line, address or file."""


def remote_tip(repository: Repository, remote: str, ref: str) -> str | None:
    """Return the commit that a ref of the remote points to, its objects fetched; None when there is none.

    Raises `ExternalError` when the remote does not answer, or when others write the ref faster than it can be read.
    """
    for _ in range(ATTEMPTS):
        listed = asked(repository, "ls-remote", "--end-of-options", remote, ref)
        if not listed.strip():
            return None
        tip = object_name(listed.split()[0])
        if repository.run("cat-file", "-e", f"{tip}^{{commit}}", check=False).exit_code == 0:
            return tip
        asked(
            repository,
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options", remote, ref),
        )
    raise busy(ref)


def asked(repository: Repository, *arguments: str) -> str:
    """Return what git says of a remote; raises `ExternalError` when it cannot be reached."""
    done = repository.run(*credentials(repository), *arguments, check=False)
    if done.exit_code != 0:
        raise git_failed(done)
    return done.text


def push_on_top(repository: Repository, remote: str, ref: str, commit: str, tip: str | None) -> Completed:
    """Offer a commit for a ref of the remote that still has to be at `tip` (None: not exist); return git's answer."""
    lease = f"--force-with-lease={ref}:{tip or ''}"
    return repository.run(
        *credentials(repository),
        *("push", "--quiet", lease, "--end-of-options", remote, f"{commit}:{ref}"),
        check=False,
    )


def credentials(repository: Repository) -> tuple[str, ...]:
    """Return the options by which Git gives the token of a workflow to the server of that workflow, and to no other."""
    environment = repository.context.environment
    server = environment.get("GITHUB_SERVER_URL", "")
    if not environment.get("GITHUB_TOKEN") or not server.startswith("https://"):
        return ()
    return ("-c", f"credential.{server}.helper=", "-c", f"credential.{server}.helper={HELPER}")


def tree_of(repository: Repository, entries: Mapping[str, str]) -> str:
    """Write a tree of files one folder deep: `entries` maps `<folder>/<name>` to the name of a blob."""
    folders: dict[str, list[Node]] = {}
    for path, oid in sorted(entries.items()):
        folder, _, name = path.partition("/")
        folders.setdefault(folder, []).append(Node("blob", oid, name))
    nodes = [Node("tree", write_tree(repository, inside), name) for name, inside in folders.items()]
    return write_tree(repository, nodes)


def busy(ref: str) -> ExternalError:
    """Return the error for a ref that never stands still."""
    return ExternalError("ledger-busy", f"{ref} is being written all the time", hint="try again")


def pause() -> None:
    """Wait a moment of random length, so that rivals do not meet again."""
    time.sleep(random.uniform(0.02, 0.3))  # noqa: S311 - no secret depends on it
