"""Two revisions of a project compared: both read, what differs decided, the result a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from mlgit.dvc import difference
from mlgit.dvc.reader import Reader
from mlgit.dvc.rowcount import can_count
from mlgit.dvc.state import PipelineState
from mlgit.evaluation.compared import ComparedModel, chosen, differing, models
from mlgit.evaluation.inputs import Inputs, side_of
from mlgit.evaluation.intervals import with_evidence
from mlgit.git.snapshot import pair
from mlgit.metrics.comparison import Comparison, DataVersion, ModelComparison, SideError, worst
from mlgit.metrics.direction import is_baseline
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.stats.decision import Verdict

if TYPE_CHECKING:
    from mlgit.dvc.plots import Chart

FEW = 30
"""Up to so many models all are read; of more, those none of whose files differs are left out."""


class Report(NamedTuple):
    """A comparison and, where they were asked for, the plots of both sides."""

    comparison: Comparison
    charts: tuple[Chart, ...]


def compare(
    project: Project,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    everything: bool = False,
    with_plots: bool = False,
    only_verified: bool = False,
    functions: bool = False,
) -> Report:
    """Return what differs between `base` and `head` (None: the working tree), with the points of every plot if asked.

    `model` names the one model to compare; `everything` keeps what did not change; `only_verified`: evidence that nobody
    measured again decides no gate; `functions`: those of scores run. Raises `UsageError` for a revision
    or a model that does not exist. A file that cannot be read is in the result, not an error.
    """
    inputs = Inputs(project, pair(project.repository, base, head))
    inputs.only_verified, inputs.functions = only_verified, functions
    errors: list[SideError] = []
    found = chosen(models(inputs, errors), model)
    read_now = found if everything or len(found) <= FEW else differing(found, inputs)
    reader = Reader(project.blobs, project.cache, with_plots=True) if with_plots else project.reader
    compared, charts = compare_models(read_now, reader, inputs)
    compared, claims = with_evidence(compared, inputs)
    if not everything:
        compared = [without_unchanged(one) for one in compared]
        compared = [one for one in compared if worth_showing(one) or len(found) == 1]
    comparison = Comparison(
        base=side_of(inputs.base),
        head=side_of(inputs.head),
        state="unreadable" if errors else worst([one.state for one in compared]),
        models=tuple(compared),
        errors=tuple(errors),
        untouched=len(found) - len(compared),
        claims=claims,
    )
    names = {one.name for one in compared}
    return Report(comparison=comparison, charts=tuple(one for one in charts if one.model in names))


def worth_showing(one: ModelComparison) -> bool:
    """Tell whether something changed in a model, or its gates have something to say."""
    if one.gate is None or one.state != "unchanged":
        return one.state != "unchanged"
    if one.gate.verdict is None:
        return bool(one.gate.warnings)
    return one.gate.state != "unchanged" or one.gate.verdict is not Verdict.PASS


def compare_models(
    found: list[ComparedModel], reader: Reader, inputs: Inputs
) -> tuple[list[ModelComparison], list[Chart]]:
    """Return what differs in each model, and its plots when the reader reads them."""
    sides = [((inputs.base.files, each.base), (inputs.head.files, each.head)) for each in found]
    states = reader.read([request for both in sides for request in both])
    pairs = list(zip(states[::2], states[1::2], strict=True))
    compared = [
        with_presence(difference.compare(each.name, old, new, each.directions), each)
        for each, (old, new) in zip(found, pairs, strict=True)
    ]
    gather_tables(compared, pairs, reader, inputs)
    charts: list[Chart] = []
    for number, (one, (old, new)) in enumerate(zip(compared, pairs, strict=True)):
        compared[number] = with_rows(one, reader, (inputs.base, old), (inputs.head, new))
        charts += charts_of(one, old, new) if reader.with_plots else []
    return compared, charts


def with_presence(one: ModelComparison, known: ComparedModel) -> ModelComparison:
    """Return a model with the state that mlgit.yaml gives it when only one side names it."""
    return replace(one, state=known.presence) if known.presence and one.state != "unreadable" else one


def tables_that_changed(one: ModelComparison) -> set[str]:
    """Return the paths of tables that differ and whose rows can be counted."""
    return {row.path for row in one.data if row.state in ("changed", "new", "gone") and can_count(row.path)}


def gather_tables(
    compared: list[ModelComparison],
    pairs: list[tuple[PipelineState, PipelineState]],
    reader: Reader,
    inputs: Inputs,
) -> None:
    """Read the tables of all models that changed and that Git has, in one process."""
    reader.blobs.gather(
        [
            (side.files, path)
            for one, states in zip(compared, pairs, strict=True)
            for side, state in zip((inputs.base, inputs.head), states, strict=True)
            for path in tables_that_changed(one)
            if path in state.tracked and reader.may_count(state.tracked[path])
        ]
    )


def with_rows(
    one: ModelComparison,
    reader: Reader,
    base: tuple[Revision, PipelineState],
    head: tuple[Revision, PipelineState],
) -> ModelComparison:
    """Return a model with the number of rows of the tables that changed, where it can be had without a network."""
    paths = tables_that_changed(one)
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
    version: DataVersion | None, path: str, reader: Reader, side: tuple[Revision, PipelineState]
) -> DataVersion | None:
    """Return what is recorded about a table with its number of rows."""
    revision, state = side
    if version is None or path not in state.tracked:
        return version
    return replace(version, rows=reader.rows(revision.files, state.tracked[path]))


def charts_of(one: ModelComparison, old: PipelineState, new: PipelineState) -> list[Chart]:
    """Return the plots of one model, those that changed first."""
    from mlgit.dvc.plots import charts

    rows = sorted(one.plots, key=lambda row: row.state == "unchanged")
    return [
        chart
        for row in rows
        for chart in charts(one.name, row.file, row.state, old.plots.get(row.file), new.plots.get(row.file))
    ]


def without_unchanged(one: ModelComparison) -> ModelComparison:
    """Return a model with what changed only, and with its metrics all the same: they are what people look for.

    Those of the trivial baseline go when they did not change: they are context, not news.
    """
    kept = {
        "metrics": tuple(row for row in one.metrics if row.state != "unchanged" or not is_baseline(row.name)),
        **{
            field: tuple(row for row in getattr(one, field) if row.state != "unchanged")
            for field in ("parameters", "data", "stages", "plots")
        },
    }
    rows = sum(len(getattr(one, field)) - len(shown) for field, shown in kept.items())
    return replace(one, unchanged=rows, **kept)
