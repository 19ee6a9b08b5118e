"""Where a model came from, as a value: what its dvc.lock says and what the record of its training adds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.runs.covered import Verification
from mlgit.runs.described import FILES, KIND, SIZE, STAGE, Described, Step, leading_to
from mlgit.runs.history import Record
from mlgit.runs.statement import Descriptor, StageRecord, Statement

NO_RECORD = (
    "no record tells of this model: it was trained before records were kept, or elsewhere without mlgit train"
)
NOT_COMMITTED = "a record of this pipeline is on disk and not committed yet: git add {folder}, and commit it with dvc.lock"
OTHERS_CHANGED = "the record tells of {artifact}; other outputs at this commit are not from that run: {names}"


class Ingredient(Struct, frozen=True, kw_only=True):
    """A file or folder that went in or came out."""

    name: str
    kind: Annotated[
        str,
        Meta(
            description="data, code, file, pointer, pipeline, variables, environment; output, metrics, plots."
        ),
    ]
    digest: dict[str, str]
    size: Annotated[int | None, Meta(description="Bytes.")] = None
    files: Annotated[int | None, Meta(description="How many files a folder holds.")] = None


class StageLineage(Struct, frozen=True, kw_only=True):
    """One stage: what it read and wrote, which run made what stands here, and how it came here."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    record: Annotated[
        str, Meta(description="The record of the run in which it ran; empty when none tells.")
    ] = ""
    seconds: float | None = None
    because: Annotated[tuple[str, ...], Meta(description="Why it had to run.")] = ()
    restored: Annotated[
        str,
        Meta(
            description="The record of a later run that restored its outputs from DVC's run cache, which keeps what a "
            "stage made of the same inputs before; empty: none did."
        ),
    ] = ""


class Recorder(Struct, frozen=True, kw_only=True):
    """The commit that brought a record in."""

    commit: str
    name: str
    date: str
    subject: str


class Run(Struct, frozen=True, kw_only=True):
    """The training itself. Times are RFC 3339 in UTC; absent is what nobody measured."""

    trigger: str
    outcome: str
    started: str
    finished: str
    wall_seconds: float
    cpu_seconds: float | None = None
    peak_memory_bytes: Annotated[int | None, Meta(description="Of the largest process.")] = None
    energy_joules: Annotated[float | None, Meta(description="Of all the machine's processors.")] = None
    pipelines: Annotated[
        int, Meta(description="Above 1: processor, memory and energy are of so many pipelines.")
    ] = 1
    system: str = ""
    architecture: str = ""
    versions: dict[str, str] = {}
    github: dict[str, str] = {}
    invocation: str = ""
    commit: Annotated[str, Meta(description="The commit that was checked out.")] = ""
    dirty: Annotated[bool | None, Meta(description="Whether files differed from that commit.")] = None


class Lineage(Struct, frozen=True, kw_only=True):
    """Where one model came from."""

    model: Annotated[str, Meta(description="Its name in mlgit.yaml; empty for a pipeline without one.")]
    pipeline: Annotated[str, Meta(description="The folder of its dvc.yaml.")]
    revision: str
    commit: str
    artifact: str = ""
    note: Annotated[str, Meta(description="What cannot be told, and why.")] = ""
    record: Annotated[str, Meta(description="The path of the record; empty when none tells.")] = ""
    in_tree: Annotated[bool, Meta(description="False: the record is in the history only.")] = True
    recorder: Recorder | None = None
    run: Run | None = None
    inputs: tuple[Ingredient, ...] = ()
    outputs: tuple[Ingredient, ...] = ()
    parameters: dict[str, dict[str, Any]] = {}
    stages: tuple[StageLineage, ...] = ()


class LineageReport(Struct, frozen=True, kw_only=True):
    """Where the models of a commit came from, and what a look at every digest found."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    models: tuple[Lineage, ...] = ()
    errors: Annotated[tuple[str, ...], Meta(description="Records that cannot be read.")] = ()
    verifications: tuple[Verification, ...] = ()


def matching(records: Sequence[Record], outputs: Sequence[Descriptor]) -> Record | None:
    """Return the newest record of a success whose subjects are exactly these outputs."""
    wanted = digests(outputs)
    successes = filter(succeeded, reversed(records)) if wanted else iter(())
    return next((one for one in successes if digests(one.statement.subject) == wanted), None)


def telling_of(records: Sequence[Record], artifact: Descriptor | None) -> Record | None:
    """Return the newest record of a success that has one output among its subjects."""
    if artifact is None:
        return None
    successes = filter(succeeded, reversed(records))
    return next(
        (one for one in successes if digests(one.statement.subject).get(artifact.name) == artifact.digest),
        None,
    )


def succeeded(record: Record) -> bool:
    """Tell whether a record is of a training that came to its end."""
    return record.statement.run.outcome == "succeeded"


def digests(descriptors: Iterable[Descriptor]) -> dict[str, dict[str, str]]:
    """Return the digests of descriptors by their names."""
    return {one.name: one.digest for one in descriptors}


def lineage_of(
    bare: Lineage,
    seen: Described,
    steps: Sequence[Step],
    wanted: Iterable[str],
    record: Record | None,
    records: Sequence[Record],
) -> Lineage:
    """Return a lineage filled in; `wanted` are the outputs that the model is about, none for all.

    What went in is taken from the record where there is one: it knows the files that dvc.lock does not name.
    """
    chosen = leading_to(steps, set(wanted)) if wanted else tuple(steps)
    names = {name for step in chosen for name in step.inputs}
    inputs = record.statement.dependencies if record else seen.inputs
    made, recorded = digests(seen.outputs), digests(record.statement.subject) if record else {}
    others = {*recorded, *made} if record else set()
    differing = sorted(name for name in others if recorded.get(name) != made.get(name))
    return replace(
        bare,
        note=note_of(bare, record, differing),
        record=record.path if record else "",
        run=run_of(record.statement) if record else None,
        inputs=tuple(
            ingredient(one)
            for one in inputs
            if "gitCommit" not in one.digest and (one.name in names or "sha256" in one.digest)
        ),
        outputs=tuple(map(ingredient, seen.outputs)),
        parameters=record.statement.inputs.parameters if record else seen.parameters,
        stages=tuple(stage_lineage(step, seen.outputs, records) for step in chosen),
    )


def note_of(bare: Lineage, record: Record | None, differing: Sequence[str]) -> str:
    """Return what cannot be told."""
    if record is None:
        return bare.note or NO_RECORD
    if differing:
        return OTHERS_CHANGED.format(artifact=bare.artifact, names=", ".join(differing))
    return bare.note


def ingredient(one: Descriptor) -> Ingredient:
    """Return a descriptor as an ingredient."""
    return Ingredient(
        name=one.name,
        kind=str(one.annotations.get(KIND, "file")),
        digest=one.digest,
        size=whole_number(one.annotations.get(SIZE)),
        files=whole_number(one.annotations.get(FILES)),
    )


def whole_number(value: Any) -> int | None:
    """Return a whole number, None for anything else: an annotation may hold what it likes."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def stage_lineage(step: Step, outputs: Sequence[Descriptor], records: Sequence[Record]) -> StageLineage:
    """Return a stage with the newest run that made what stands here, and the one that restored it since."""
    wanted = {one.name: one.digest for one in outputs if one.annotations.get(STAGE) == step.name}
    runs = list(telling_of_stage(records, step.name, wanted))
    ran = next((one for one in runs if one[1].outcome == "ran"), None)
    restored = runs[0] if runs and runs[0][1].outcome == "restored" else None
    why = ran or restored
    return StageLineage(
        name=step.name,
        inputs=step.inputs,
        outputs=step.outputs,
        record=ran[0].path if ran else "",
        seconds=ran[1].seconds if ran else None,
        because=why[1].because if why else (),
        restored=restored[0].path if restored else "",
    )


def telling_of_stage(
    records: Sequence[Record], name: str, wanted: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Record, StageRecord]]:
    """Yield the records in which a stage ran or was restored and left these outputs, the newest first."""
    for record in reversed(records):
        made = digests([*record.statement.subject, *record.statement.predicate.run_details.byproducts])
        if all(made.get(path) == digest for path, digest in wanted.items()):
            yield from (
                (record, stage)
                for stage in record.statement.run.stages
                if stage.name == name and stage.outcome in ("ran", "restored")
            )


def run_of(statement: Statement) -> Run:
    """Return the training that a record tells of."""
    details, run = statement.predicate.run_details, statement.run
    source = next((one for one in statement.dependencies if "gitCommit" in one.digest), None)
    return Run(
        trigger=run.trigger,
        outcome=run.outcome,
        started=details.metadata.started_on,
        finished=details.metadata.finished_on,
        wall_seconds=run.usage.wall_seconds,
        cpu_seconds=run.usage.cpu_seconds,
        peak_memory_bytes=run.usage.peak_memory_bytes,
        energy_joules=run.usage.energy_joules,
        pipelines=run.usage.pipelines,
        system=run.runner.system,
        architecture=run.runner.architecture,
        versions={"python": run.runner.python, **details.builder.version},
        github=run.runner.github,
        invocation=details.metadata.invocation_id,
        commit=source.digest["gitCommit"] if source else "",
        dirty=bool(source.annotations.get("mlgit_dirty")) if source else None,
    )
