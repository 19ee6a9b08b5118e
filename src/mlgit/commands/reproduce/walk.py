"""`reproduce`: check a commit out elsewhere, train it again from the start, and hold the results against its own."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from mlgit.commands.lineage.ground import Ground, grounds
from mlgit.commands.lineage.verify import statement_checks
from mlgit.commands.lineage.walk import Subject, by_pipeline, chosen, placed
from mlgit.commands.reproduce.inputs import bring_data, input_differences, library_note, parameter_differences
from mlgit.commands.train.walk import Story
from mlgit.dvc import values
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.command import Dvc
from mlgit.dvc.reader import Reader
from mlgit.dvc.staleness import address_of
from mlgit.dvc.state import place
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository
from mlgit.git.snapshot import WorkTreeSnapshot
from mlgit.metrics.reading import ABSENT, Reading
from mlgit.project.project import Project
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


class Scene(Struct, frozen=True, kw_only=True):
    """One pipeline of the commit, and the folder in which it is trained again."""

    ground: Ground
    copy: Repository
    record: Record | None

    @property
    def folder(self) -> str:
        """The folder of the pipeline."""
        return self.ground.found.state.folder

    @property
    def covered(self) -> bool:
        """Whether the digests of dvc.lock are those of a run, as far as anybody wrote that down."""
        return self.record is not None or not (self.ground.records or self.ground.wrong)


def reproduce(
    context: Context, revision: str, *, model: str | None = None, tolerance: float
) -> tuple[Reproduction, ...]:
    """Return what came of training the pipelines of a commit again, one by one; the repository is left as it is.

    Data come from the DVC cache of this clone, else from the remote. What is trained goes to that cache as with any
    training. Raises `UsageError` when there is no such commit or model.
    """
    project = Project.find(context)
    repository, reader, at = project.repository, project.reader, project.at(revision)
    moment = at.files
    pipelines = by_pipeline(chosen(at.configuration_or_default, moment, model))
    results = []
    with project.sandbox() as sandbox:
        context.console.progress(f"checking out {revision}")
        copy = sandbox.check_out(moment)
        for ground in grounds(repository, reader, moment, list(pipelines)):
            folder = ground.found.state.folder
            subjects = pipelines[folder]
            scene = Scene(ground=ground, copy=copy, record=record_of(ground, subjects))
            results.append(
                reproduced(context, scene, bare_of(moment.commit or "", folder, subjects, tolerance))
            )
    return tuple(results)


def bare_of(commit: str, folder: str, subjects: Iterable[Subject], tolerance: float) -> Reproduction:
    """Return what is known before anything is done."""
    models = tuple(one.name for one in subjects if one.name)
    return Reproduction(
        commit=commit, pipeline=folder or ".", models=models, verdict="not reproduced", tolerance=tolerance
    )


def record_of(ground: Ground, subjects: Iterable[Subject]) -> Record | None:
    """Return the record of these outputs, or of the model among them."""
    every, outputs = ground.every, ground.found.seen.outputs
    artifacts = [by_name(outputs).get(placed(one, outputs).artifact) for one in subjects]
    return matching(every, outputs) or next(
        (found for one in artifacts if (found := telling_of(every, one)) is not None), None
    )


def reproduced(context: Context, scene: Scene, bare: Reproduction) -> Reproduction:
    """Train one pipeline again when everything that goes in is what it was, and judge what comes out."""
    found = scene.ground.found
    notes = [library_note(scene.ground), "" if scene.record else NO_RECORD]
    bare = replace(bare, notes=tuple(note for note in notes if note))
    if found.state.troubles or found.state.lock is None:
        return stopped(bare, [unreadable(scene)])
    differing = record_differences(scene)
    if not differing:
        bring_data(context, scene.copy, scene.ground)
        differing = [
            *input_differences(scene.copy.root, found),
            *parameter_differences(scene.ground),
        ]
    if differing:
        return stopped(bare, differing)
    return trained_again(context, scene, bare)


def unreadable(scene: Scene) -> Difference:
    """Return why there is nothing to reproduce."""
    state = scene.ground.found.state
    if state.troubles:
        return Difference(kind="file", path=state.troubles[0].file, text=state.troubles[0].message)
    return Difference(
        kind="lock", path=place(scene.folder, "dvc.lock"), text="there is none: nothing was trained"
    )


def record_differences(scene: Scene) -> list[Difference]:
    """Return what the commit holds other than the record of its training says; nothing without a record.

    What is in the DVC cache is looked at later, on the data that are really trained with.
    """
    if scene.record is None:
        return []
    statement = scene.record.statement
    every = (*statement.predicate.run_details.byproducts, *statement.dependencies, *statement.subject)
    kinds = {one.name: str(one.annotations.get(KIND, "file")) for one in every}
    files = dict.fromkeys(statement.inputs.parameters, "parameter")
    checks = statement_checks(scene.ground, statement, cache=False)
    found = from_checks(checks, {**kinds, **files}, "file")
    return sorted(found, key=lambda one: one.kind == "pointer")


def trained_again(context: Context, scene: Scene, bare: Reproduction) -> Reproduction:
    """Run every stage in the clone and judge the results."""
    found = scene.ground.found
    committed = {file: metrics_at(scene, file) for file in metric_files(found.seen.outputs)}
    story, begin = Story(context), context.clock()
    targets = stages_to_run(scene)
    exit_code = Dvc(context, scene.copy.root).stream(
        "repro", "--force", "--single-item", "--", *targets, heard=story.heard
    )
    story.finish("failed" if exit_code else "ran")
    bare = replace(bare, seconds=round(context.clock() - begin, 1))
    if exit_code:
        failed = next(
            (run.name for run in story.runs if run.outcome == "failed"), place(scene.folder, "dvc.yaml")
        )
        text = story.complaint or "it failed"
        return stopped(bare, [Difference(kind="training", path=failed, text=text)])
    reader = Reader(BlobCache(scene.copy), LocalCache(scene.copy.root))
    made = materials(reader, WorkTreeSnapshot(scene.copy), [scene.folder])[0]
    compared = Compared(
        steps=steps(scene.folder, found.state.pipeline, found.state.lock),
        committed=found.seen.outputs,
        made=made.seen.outputs,
        metrics={
            file: (old, reading(read_bytes(scene.copy.root / file), file)) for file, old in committed.items()
        },
    )
    return judged(bare, compared, covered=scene.covered)


def stages_to_run(scene: Scene) -> list[str]:
    """Return the stages of the pipeline, each behind those it reads from; a frozen one stays as it was committed.

    What another pipeline made is an input: it was fetched, and is held against dvc.lock like any other.
    """
    state = scene.ground.found.state
    declared = state.pipeline.stages if state.pipeline else {}
    ordered = sorted_steps(steps(state.folder, state.pipeline, state.lock))
    return [address_of(state.folder, one.name) for one in ordered if not declared[one.name].frozen]


def metric_files(outputs: Iterable[Descriptor]) -> list[str]:
    """Return the files of metrics among outputs."""
    return [one.name for one in outputs if one.annotations.get(KIND) == "metrics"]


def metrics_at(scene: Scene, file: str) -> Reading:
    """Return the committed metrics: from Git, else from the DVC cache."""
    ground = scene.ground
    content = ground.reader.blobs.content(ground.moment, file)
    if content is None:
        entry = by_name(ground.found.seen.outputs)[file]
        digest = next(iter(entry.digest.values()), "")
        content = LocalCache(ground.repository.root).content(scene.folder, digest)
    return reading(content, file)


def reading(content: bytes | None, file: str) -> Reading:
    """Return what a file of metrics says."""
    return ABSENT if content is None else values.metrics(content, file)
