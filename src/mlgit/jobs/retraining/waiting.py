"""What the branch of a group holds from earlier runs: models that wait for their merge, and are as new as they were.

A run trains only what is out of date and was not tried with the same inputs, so it seldom trains the whole of a group. What
waits on the branch is nobody's to train again: it goes along, or it would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mlgit.git.snapshot import snapshot
from mlgit.host.forge import RefusedError
from mlgit.jobs.conclude import Site
from mlgit.jobs.retraining.available import jobs_at
from mlgit.jobs.retraining.job import Job
from mlgit.jobs.retraining.ledger import Ledger, Outcome
from mlgit.jobs.retraining.proposal import Proposal
from mlgit.jobs.retraining.result_paths import is_result, owners_of, result_paths_at
from mlgit.project.project import Project

TRAILER = "Mlgit-Retrain"
"""What every commit of a retraining ends with: the name of each piece of work that it holds."""


class Waiting(Struct, frozen=True, kw_only=True):
    """The outcomes of what waits, and the new contents of its files by path."""

    outcomes: tuple[Outcome, ...] = ()
    files: Mapping[str, bytes | None] = {}


def waiting_on(site: Site, ledger: Ledger, proposal: Proposal, standing: str | None) -> Waiting:
    """Return what waits on the branch of a proposal at its tip `standing`: of a group alone, and unless a person ended it."""
    if standing is None or not proposal.group or is_ended(site, proposal, standing):
        return Waiting()
    _, jobs = jobs_at(site.repository, proposal.lease.base, now=proposal.lease.at)
    known = {job.work: job for job in jobs if job.stale and job.name not in proposal.jobs}
    outcomes = tuple(
        outcome
        for work in works_at(site, standing)
        if work in known and (outcome := proposed(ledger, work, proposal.branch)) is not None
    )
    files = files_of(site, proposal.lease.base, standing, jobs, {one.job for one in outcomes})
    return Waiting(outcomes=outcomes, files=files if outcomes else {})


def is_ended(site: Site, proposal: Proposal, standing: str) -> bool:
    """Tell whether a pull request of this very commit was closed or merged: what it held is decided."""
    try:
        ended = site.forge.ended_pull_requests_from(proposal.branch, base=proposal.lease.branch)
    except RefusedError:
        return False
    return any(pull.head_sha == standing for pull in ended)


def works_at(site: Site, commit: str) -> list[str]:
    """Return the pieces of work that a commit of ours holds, none for another's."""
    form = f"--format=%(trailers:key={TRAILER},valueonly)"
    return site.repository.run("log", "-1", form, commit).text.split()


def proposed(ledger: Ledger, work: str, branch: str) -> Outcome | None:
    """Return the outcome of a piece of work that was proposed from a branch by its last attempt, None of any other."""
    last = ledger.last(work)
    outcome = last.outcome if last is not None else None
    is_there = outcome is not None and outcome.ending == "proposed" and outcome.branch == branch
    return outcome if is_there else None


def files_of(
    site: Site, base: str, standing: str, jobs: tuple[Job, ...], names: set[str]
) -> dict[str, bytes | None]:
    """Return what a commit of ours changes of these jobs' results, and of what all jobs share, by path."""
    repository = site.repository
    parent = repository.resolve(f"{standing}^")
    owner = owners_of(Project(repository).at(base), {job.folder: job.name for job in jobs})
    before, results = snapshot(repository, base), result_paths_at(repository, base)
    paths = [path for path in repository.changed(parent, standing) if owner(path) in ("", *names)]
    contents = snapshot(repository, standing).read(paths)
    return {
        path: contents.get(path) for path in paths if is_result(results, before, path, contents.get(path))
    }
