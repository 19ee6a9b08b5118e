"""`compare`: what differs between two revisions, and a ranking of several."""

from __future__ import annotations

from collections.abc import Sequence

from mlgit.evaluation import compare as comparing
from mlgit.evaluation.compare import Report
from mlgit.metrics.leaderboard import Leaderboard
from mlgit.project.project import Project
from mlgit.world.context import Context


def compare(
    context: Context,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    everything: bool = False,
    with_plots: bool = False,
    only_verified: bool = False,
) -> Report:
    """Return what differs between `base` and `head` (None: the working tree); see `evaluation.compare`."""
    project = Project.find(context)
    return comparing.compare(
        project,
        base,
        head,
        model=model,
        everything=everything,
        with_plots=with_plots,
        only_verified=only_verified,
    )


def rank(
    context: Context, revisions: Sequence[str], *, model: str = "", metric: str = ""
) -> list[Leaderboard]:
    """Return the ranking of several revisions; see `evaluation.leaderboard`."""
    from mlgit.evaluation.leaderboard import leaderboard

    return leaderboard(Project.find(context), revisions, model=model, metric=metric)
