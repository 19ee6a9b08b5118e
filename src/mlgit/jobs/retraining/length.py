"""A training that would take longer than any job may: it is never started, and somebody has to be told. Pure."""

from __future__ import annotations

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.estimate import Estimate
from mlgit.jobs.retraining.job import Job, name_of


class TooLong(Struct, frozen=True, kw_only=True, tag_field="about", tag="too long"):
    """A model to report: its training is expected to take longer than the whole of `ct.budget.minutes`."""

    job: Job
    estimate: Estimate
    limit_minutes: int

    @property
    def name(self) -> str:
        """The name of its notice in the ledger: once for what there is to train on and for a limit."""
        return f"{name_of(self.job.work, str(self.limit_minutes))}-long"

    @property
    def detail(self) -> str:
        """The reason in words."""
        expected = f"{self.estimate.minutes:.1f} minutes are expected from {self.estimate.origin}"
        return f"{expected}, at most {self.limit_minutes} may be used"


def too_long(job: Job, estimate: Estimate | None, rules: ContinuousTraining) -> TooLong | None:
    """Return what to report of a model that is out of date, None when a job of its own can train it."""
    limit = rules.budget.minutes
    if not job.stale or estimate is None or estimate.seconds <= limit * 60:
        return None
    return TooLong(job=job, estimate=estimate, limit_minutes=limit)
