"""Publication a commit on a branch of ours: never beside what is offered already, never over somebody else's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.refs.branches import branch_tip, move_branch
from mlgit.refs.remote import ATTEMPTS, busy, pause, remote_tip

Outcome = Literal["moved", "same", "newer"]


class Publication(Struct, frozen=True, kw_only=True):
    """A commit on top of `base` for a branch; its message has `trailer`, by which the commits of one verb are known.

    `single`: a branch of that verb changes one path, so one that changes more holds somebody else's work.
    """

    branch: str
    base: str
    commit: str
    trailer: str
    single: bool = False


def publish(
    repository: Repository,
    remote: str,
    publication: Publication,
    same: Callable[[str], bool] = lambda _: False,
) -> Outcome:
    """Point the branch to the commit, of the remote where one is named; a rival's move in between is looked at anew.

    `same` tells of the commit at the branch's tip whether it offers the same: it stays then. So it does where it
    stands on a newer base. Raises `ExternalError` (`branch-taken`) when it holds commits of somebody else, or files of
    it are checked out here.
    """
    for _ in range(ATTEMPTS):
        tip = standing(repository, remote, publication.branch)
        if tip is not None and tip != publication.commit:
            if same(tip):
                return "same"
            if newer(repository, tip, publication):
                return "newer"
            reason = checked_out(repository, remote, publication.branch)
            if reason:
                raise ExternalError("branch-taken", reason, hint="git switch to another branch")
        if move_branch(repository, remote, publication.branch, publication.commit, tip):
            return "moved"
        pause()
    raise busy(f"refs/heads/{publication.branch}")


def standing(repository: Repository, remote: str, branch: str) -> str | None:
    """Return the commit of a branch, its objects here."""
    return (
        remote_tip(repository, remote, f"refs/heads/{branch}")
        if remote
        else branch_tip(repository, "", branch)
    )


def newer(repository: Repository, tip: str, publication: Publication) -> bool:
    """Tell whether a branch of ours stands on a newer base; raises `ExternalError` when its commit is not ours."""
    if not ours(repository, tip, publication):
        raise ExternalError(
            "branch-taken",
            f"{publication.branch} holds commits that mlgit did not make, so it is left alone",
            hint="merge or close its pull request and delete the branch; the next run makes a new one",
        )
    parent = repository.run("log", "-1", "--format=%P", tip).text.strip().partition(" ")[0]
    if not parent or parent == publication.base:
        return False
    return repository.run("merge-base", "--is-ancestor", publication.base, parent, check=False).exit_code == 0


def ours(repository: Repository, tip: str, publication: Publication) -> bool:
    """Tell whether a branch at `tip` holds nothing but what the verb of an publish puts there."""
    form = f"--format=%(trailers:key={publication.trailer},valueonly)"
    if not repository.run("log", "-1", form, tip).text.strip():
        return False
    start = repository.merge_base(publication.base, tip) if publication.single else None
    return not publication.single or (start is not None and len(repository.changed(start, tip)) <= 1)


def checked_out(repository: Repository, remote: str, branch: str) -> str:
    """Return why a branch of this clone cannot be moved: its files are on somebody's disk."""
    if remote:
        return ""
    listed = repository.run("worktree", "list", "--porcelain").text.splitlines()
    return f"{branch} is checked out here" if f"branch refs/heads/{branch}" in listed else ""
