"""The experiments of a commit, ranked: value with its interval, and ties where the data cannot tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc.experiments import Experiment, experiments
from mlgit.errors import UsageError
from mlgit.evaluation.leaderboard import leaderboard
from mlgit.metrics.leaderboard import Leaderboard
from mlgit.project.project import Project

BASE = "HEAD"


class Tried(Struct, frozen=True, kw_only=True):
    """An experiment, and what of the parameters differs from the commit it started from."""

    name: str
    commit: str
    settings: dict[str, Any]


class Ranking(Struct, frozen=True, kw_only=True):
    """The experiments of one commit, and a leaderboard for each model; the commit itself is ranked among them."""

    version: Literal[1] = 1
    base: str
    experiments: tuple[Tried, ...]
    boards: tuple[Leaderboard, ...]


class Done(Struct, frozen=True, kw_only=True):
    """One experiment of a sweep: `stood` where it had been run before, `failed` where DVC said no: its last line."""

    name: str
    settings: dict[str, Any]
    stood: bool = False
    failed: str = ""


class SweepResult(Struct, frozen=True, kw_only=True):
    """What came of a sweep."""

    version: Literal[1] = 1
    done: tuple[Done, ...]
    ranking: Ranking


def ranking(project: Project, *, model: str = "", metric: str = "", names: Sequence[str] = ()) -> Ranking:
    """Return the experiments that started from HEAD, those of `names` alone where there are any.

    Raises `UsageError` (`experiments-none`) where there is none.
    """
    base = project.repository.resolve(BASE)
    found = [one for one in experiments(project.repository, base) if not names or one.name in names]
    if not found:
        raise UsageError(
            "experiments-none",
            "no experiment started from HEAD",
            hint="mlgit experiments sweep NAME=VALUE,VALUE",
        )
    shown = {one.ref: one.name for one in found}
    boards = leaderboard(project, [BASE, *shown], model=model, metric=metric)
    return Ranking(
        base=base,
        experiments=tuple(tried(project, one) for one in found),
        boards=tuple(with_names(board, shown) for board in boards),
    )


def with_names(board: Leaderboard, shown: dict[str, str]) -> Leaderboard:
    """Return a leaderboard that calls experiments by their names instead of their refs."""
    entrants = (
        replace(
            one,
            name=shown.get(one.name, one.name),
            behind=tuple(shown.get(other, other) for other in one.behind),
        )
        for one in board.entrants
    )
    return replace(board, entrants=tuple(entrants))


def tried(project: Project, one: Experiment) -> Tried:
    """Return an experiment with the parameters that differ from those of the commit it started from."""
    before, now = (flat(project, revision) for revision in (one.base, one.commit))
    changed = {name: value for name, value in now.items() if before.get(name) != value}
    return Tried(name=one.name, commit=one.commit, settings=changed)


def flat(project: Project, revision: str) -> dict[str, Any]:
    """Return the parameters at a revision by their dotted names."""
    from mlgit.dvc.values import parameters

    at = project.at(revision)
    found: dict[str, Any] = {}
    for path in at.parameters:
        content = at.content(path)
        found.update(parameters(content, path).values if content is not None else {})
    return found
