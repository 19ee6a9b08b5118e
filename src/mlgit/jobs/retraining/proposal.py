"""What one pull request of a retraining proposes: the model of one job, or those of a group of `ct.groups`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc.plots import Chart
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Lease, Result
from mlgit.jobs.retraining.ledger import Outcome
from mlgit.metrics.comparison import Comparison


class Trained(Struct, frozen=True, kw_only=True):
    """A training whose model can be proposed: its result, what it compares to, and the new contents by path."""

    one: Assignment
    result: Result
    comparison: Comparison
    charts: tuple[Chart, ...] = ()
    files: Mapping[str, bytes | None] = {}


class Proposal(Struct, frozen=True, kw_only=True):
    """What is proposed from one branch, at least one training.

    `waiting` are the outcomes of earlier runs whose models wait on the same branch, and would be made again as they are.
    """

    lease: Lease
    trained: tuple[Trained, ...]
    waiting: tuple[Outcome, ...] = ()

    @property
    def first(self) -> Assignment:
        """The first training: group, branch and cause of all are its own."""
        return self.trained[0].one

    @property
    def group(self) -> str:
        """The group that is proposed, empty for a model by itself."""
        return self.first.job.group

    @property
    def name(self) -> str:
        """What is proposed: the name of the group, else of the model."""
        return self.group or self.first.job.name

    @property
    def branch(self) -> str:
        """The branch that it is proposed from."""
        return self.first.branch

    @property
    def works(self) -> tuple[str, ...]:
        """The names in the ledger of all that the branch holds."""
        earlier = (one.work for one in self.waiting)
        return (*(one.one.job.work for one in self.trained), *earlier)

    @property
    def jobs(self) -> tuple[str, ...]:
        """The names of all jobs whose models the branch holds."""
        return (*(one.one.job.name for one in self.trained), *(one.job for one in self.waiting))

    @property
    def files(self) -> dict[str, bytes | None]:
        """The new contents by path of what this run trained."""
        return {path: content for one in self.trained for path, content in one.files.items()}

    @property
    def passed(self) -> bool:
        """Whether the gates say PASS of every model."""
        return all(one.result.verdict == "PASS" for one in self.trained)

    @property
    def comparison(self) -> Comparison:
        """The comparison with the base of all models that this run trained."""
        models = tuple(model for one in self.trained for model in one.comparison.models)
        return replace(self.trained[0].comparison, models=models)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """What is drawn of them."""
        return tuple(chart for one in self.trained for chart in one.charts)

    def with_verdict(self, verdict: str) -> tuple[str, ...]:
        """Return the names of the jobs of this run of which the gates say so."""
        return tuple(one.one.job.name for one in self.trained if one.result.verdict == verdict)


def together(assignments: Iterable[Assignment]) -> tuple[tuple[Assignment, ...], ...]:
    """Return assignments by the branch that proposes them, in the order of the first of each."""
    found: dict[str, list[Assignment]] = {}
    for one in assignments:
        found.setdefault(one.branch, []).append(one)
    return tuple(map(tuple, found.values()))


def proposals_of(lease: Lease, trained: Iterable[Trained]) -> tuple[Proposal, ...]:
    """Return what is proposed of the trainings of one branch: where a PASS is committed, apart from all else."""
    every = tuple(trained)
    at_once = [lease.propose == "commit" and one.result.verdict == "PASS" for one in every]
    good = tuple(one for one, passed in zip(every, at_once, strict=True) if passed)
    rest = tuple(one for one, passed in zip(every, at_once, strict=True) if not passed)
    return tuple(Proposal(lease=lease, trained=part) for part in (good, rest) if part)


def alone(proposal: Proposal) -> tuple[Proposal, ...]:
    """Return the trainings of a group as proposals of their own, each from the branch of its model."""
    parts = (
        replace(one, one=replace(one.one, job=replace(one.one.job, group=""))) for one in proposal.trained
    )
    return tuple(Proposal(lease=proposal.lease, trained=(part,)) for part in parts)
