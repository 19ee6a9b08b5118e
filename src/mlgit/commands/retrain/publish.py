"""Put the files of a retraining where they are proposed: on a branch of ours, or on the default branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mlgit.errors import WorldError
from mlgit.git.branches import branch_tip, commit_on, move_branch
from mlgit.git.repository import Repository
from mlgit.git.shared import ATTEMPTS, busy, pause, remote_tip
from mlgit.retraining.decision import Assignment
from mlgit.retraining.handover import Claimed

TRAILER = "Mlgit-Retrain"


class Published(Struct, frozen=True, kw_only=True):
    """Where the files are now: on their branch, on the default branch, or nowhere, and then why."""

    where: Literal["branch", "default", "nowhere"]
    branch: str = ""
    commit: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


def publish(
    repository: Repository,
    remote: str,
    claimed: Claimed,
    one: Assignment,
    files: Mapping[str, bytes | None],
    subject: str,
    *,
    passed: bool,
) -> Published:
    """Commit the files on top of the claimed base and point a branch there.

    Raises `WorldError` when the branch holds commits of somebody else, or the remote does not take it.
    """
    message = f"{subject}\n\nAsked for by {one.cause}.\n\n{TRAILER}: {one.unit.work}\n"
    commit = commit_on(repository, claimed.base, files, message, seconds=claimed.at)
    notes: tuple[str, ...] = ()
    if claimed.propose == "commit":
        hindrance = "" if passed else "the gates do not say PASS"
        hindrance = hindrance or checked_out(repository, remote, claimed.branch)
        if not hindrance and move_branch(repository, remote, claimed.branch, commit, claimed.base):
            return Published(
                where="default", branch=claimed.branch, commit=commit, text=f"committed to {claimed.branch}"
            )
        notes = (f"not committed directly: {hindrance or claimed.branch + ' has moved on'}",)
    return proposed(repository, remote, one, claimed.base, commit, notes)


def proposed(
    repository: Repository, remote: str, one: Assignment, base: str, commit: str, notes: tuple[str, ...]
) -> Published:
    """Point the branch of the cause to a commit, unless a newer base is proposed there already."""
    for _ in range(ATTEMPTS):
        tip = standing(repository, remote, one.branch)
        if tip is not None and tip != commit and newer(repository, tip, base, one.branch):
            return Published(
                where="nowhere", text=f"{one.branch} proposes a newer state already", notes=notes
            )
        if move_branch(repository, remote, one.branch, commit, tip):
            return Published(where="branch", branch=one.branch, commit=commit, notes=notes)
        pause()
    raise busy(f"refs/heads/{one.branch}")


def standing(repository: Repository, remote: str, branch: str) -> str | None:
    """Return the commit of a branch, its objects here."""
    return (
        remote_tip(repository, remote, f"refs/heads/{branch}")
        if remote
        else branch_tip(repository, "", branch)
    )


def newer(repository: Repository, tip: str, base: str, branch: str) -> bool:
    """Tell whether a branch of ours stands on a newer base; raises `WorldError` when its commit is not ours."""
    said = repository.run("log", "-1", f"--format=%(trailers:key={TRAILER},valueonly)%x00%P", tip).text
    ours, _, parents = said.partition("\0")
    if not ours.strip():
        raise WorldError(
            "retrain-branch-taken",
            f"{branch} holds commits that mlgit did not make, so it is left alone",
            hint="merge or close its pull request and delete the branch; the next trigger makes a new one",
        )
    parent = parents.strip().partition(" ")[0]
    if not parent or parent == base:
        return False
    return repository.run("merge-base", "--is-ancestor", base, parent, check=False).exit_code == 0


def checked_out(repository: Repository, remote: str, branch: str) -> str:
    """Return why a branch of this clone cannot be moved: its files are on somebody's disk."""
    if remote:
        return ""
    listed = repository.run("worktree", "list", "--porcelain").text.splitlines()
    return f"{branch} is checked out here" if f"branch refs/heads/{branch}" in listed else ""
