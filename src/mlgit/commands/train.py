"""`train`: run what is out of date, through DVC, and say what was skipped and why."""

from __future__ import annotations

from mlgit.plan.outcome import TrainResult
from mlgit.project import training
from mlgit.project.project import Project
from mlgit.world.context import Context


def train(context: Context, model: str | None, *, trigger: str | None = None) -> TrainResult:
    """Run the stale stages of one model's pipeline, or of every pipeline, and record it.

    `trigger` is why, for the record. Raises `UsageError` when `mlgit.yaml` has no such model.
    """
    return training.train(Project.find(context), model, trigger=trigger)
