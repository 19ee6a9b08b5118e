"""Put the files of a retraining where they are proposed: on a branch of ours, or on the default branch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mlgit.jobs.conclude import Site
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Lease
from mlgit.refs.commits import commit_on
from mlgit.refs.publish import Publication, checked_out, move_branch
from mlgit.refs.publish import publish as publish_branch

TRAILER = "Mlgit-Retrain"


class Published(Struct, frozen=True, kw_only=True):
    """Where the files are now: on their branch, on the default branch, or nowhere, and then why."""

    where: Literal["branch", "default", "nowhere"]
    branch: str = ""
    commit: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


def publish(
    site: Site, lease: Lease, one: Assignment, files: Mapping[str, bytes | None], *, passed: bool
) -> Published:
    """Commit the files on top of the claimed base and point a branch there.

    Raises `ExternalError` when the branch holds commits of somebody else, or the remote does not take it.
    """
    repository, remote = site.repository, site.remote
    message = f"Retrain {one.job.name}\n\nAsked for by {one.cause}.\n\n{TRAILER}: {one.job.work}\n"
    commit = commit_on(repository, lease.base, files, message, seconds=lease.at)
    notes: tuple[str, ...] = ()
    if lease.propose == "commit":
        reason = "" if passed else "the gates do not say PASS"
        reason = reason or checked_out(repository, remote, lease.branch)
        if not reason and move_branch(repository, remote, lease.branch, commit, lease.base):
            text = f"committed to {lease.branch}"
            return Published(where="default", branch=lease.branch, commit=commit, text=text)
        notes = (f"not committed directly: {reason or lease.branch + ' has moved on'}",)
    publication = Publication(branch=one.branch, base=lease.base, commit=commit, trailer=TRAILER)
    if publish_branch(repository, remote, publication) == "newer":
        return Published(where="nowhere", text=f"{one.branch} proposes a newer state already", notes=notes)
    return Published(where="branch", branch=one.branch, commit=commit, notes=notes)
