"""Put what a retraining made on a branch: the default branch where that is asked for and taken, else one of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import UNSET, Struct
from msgspec.structs import replace

from mlgit.errors import ExternalError
from mlgit.jobs.conclude import Site, commit
from mlgit.jobs.retraining.handoff import Lease
from mlgit.jobs.retraining.ledger import Ending, Ledger
from mlgit.jobs.retraining.proposal import Proposal, alone
from mlgit.jobs.retraining.report import TrainingSite
from mlgit.jobs.retraining.waiting import TRAILER, waiting_on
from mlgit.refs.publish import Publication, branch_tip, checked_out, move_branch
from mlgit.refs.publish import publish as publish_branch
from mlgit.refs.swap import ATTEMPTS, busy

SHOWN = 300
"""Names of jobs in the message of a commit."""


class Published(Struct, frozen=True, kw_only=True):
    """What became of a proposal's files: on a branch, committed, or left out because something newer is there.

    `url` is that of the pull request, or where a person opens it.
    """

    proposal: Proposal
    ending: Ending
    text: str = ""
    branch: str = ""
    commit: str = ""
    url: str = ""
    is_open: bool = False
    notes: tuple[str, ...] = ()


def publish(site: TrainingSite, proposal: Proposal) -> Iterator[Published]:
    """Commit the files on top of the claimed base and point the default branch or one of ours there.

    Raises `ExternalError` when the branch holds commits of somebody else, or the remote does not take it.
    """
    made, reason = committed(site, proposal)
    if made is not None:
        yield made
        return
    notes = (f"not committed directly: {reason}",) if reason else ()
    yield from (replace(one, notes=notes) for one in proposed(site, proposal))


def committed(site: Site, proposal: Proposal) -> tuple[Published | None, str]:
    """Return what was committed to the default branch, None with the reason where nothing was; no reason: nobody asked."""
    lease = proposal.lease
    if lease.propose != "commit":
        return None, ""
    reason = "" if proposal.passed else "the gates do not say PASS"
    reason = reason or checked_out(site.repository, site.remote, lease.branch)
    if reason:
        return None, reason
    tip = commit_of(site, proposal, proposal.files)
    reason = onto(site, lease, tip)
    text = f"committed to {lease.branch}"
    done = Published(proposal=proposal, ending="committed", text=text, branch=lease.branch, commit=tip)
    return (None, reason) if reason else (done, "")


def proposed(site: TrainingSite, proposal: Proposal) -> Iterator[Published]:
    """Put the files on the branch of the proposal, of a group beside what waits there.

    What is on a newer base is left as it is: the models of a group are then proposed each by itself.
    """
    for _ in range(ATTEMPTS):
        whole, publication = publication_of(site, proposal)
        outcome = publish_branch(site.repository, site.remote, publication)
        if outcome == "rival":
            continue
        if outcome != "newer":
            branch, tip = publication.branch, publication.commit
            yield Published(proposal=whole, ending="proposed", branch=branch, commit=tip)
        elif proposal.group:
            yield from (one for part in alone(proposal) for one in proposed(site, part))
        else:
            text = f"{proposal.branch} proposes a newer state already"
            yield Published(proposal=proposal, ending="unchanged", text=text)
        return
    raise busy(proposal.branch)


def publication_of(site: TrainingSite, proposal: Proposal) -> tuple[Proposal, Publication]:
    """Return the commit for the branch of a proposal, and the proposal with what waits on that branch already."""
    standing = branch_tip(site.repository, site.remote, proposal.branch) if proposal.group else None
    waiting = waiting_on(site, Ledger(site.log.entries()), proposal, standing)
    whole = replace(proposal, waiting=waiting.outcomes)
    publication = Publication(
        branch=proposal.branch,
        base=proposal.lease.base,
        commit=commit_of(site, whole, {**waiting.files, **whole.files}),
        trailer=TRAILER,
        over=standing if proposal.group else UNSET,
    )
    return whole, publication


def commit_of(site: Site, proposal: Proposal, files: Mapping[str, bytes | None]) -> str:
    """Return the commit of a proposal, which names what it holds."""
    lease, jobs = proposal.lease, proposal.jobs
    what = proposal.name if not proposal.group else f"{len(jobs)} of {proposal.group}"
    named = "" if not proposal.group else f"{', '.join(jobs[:SHOWN])}\n\n"
    trailers = "".join(f"{TRAILER}: {work}\n" for work in proposal.works)
    message = f"Retrain {what}\n\n{named}Asked for by {proposal.first.cause}.\n\n{trailers}"
    return commit(site, lease.base, files, message, seconds=lease.at)


def onto(site: Site, lease: Lease, tip: str) -> str:
    """Point the default branch to a commit; return why it does not point there, empty when it does.

    What a protected branch does not take as a commit is proposed.
    """
    try:
        moved = move_branch(site.repository, site.remote, lease.branch, tip, lease.base)
    except ExternalError as error:
        if error.code != "ref-push":
            raise
        return error.message
    return "" if moved else f"{lease.branch} has moved on"
