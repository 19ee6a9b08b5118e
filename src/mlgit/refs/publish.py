"""Publish a commit on a branch of ours: never beside the same proposal, never over somebody else's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.refs.swap import ATTEMPTS, busy, pause, swap, tip

PREFIX = "mlgit/"
HEADS = "refs/heads/"
Outcome = Literal["moved", "same", "newer", "rival"]


class Publication(Struct, frozen=True, kw_only=True):
    """A commit on top of `base` for a branch; its message has `trailer`, by which the commits of one verb are known.

    `single`: a branch of that verb changes one path, so one that changes more holds somebody else's work. `over`: the tip
    (None: no branch) of which the commit takes something over; it is put on no other.
    """

    branch: str
    base: str
    commit: str
    trailer: str
    single: bool = False
    over: str | UnsetType | None = UNSET


def branch_tip(repository: Repository, remote: str, branch: str) -> str | None:
    """Return the commit of a branch, of the remote where one is named, its objects here; None when there is none."""
    return tip(repository, remote, HEADS + branch)


def move_branch(repository: Repository, remote: str, branch: str, commit: str, old: str | None) -> bool:
    """Point a branch to a commit if it is still at `old` (None: if it does not exist); tell whether it does now."""
    return swap(repository, remote, HEADS + branch, commit, old)


def publish(
    repository: Repository,
    remote: str,
    publication: Publication,
    same: Callable[[str], bool] = lambda _: False,
) -> Outcome:
    """Point the branch to the commit, of the remote where one is named; a rival's move in between is looked at anew.

    `same` tells of the commit at the branch's tip whether it proposes the same: it stays then. So it does where it stands
    on a newer base. `rival`: it is at another tip than the commit was made over. Raises `ExternalError` (`branch-taken`)
    when it holds commits of somebody else, or files of it are checked out here.
    """
    for _ in range(ATTEMPTS):
        standing = branch_tip(repository, remote, publication.branch)
        if publication.over is not UNSET and publication.over != standing:
            return "rival"
        if standing is not None and standing != publication.commit:
            if same(standing):
                return "same"
            if newer(repository, standing, publication):
                return "newer"
            reason = checked_out(repository, remote, publication.branch)
            if reason:
                raise ExternalError("branch-taken", reason, hint="git switch to another branch")
        if move_branch(repository, remote, publication.branch, publication.commit, standing):
            return "moved"
        pause()
    raise busy(HEADS + publication.branch)


def newer(repository: Repository, standing: str, publication: Publication) -> bool:
    """Tell whether a branch of ours stands on a newer base; raises `ExternalError` when its commit is not ours."""
    if not ours(repository, standing, publication):
        raise ExternalError(
            "branch-taken",
            f"{publication.branch} holds commits that mlgit did not make, so it is left alone",
            hint="merge or close its pull request and delete the branch; the next run makes a new one",
        )
    parent = repository.run("log", "-1", "--format=%P", standing).text.strip().partition(" ")[0]
    if not parent or parent == publication.base:
        return False
    ancestor = repository.run("merge-base", "--is-ancestor", publication.base, parent, check=False)
    return ancestor.exit_code == 0


def ours(repository: Repository, standing: str, publication: Publication) -> bool:
    """Tell whether a branch at `standing` holds nothing but what the verb of a publication puts there."""
    form = f"--format=%(trailers:key={publication.trailer},valueonly)"
    if not repository.run("log", "-1", form, standing).text.strip():
        return False
    if not publication.single:
        return True
    start = repository.merge_base(publication.base, standing)
    return start is not None and len(repository.changed(start, standing)) <= 1


def checked_out(repository: Repository, remote: str, branch: str) -> str:
    """Return why a branch of this clone cannot be moved: its files are on somebody's disk."""
    if remote:
        return ""
    listed = repository.run("worktree", "list", "--porcelain").text.splitlines()
    return f"{branch} is checked out here" if f"branch {HEADS}{branch}" in listed else ""
