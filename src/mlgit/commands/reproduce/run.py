"""`reproduce`: check a commit out elsewhere, train it again from the start, and hold the results against its own."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from mlgit.commands.reproduce.inputs import bring_data, input_differences, library_note, parameter_differences
from mlgit.dvc import values
from mlgit.dvc.command import Dvc
from mlgit.dvc.state import address_of, place
from mlgit.git.repository import Repository
from mlgit.metrics.reading import ABSENT, Reading
from mlgit.project.project import Project
from mlgit.project.recorded import RecordedPipeline, Subject, placed, recorded_pipelines, subjects_at
from mlgit.project.roots import root_of, within
from mlgit.project.training_progress import Progress
from mlgit.project.verification import statement_checks
from mlgit.runs.described import KIND, steps
from mlgit.runs.history import Record
from mlgit.runs.lineage import matching, telling_of
from mlgit.runs.material import by_name, materials
from mlgit.runs.reproduction import (
    Compared,
    Difference,
    Reproduction,
    from_checks,
    judged,
    sorted_steps,
    stopped,
)
from mlgit.runs.statement import Descriptor
from mlgit.world.context import Context
from mlgit.world.files import read_bytes

NO_RECORD = (
    "no record tells of this model: whether the libraries and dvc.yaml are those of the training is not known"
)


class Trial(Struct, frozen=True, kw_only=True):
    """One pipeline of the commit, the copy in which it is trained again, and the record of its outputs."""

    recorded: RecordedPipeline
    copy: Repository
    record: Record | None

    @property
    def folder(self) -> str:
        """The folder of the pipeline."""
        return self.recorded.material.state.folder

    @property
    def covered(self) -> bool:
        """Whether the digests of dvc.lock are those of a run, as far as anybody wrote that down."""
        return self.record is not None or not (self.recorded.records or self.recorded.unreadable)


def reproduce(
    context: Context, revision: str, *, model: str | None = None, tolerance: float
) -> tuple[Reproduction, ...]:
    """Return what came of training the pipelines of a commit again, one by one; the repository is left as it is.

    Data come from the DVC cache of this clone, else from the remote. What is trained goes to that cache as with any
    training. Raises `UsageError` when there is no such commit or model.
    """
    project = Project.find(context)
    found, results = project.at(revision), []
    subjects = subjects_at(found, model)
    with project.sandbox() as sandbox:
        context.console.progress(f"checking out {revision}")
        copy = sandbox.check_out(found.files)
        for recorded in recorded_pipelines(found, list(subjects)):
            folder = recorded.material.state.folder
            trial = Trial(recorded=recorded, copy=copy, record=record_of(recorded, subjects[folder]))
            bare = bare_of(found.commit or "", folder, subjects[folder], tolerance)
            results.append(reproduced(context, trial, bare))
    return tuple(results)


def bare_of(commit: str, folder: str, subjects: Iterable[Subject], tolerance: float) -> Reproduction:
    """Return what is known before anything is done."""
    models = tuple(one.name for one in subjects if one.name)
    return Reproduction(
        commit=commit, pipeline=folder or ".", models=models, verdict="not reproduced", tolerance=tolerance
    )


def record_of(recorded: RecordedPipeline, subjects: Iterable[Subject]) -> Record | None:
    """Return the record of these outputs, or of the model among them."""
    every, outputs = recorded.every, recorded.material.seen.outputs
    artifacts = [by_name(outputs).get(placed(one, outputs).artifact) for one in subjects]
    return matching(every, outputs) or next(
        (found for one in artifacts if (found := telling_of(every, one)) is not None), None
    )


def reproduced(context: Context, trial: Trial, bare: Reproduction) -> Reproduction:
    """Train one pipeline again when everything that goes in is what it was, and judge what comes out."""
    found = trial.recorded.material
    notes = [library_note(trial.recorded), "" if trial.record else NO_RECORD]
    bare = replace(bare, notes=tuple(note for note in notes if note))
    if found.state.errors or found.state.lock is None:
        return stopped(bare, [unreadable(trial)])
    differing = record_differences(trial)
    if not differing:
        bring_data(context, trial.copy, trial.recorded)
        differing = [
            *input_differences(trial.copy.root, found),
            *parameter_differences(trial.recorded),
        ]
    if differing:
        return stopped(bare, differing)
    return trained_again(context, trial, bare)


def unreadable(trial: Trial) -> Difference:
    """Return why there is nothing to reproduce."""
    state = trial.recorded.material.state
    if state.errors:
        return Difference(kind="file", path=state.errors[0].file, text=state.errors[0].message)
    return Difference(
        kind="lock", path=place(trial.folder, "dvc.lock"), text="there is none: nothing was trained"
    )


def record_differences(trial: Trial) -> list[Difference]:
    """Return what the commit holds other than the record of its training says; nothing without a record.

    What is in the DVC cache is looked at later, on the data that are really trained with.
    """
    if trial.record is None:
        return []
    statement = trial.record.statement
    every = (*statement.predicate.run_details.byproducts, *statement.dependencies, *statement.subject)
    kinds = {one.name: str(one.annotations.get(KIND, "file")) for one in every}
    files = dict.fromkeys(statement.inputs.parameters, "parameter")
    checks = statement_checks(trial.recorded, statement, cache=False)
    found = from_checks(checks, {**kinds, **files}, "file")
    return sorted(found, key=lambda one: one.kind == "pointer")


def trained_again(context: Context, trial: Trial, bare: Reproduction) -> Reproduction:
    """Run every stage in the clone and judge the results."""
    found = trial.recorded.material
    committed = {file: metrics_at(trial, file) for file in metric_files(found.seen.outputs)}
    root = root_of(trial.copy.root, place(trial.folder, "dvc.yaml"))
    progress, begin = Progress(context, root), context.clock()
    targets = [within(root, one) for one in stages_to_run(trial)]
    exit_code = Dvc(context, trial.copy.root / root).stream(
        "repro", "--force", "--single-item", "--", *targets, on_line=progress.line
    )
    progress.finish("failed" if exit_code else "ran")
    bare = replace(bare, seconds=round(context.clock() - begin, 1))
    if exit_code:
        failed = next(
            (run.name for run in progress.runs if run.outcome == "failed"), place(trial.folder, "dvc.yaml")
        )
        text = progress.complaint or "it failed"
        return stopped(bare, [Difference(kind="training", path=failed, text=text)])
    tree = Project(trial.copy).at()
    (made,) = materials(tree.reader, tree.files, [trial.folder])
    compared = Compared(
        steps=steps(trial.folder, found.state.pipeline, found.state.lock),
        committed=found.seen.outputs,
        made=made.seen.outputs,
        metrics={
            file: (old, reading(read_bytes(trial.copy.root / file), file)) for file, old in committed.items()
        },
    )
    return judged(bare, compared, covered=trial.covered)


def stages_to_run(trial: Trial) -> list[str]:
    """Return the stages of the pipeline, each behind those it reads from; a frozen one stays as it was committed.

    What another pipeline made is an input: it was fetched, and is held against dvc.lock like any other.
    """
    state = trial.recorded.material.state
    declared = state.pipeline.stages if state.pipeline else {}
    ordered = sorted_steps(steps(state.folder, state.pipeline, state.lock))
    return [address_of(state.folder, one.name) for one in ordered if not declared[one.name].frozen]


def metric_files(outputs: Iterable[Descriptor]) -> list[str]:
    """Return the files of metrics among outputs."""
    return [one.name for one in outputs if one.annotations.get(KIND) == "metrics"]


def metrics_at(trial: Trial, file: str) -> Reading:
    """Return the committed metrics: from Git, else from the DVC cache."""
    revision = trial.recorded.revision
    content = revision.content(file)
    if content is None:
        entry = by_name(trial.recorded.material.seen.outputs)[file]
        digest = next(iter(entry.digest.values()), "")
        content = revision.reader.cache.content(trial.folder, digest)
    return reading(content, file)


def reading(content: bytes | None, file: str) -> Reading:
    """Return what a file of metrics says."""
    return ABSENT if content is None else values.metrics(content, file)
