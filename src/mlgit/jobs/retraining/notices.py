"""What is reported of a model that is not trained: too old, too long to train, or up to date again.

A model is up to date again without a retraining when new data are taken back, or somebody trains by hand and commits: no
retraining comes then that could close what was reported. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.job import Estimate, Job, name_of
from mlgit.jobs.retraining.ledger import Ledger, outcome_path
from mlgit.text import moment_text

BAD = {
    "bad-data": "its data were wrong",
    "failed": "its pipeline failed",
    "worse": "its new model failed the gates",
    "old": "it was too old",
    "long": "its training would have taken too long",
}
"""What can be reported of a model, by its kind: that of an outcome or of a notice."""


class Finding(Struct, frozen=True, kw_only=True):
    """Something that was reported of a model: the entry of the ledger, when, and of which data if it was a training."""

    kind: str
    entry: str
    at: float
    data: str = ""


class Recovered(Struct, frozen=True, kw_only=True, tag_field="about", tag="recovered"):
    """A model that is up to date, and of which something was told that is over now.

    `kinds` are those that may be closed, `last` is the kind that was told last, at `at`.
    """

    job: Job
    kinds: tuple[str, ...]
    last: str
    at: float

    @property
    def detail(self) -> str:
        """The reason in words."""
        return f"on {moment_text(self.at)} it was reported that {BAD[self.last]}"


def recovered(job: Job, ledger: Ledger, rules: ContinuousTraining) -> Recovered | None:
    """Return what is over of a model, None when it is out of date or nothing was told that is not settled."""
    if job.stale:
        return None
    found = tuple(standing(job.name, ledger))
    held = {one.kind for one in found if holds(one, job, rules)}
    left = [one for one in found if one.kind not in held]
    if not left:
        return None
    last = max(left, key=lambda one: one.at)
    return Recovered(
        job=job,
        kinds=tuple(sorted({one.kind for one in left})),
        last=last.kind,
        at=last.at,
    )


def holds(one: Finding, job: Job, rules: ContinuousTraining) -> bool:
    """Tell whether something is as wrong as it was: the model is too old, or was trained on the wrong data by hand."""
    if one.kind == "old":
        return overdue(job, rules) is not None
    return one.kind == "bad-data" and one.data == job.data


def standing(job: str, ledger: Ledger) -> Iterator[Finding]:
    """Yield what was reported of a model and is not settled."""
    return (one for one in findings(job, ledger) if one.entry not in ledger.settled)


def findings(job: str, ledger: Ledger) -> Iterator[Finding]:
    """Yield everything that was ever reported of a model."""
    for one in ledger.of_job(job):
        done = one.outcome
        if done is not None and done.ending in BAD:
            yield Finding(kind=done.ending, entry=outcome_path(one), at=done.at, data=done.data)
    for name, notice in ledger.notices_of(job).items():
        if notice.about in BAD:
            yield Finding(kind=notice.about, entry=f"notices/{name}", at=notice.at)


class Overdue(Struct, frozen=True, kw_only=True, tag_field="about", tag="too old"):
    """A model to report: it stands for `period` whole stretches of `limit_days`, and nothing is new to train it on."""

    job: Job
    limit_days: int
    period: int

    @property
    def name(self) -> str:
        """The name of its notice in the ledger: of this very model and limit, once a period."""
        return f"{name_of(self.job.name, self.job.made, str(self.limit_days))}-{self.period:04d}"

    @property
    def detail(self) -> str:
        """The reason in words."""
        return f"{days_text(self.job.age_days or 0.0)} old, at most {self.limit_days} are wanted"


def overdue(job: Job, rules: ContinuousTraining) -> Overdue | None:
    """Return what to report of a model, None when it is young enough or out of date: then it is trained."""
    limit, age = rules.max_age_days, job.age_days
    if job.stale or limit is None or age is None or age <= limit:
        return None
    return Overdue(job=job, limit_days=limit, period=int(age // limit))


def days_text(days: float) -> str:
    """Return an age in whole days.

    >>> days_text(45.9)
    '45 days'
    """
    return f"{int(days)} day{'' if int(days) == 1 else 's'}"


def too_old(job: Job, rules: ContinuousTraining) -> bool:
    """Tell whether a model is older than mlgit.yaml wants."""
    return rules.max_age_days is not None and (job.age_days or 0.0) > rules.max_age_days


class TooLong(Struct, frozen=True, kw_only=True, tag_field="about", tag="too long"):
    """A model to report: its training is expected to take longer than all the minutes that it may have."""

    job: Job
    estimate: Estimate
    limit_minutes: int

    @property
    def name(self) -> str:
        """The name of its notice in the ledger: once for what there is to train on and for a limit."""
        return f"{name_of(self.job.work, str(self.limit_minutes))}-long"

    @property
    def setting(self) -> str:
        """The key of mlgit.yaml that says the limit."""
        return f"models.{self.job.name}.ci.budget" if self.job.budget else "ct.budget.minutes"

    @property
    def detail(self) -> str:
        """The reason in words."""
        expected = f"{self.estimate.minutes:.1f} minutes are expected from {self.estimate.origin}"
        return f"{expected}, at most {self.limit_minutes} may be used"


def too_long(job: Job, estimate: Estimate | None, rules: ContinuousTraining) -> TooLong | None:
    """Return what to report of a model that is out of date, None when a job of its own can train it."""
    limit = job.budget or rules.budget.minutes
    if not job.stale or estimate is None or estimate.seconds <= limit * 60:
        return None
    return TooLong(job=job, estimate=estimate, limit_minutes=limit)
