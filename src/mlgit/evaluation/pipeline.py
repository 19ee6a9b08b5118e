"""What a head does to the pipeline that vouches for its numbers: stages that are gone, files that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.config.model import Model
from mlgit.dvc import lockfile, pipeline
from mlgit.dvc.paths import below
from mlgit.dvc.state import PipelineState, place
from mlgit.dvc.tracked import outputs
from mlgit.evaluation.inputs import Inputs
from mlgit.metrics.verdict import EvidenceError, GateWarning
from mlgit.predictions.stored import Stored


def concerned(inputs: Inputs, model: Model) -> bool:
    """Tell whether the head changes what its numbers rest on: the pipeline, its lock, predictions or metrics files."""
    folder = model.folder
    relied = {place(folder, pipeline.FILE), place(folder, lockfile.FILE), *metrics_files(inputs, model)}
    return not inputs.changed.isdisjoint(relied) or not inputs.same_predictions(model)


def metrics_files(inputs: Inputs, model: Model) -> tuple[str, ...]:
    """Return the metrics files that rules of a model read."""
    rules = [rule for _, rule in model.rules if rule.reads_files]
    return tuple(dict.fromkeys(file for rule in rules for file in inputs.metrics(model, rule.files)[0]))


def evidence_paths(inputs: Inputs, model: Model) -> tuple[str, ...]:
    """Return the files that the rules of a model are decided from: its predictions and metrics files."""
    asked = any(not rule.reads_files for _, rule in model.rules)
    predictions = (model.predictions,) if asked and model.predictions else ()
    return (*predictions, *metrics_files(inputs, model))


def edited(head: Stored, base: Stored) -> tuple[EvidenceError, ...]:
    """Return the error of a file that is not the one which its stage wrote.

    A folder of which Git lacks files, those of .gitignore, is not what dvc.lock records at the base either: then nothing
    can be held against it.
    """
    if not head.differs_from_lock or (base.measured and base.differs_from_lock):
        return ()
    what = f"{head.path}, or a file beside it," if head.measured else head.path
    message = f"head: {what} is not what its stage wrote, as dvc.lock records it; mlgit train writes it again"
    return (EvidenceError(kind="edited", message=message),)


def edited_metrics(inputs: Inputs, model: Model) -> Iterator[EvidenceError]:
    """Yield the metrics files that rules read and that the head holds in another form than their stage wrote."""
    folder = model.folder
    for path in metrics_files(inputs, model):
        if not inputs.changed.isdisjoint({path, place(folder, lockfile.FILE)}):
            base, head = inputs.stored(path, folder)
            yield from edited(head, base)


def writes(state: PipelineState, path: str) -> bool:
    """Tell whether a stage of a pipeline writes a file, or the folder around it."""
    return any(below(written, path) for written, _ in outputs(state.folder, state.pipeline))


def abandoned(inputs: Inputs, model: Model) -> tuple[str, ...]:
    """Return what a stage of the base writes and no stage of the head does; nothing where dvc.yaml is broken."""
    head = inputs.pipelines(model.folder)[1]
    if head.exists and head.pipeline is None:
        return ()
    paths = evidence_paths(inputs, model)
    return tuple(path for path in paths if written(inputs, model, path) == (True, False))


def written(inputs: Inputs, model: Model, path: str) -> tuple[bool, bool]:
    """Tell whether a stage of the base, and one of the head, writes a file of a model."""
    pipelines = [inputs.pipelines(folder) for folder in inputs.writers(path, model.folder)]
    before, after = (any(writes(sides[at], path) for sides in pipelines) for at in (0, 1))
    return before, after


def pipeline_errors(inputs: Inputs, model: Model) -> Iterator[EvidenceError]:
    """Yield the files that count and that nothing vouches for any more, and the metrics files edited by hand."""
    if not concerned(inputs, model):
        return
    for path in () if unresolved(inputs, model) else abandoned(inputs, model):
        yield EvidenceError(kind="unwritten", message=f"{path}: no stage of the head writes it any more")
    yield from edited_metrics(inputs, model)


def pipeline_warnings(inputs: Inputs, model: Model) -> Iterator[GateWarning]:
    """Yield what keeps the pipeline of the head from vouching for anything: a file or a stage that nobody can read."""
    if not concerned(inputs, model):
        return
    _, head = inputs.pipelines(model.folder)
    if head.errors:
        message = f"{head.errors[0].where} of the head cannot be read: {head.errors[0].message}"
        yield GateWarning(kind="pipeline", message=message, hint="mlgit train")
    stage = unresolved(inputs, model)
    if stage and abandoned(inputs, model):
        message = f"it cannot be told what stage {stage} of the head writes"
        yield GateWarning(kind="pipeline", message=message, hint="write its outputs without templates")


def unresolved(inputs: Inputs, model: Model) -> str:
    """Return a stage of the head whose text takes values from elsewhere; empty when there is none."""
    _, head = inputs.pipelines(model.folder)
    stages = head.pipeline.stages.values() if head.pipeline else ()
    return next((stage.name for stage in stages if stage.unresolved), "")
