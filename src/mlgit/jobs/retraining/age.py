"""A model that is too old while training would only make it again: what is reported of it, and how often. Pure."""

from __future__ import annotations

from msgspec import Struct

from mlgit.config.ct import ContinuousTraining
from mlgit.jobs.retraining.job import Job, name_of


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
