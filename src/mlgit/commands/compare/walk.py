"""Compare two moments of a repository: read both, decide what differs, return it as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from mlgit.commands.compare.evidence import with_evidence
from mlgit.commands.compare.models import Wanted, chosen, differing, models
from mlgit.commands.gate.bench import Bench
from mlgit.dvc import difference
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.reader import Reader
from mlgit.dvc.rowcount import can_count
from mlgit.dvc.state import PipelineState
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import find
from mlgit.git.snapshot import Pair, Snapshot, pair
from mlgit.metrics.comparison import Comparison, DataVersion, ModelComparison, Problem, Side, worst
from mlgit.metrics.direction import is_baseline
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.dvc.plots import Chart

FEW = 30
"""Up to so many models all are read; of more, those none of whose files differs are left out."""


class Report(NamedTuple):
    """A comparison and, where they were asked for, the plots of both moments."""

    comparison: Comparison
    charts: tuple[Chart, ...]


def compare(
    context: Context,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    everything: bool = False,
) -> Comparison:
    """Return what differs between `base` and `head` (None: the working tree).

    `model` names the one model to compare; `everything` keeps what did not change. Raises `UsageError` for a revision
    or a model that does not exist. A file that cannot be read is in the result, not an error.
    """
    return report(context, base, head, model=model, everything=everything).comparison


def report(
    context: Context,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    everything: bool = False,
    with_plots: bool = False,
) -> Report:
    """Return the same as `compare`, with the points of every plot when `with_plots` is set."""
    repository = find(context)
    moments = pair(repository, base, head)
    blobs = BlobCache(repository)
    problems: list[Problem] = []
    found = chosen(models(blobs, moments, problems), model)
    read_now = found if everything or len(found) <= FEW else differing(found, blobs, moments)
    reader = Reader(blobs, LocalCache(repository.root), with_plots=with_plots)
    compared, charts = compare_models(read_now, reader, moments)
    compared = with_evidence(compared, Bench(repository, moments, reader))
    if not everything:
        compared = [without_unchanged(one) for one in compared]
        compared = [one for one in compared if worth_showing(one) or len(found) == 1]
    comparison = Comparison(
        base=side(moments.base),
        head=side(moments.head),
        state="unreadable" if problems else worst([one.state for one in compared]),
        models=tuple(compared),
        problems=tuple(problems),
        untouched=len(found) - len(compared),
    )
    names = {one.name for one in compared}
    return Report(comparison=comparison, charts=tuple(one for one in charts if one.model in names))


def worth_showing(one: ModelComparison) -> bool:
    """Tell whether something changed in a model, or its gates have something to say."""
    judged = one.gate is not None and one.gate.state not in ("unchanged", "no gates")
    return judged or one.state != "unchanged"


def side(snapshot: Snapshot) -> Side:
    """Return one of the two moments for the report."""
    return Side(name=snapshot.name, commit=snapshot.commit)


def compare_models(
    found: list[Wanted], reader: Reader, moments: Pair
) -> tuple[list[ModelComparison], list[Chart]]:
    """Return what differs in each model, and its plots when the reader reads them."""
    sides = [((moments.base, each.base), (moments.head, each.head)) for each in found]
    states = reader.read([request for both in sides for request in both])
    pairs = list(zip(states[::2], states[1::2], strict=True))
    compared = [
        with_presence(difference.compare(each.name, old, new, each.directions), each)
        for each, (old, new) in zip(found, pairs, strict=True)
    ]
    gather_tables(compared, pairs, reader, moments)
    charts: list[Chart] = []
    for number, (one, (old, new)) in enumerate(zip(compared, pairs, strict=True)):
        compared[number] = with_rows(one, reader, (moments.base, old), (moments.head, new))
        charts += charts_of(one, old, new) if reader.with_plots else []
    return compared, charts


def with_presence(one: ModelComparison, wanted: Wanted) -> ModelComparison:
    """Return a model with the state that mlgit.yaml gives it when only one side names it."""
    return replace(one, state=wanted.presence) if wanted.presence and one.state != "unreadable" else one


def tables_that_changed(one: ModelComparison) -> set[str]:
    """Return the paths of tables that differ and whose rows can be counted."""
    return {row.path for row in one.data if row.state in ("changed", "new", "gone") and can_count(row.path)}


def gather_tables(
    compared: list[ModelComparison],
    pairs: list[tuple[PipelineState, PipelineState]],
    reader: Reader,
    moments: Pair,
) -> None:
    """Read the tables of all models that changed and that Git has, in one process."""
    reader.blobs.gather(
        [
            (snapshot, path)
            for one, states in zip(compared, pairs, strict=True)
            for snapshot, state in zip((moments.base, moments.head), states, strict=True)
            for path in tables_that_changed(one)
            if path in state.tracked and reader.may_count(state.tracked[path])
        ]
    )


def with_rows(
    one: ModelComparison,
    reader: Reader,
    base: tuple[Snapshot, PipelineState],
    head: tuple[Snapshot, PipelineState],
) -> ModelComparison:
    """Return a model with the number of rows of the tables that changed, where it can be had without a network."""
    paths = tables_that_changed(one)
    if not paths:
        return one
    rows = [
        replace(
            row,
            base=counted(row.base, row.path, reader, base),
            head=counted(row.head, row.path, reader, head),
        )
        if row.path in paths
        else row
        for row in one.data
    ]
    return replace(one, data=tuple(rows))


def counted(
    version: DataVersion | None, path: str, reader: Reader, moment: tuple[Snapshot, PipelineState]
) -> DataVersion | None:
    """Return what is recorded about a table with its number of rows."""
    snapshot, state = moment
    if version is None or path not in state.tracked:
        return version
    return replace(version, rows=reader.rows(snapshot, state.tracked[path]))


def charts_of(one: ModelComparison, old: PipelineState, new: PipelineState) -> list[Chart]:
    """Return the plots of one model, those that changed first."""
    from mlgit.dvc.plots import chart

    rows = sorted(one.plots, key=lambda row: row.state == "unchanged")
    return [
        chart(one.name, row.file, row.state, old.plots.get(row.file), new.plots.get(row.file)) for row in rows
    ]


def without_unchanged(one: ModelComparison) -> ModelComparison:
    """Return a model with what changed only, and with its metrics all the same: they are what people look for.

    Those of the trivial baseline go when they did not change: they are context, not news.
    """
    kept = {
        "metrics": tuple(row for row in one.metrics if row.state != "unchanged" or not is_baseline(row.name)),
        "parameters": tuple(row for row in one.parameters if row.state != "unchanged"),
        "data": tuple(row for row in one.data if row.state != "unchanged"),
        "stages": tuple(row for row in one.stages if row.state != "unchanged"),
        "plots": tuple(row for row in one.plots if row.state != "unchanged"),
    }
    rows = sum(len(getattr(one, field)) - len(shown) for field, shown in kept.items())
    return replace(one, unchanged=rows, **kept)
