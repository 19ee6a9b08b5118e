"""What a head does to the pipeline that vouches for its numbers: stages that are gone, files that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.commands.gate_bench import Bench
from mlgit.config.model import Model
from mlgit.dvc import pipeline
from mlgit.dvc.paths import below, joined
from mlgit.dvc.state import PipelineState, place
from mlgit.dvc.tracked import outputs
from mlgit.metrics.verdict import Flaw, Notice


def concerned(bench: Bench, model: Model) -> bool:
    """Tell whether what a head says rests on its pipeline: another dvc.yaml, other predictions, or metrics files."""
    if place(joined(model.pipeline) or "", pipeline.FILE) in bench.moments.changed:
        return True
    reads_files = any(rule.reads_files for gate in model.gates for rule in gate.values())
    return reads_files or not bench.same_predictions(model)


def evidence_paths(bench: Bench, model: Model) -> tuple[str, ...]:
    """Return the files that the rules of a model are decided from: its predictions and metrics files."""
    found: dict[str, None] = {}
    for rule in (rule for gate in model.gates for rule in gate.values()):
        if rule.reads_files:
            found.update(dict.fromkeys(bench.metrics(model, rule.seeds)[0]))
        elif model.predictions:
            found[model.predictions] = None
    return tuple(found)


def writes(state: PipelineState, path: str) -> bool:
    """Tell whether a stage of a pipeline writes a file, or the folder around it."""
    return any(below(written, path) for written, _ in outputs(state.folder, state.pipeline))


def abandoned(bench: Bench, model: Model) -> tuple[str, ...]:
    """Return what a stage of the base writes and no stage of the head does; nothing where dvc.yaml is broken."""
    folder = joined(model.pipeline) or ""
    base, head = (bench.state(side, folder) for side in (bench.moments.base, bench.moments.head))
    if head.exists and head.pipeline is None:
        return ()
    paths = evidence_paths(bench, model)
    return tuple(path for path in paths if writes(base, path) and not writes(head, path))


def pipeline_flaws(bench: Bench, model: Model) -> Iterator[Flaw]:
    """Yield the files that count and that nothing vouches for any more."""
    if not concerned(bench, model) or unresolved(bench, model):
        return
    for path in abandoned(bench, model):
        yield Flaw(kind="unwritten", message=f"{path}: no stage of the head writes it any more")


def pipeline_notices(bench: Bench, model: Model) -> Iterator[Notice]:
    """Yield what keeps the pipeline of the head from vouching for anything: a file or a stage that nobody can read."""
    if not concerned(bench, model):
        return
    head = bench.state(bench.moments.head, joined(model.pipeline) or "")
    if head.troubles:
        message = f"{head.troubles[0].where} of the head cannot be read: {head.troubles[0].message}"
        yield Notice(kind="pipeline", message=message, remedy="mlgit train")
    stage = unresolved(bench, model)
    if stage and abandoned(bench, model):
        message = f"it cannot be told what stage {stage} of the head writes"
        yield Notice(kind="pipeline", message=message, remedy="write its outputs without templates")


def unresolved(bench: Bench, model: Model) -> str:
    """Return a stage of the head whose text takes values from elsewhere; empty when there is none."""
    declared = bench.state(bench.moments.head, joined(model.pipeline) or "").pipeline
    stages = declared.stages.values() if declared else ()
    return next((stage.name for stage in stages if stage.unresolved), "")
