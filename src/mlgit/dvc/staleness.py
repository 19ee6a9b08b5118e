"""Which stages are out of date, and why: dvc.yaml against dvc.lock and the content of what a stage reads. Pure.

A stage is `fresh` only when everything it depends on is known and the same as in its recorded run. What cannot be told
is `unknown`, never `fresh`. A stage behind a stale one is stale too: what it reads is going to be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.dvc.evidence import Evidence, Finding
from mlgit.dvc.lockfile import Entry, LockedStage
from mlgit.dvc.paths import around, joined
from mlgit.dvc.pipeline import Stage
from mlgit.dvc.state import PipelineState, place
from mlgit.dvc.templating import has_template
from mlgit.dvc.values import differences, inside, is_pattern, matching
from mlgit.metrics.reading import finite
from mlgit.text import value_text

Freshness = Literal["fresh", "stale", "unknown", "frozen"]
Cause = Literal[
    "never run", "command", "parameter", "dependency", "output", "upstream", "always changed", "not told"
]


CHANGED = "content changed"
OTHER_VALUE = "value changed"
NOT_HERE = "it is not here"
"""Said of a file that a clone lacks: it has to be fetched or made, which tells nothing of what changed."""


class Reason(Struct, frozen=True, kw_only=True):
    """Why a stage is not fresh."""

    cause: Cause
    name: Annotated[str, Meta(description="The path, the parameter or the stage it is about.")] = ""
    text: Annotated[str, Meta(description="What is the matter, in a few words.")] = ""
    recorded: Annotated[Any, Meta(description="A parameter's value in the recorded run.")] = None
    current: Annotated[Any, Meta(description="A parameter's value now.")] = None


class StageState(Struct, frozen=True, kw_only=True):
    """One stage: whether it would run, and why."""

    name: str
    pipeline: Annotated[str, Meta(description="The folder of its dvc.yaml.")]
    address: Annotated[str, Meta(description="How DVC calls it from the root of the repository.")]
    state: Freshness
    reasons: tuple[Reason, ...] = ()


class Values(Struct, frozen=True, kw_only=True):
    """The nested values of a file of parameters; `missing`: there is none; `unknown`: why they cannot be told."""

    tree: Any = None
    missing: bool = False
    unknown: str = ""


def reason_text(reason: Reason) -> str:
    """Return one reason in a few words."""
    if reason.cause == "parameter" and reason.text == OTHER_VALUE:
        return f"{reason.name}: {value_text(reason.recorded)} -> {value_text(reason.current)}"
    return f"{reason.name}: {reason.text}" if reason.name else reason.text


def stage_states(
    pipelines: Sequence[PipelineState], evidence: Evidence, parameters: Mapping[str, Values]
) -> tuple[StageState, ...]:
    """Return the state of every stage of `pipelines`, in their order.

    `parameters` holds the values of every file of parameters by its path from the root of the repository.
    """
    judged: dict[str, StageState] = {}
    reads: dict[str, list[str]] = {}
    makes: dict[str, list[str]] = {}
    for pipeline in pipelines:
        for stage in pipeline.pipeline.stages.values() if pipeline.pipeline else ():
            address = address_of(pipeline.folder, stage.name)
            reads[address] = located(pipeline.folder, stage, stage.dependencies)
            makes[address] = located(pipeline.folder, stage, [output.path for output in stage.outputs])
            judged[address] = judged_alone(pipeline, stage, evidence, parameters)
    return tuple(with_upstream(judged, reads, makes).values())


def address_of(folder: str, name: str) -> str:
    """Return how DVC calls a stage from the root of the repository."""
    return f"{place(folder, 'dvc.yaml')}:{name}" if folder else name


def located(folder: str, stage: Stage, paths: Sequence[str]) -> list[str]:
    """Return paths of a stage from the root of the repository; those outside of it are left out."""
    return [path for one in paths if (path := joined(folder, stage.directory, one)) is not None]


def judged_alone(
    pipeline: PipelineState, stage: Stage, evidence: Evidence, parameters: Mapping[str, Values]
) -> StageState:
    """Return the state of a stage as if everything before it were fresh."""
    locked = pipeline.lock.stages.get(stage.name) if pipeline.lock else None
    reasons = reasons_of(pipeline, stage, locked, evidence, parameters)
    return StageState(
        name=stage.name,
        pipeline=pipeline.folder or ".",
        address=address_of(pipeline.folder, stage.name),
        state=freshness(stage, reasons),
        reasons=tuple(reasons),
    )


def freshness(stage: Stage, reasons: Sequence[Reason]) -> Freshness:
    """Return the state that the reasons make."""
    if any(reason.cause != "not told" for reason in reasons):
        return "stale"
    if reasons:
        return "unknown"
    return "frozen" if stage.frozen else "fresh"


def reasons_of(
    pipeline: PipelineState,
    stage: Stage,
    locked: LockedStage | None,
    evidence: Evidence,
    parameters: Mapping[str, Values],
) -> list[Reason]:
    """Return why a stage is not fresh; nothing when it is."""
    if any(one.file == place(pipeline.folder, "dvc.lock") for one in pipeline.errors):
        return [Reason(cause="not told", name="dvc.lock", text="dvc.lock cannot be read")]
    if stage.unresolved:
        return unresolved_reasons(pipeline, stage, evidence, parameters)
    if locked is None:
        return [Reason(cause="never run", text="dvc.lock records no run of it")]
    reasons: list[Reason] = []
    if stage.always_changed or not (stage.dependencies or stage.parameters or stage.outputs):
        reasons.append(Reason(cause="always changed", text="it runs every time"))
    if stage.command != locked.command:
        reasons.append(Reason(cause="command", text="command changed"))
    return reasons + content_of_stage(pipeline.folder, stage, locked, evidence, parameters)


def content_of_stage(
    folder: str, stage: Stage, locked: LockedStage, evidence: Evidence, parameters: Mapping[str, Values]
) -> list[Reason]:
    """Return why what a stage reads and wrote is not that of its recorded run; a frozen one is not asked what it reads."""
    reasons: list[Reason] = []
    if not stage.frozen:
        reasons += parameter_reasons(folder, stage, locked, parameters)
        reasons += dependency_reasons(folder, stage, locked, evidence)
    return reasons + output_reasons(folder, stage, locked, evidence)


def unresolved_reasons(
    pipeline: PipelineState, stage: Stage, evidence: Evidence, parameters: Mapping[str, Values]
) -> list[Reason]:
    """Return that a stage cannot be told whose template has no value, and what of its plain parts is not as recorded.

    Where it stands for several, something is not as recorded when no run of them saw it.
    """
    found = [Reason(cause="not told", name=stage.name, text=stage.unresolved)]
    if has_template(stage.directory):
        return found
    plain = replace(
        stage,
        dependencies=tuple(one for one in stage.dependencies if not has_template(one)),
        parameters=tuple(one for one in stage.parameters if not has_template([one.file, *one.names])),
        outputs=tuple(one for one in stage.outputs if not has_template(one.path)),
    )
    runs = pipeline.lock.stages.values() if pipeline.lock else ()
    reasons = [
        content_of_stage(pipeline.folder, plain, one, evidence, parameters)
        for one in runs
        if one.name == stage.name or one.name.startswith(f"{stage.name}@")
    ]
    return found + [one for one in reasons[0] if all(one in other for other in reasons)] if reasons else found


def parameter_reasons(
    folder: str, stage: Stage, locked: LockedStage, parameters: Mapping[str, Values]
) -> list[Reason]:
    """Return the parameters that have another value than in the recorded run."""
    reasons: list[Reason] = []
    for wanted in stage.parameters:
        path = joined(folder, stage.directory, wanted.file)
        found = parameters.get(path or "", Values(unknown=f"{wanted.file} is outside of the repository"))
        if found.unknown or found.missing:
            text = found.unknown or "there is no such file"
            cause: Cause = "not told" if found.unknown else "parameter"
            reasons.append(Reason(cause=cause, name=wanted.file, text=text))
            continue
        recorded = locked.parameters.get(wanted.file, {})
        tree = found.tree if isinstance(found.tree, dict) else {}
        names = wanted.names or tuple(dict.fromkeys([*map(str, tree), *recorded]))
        shown = "" if wanted.file == "params.yaml" else f"{wanted.file}:"
        for name in names:
            reasons += reasons_of_parameter(shown + name, name, recorded, tree)
    return reasons


def reasons_of_parameter(shown: str, name: str, recorded: Mapping[str, Any], tree: Any) -> list[Reason]:
    """Return why one parameter makes a stage stale, name by name where it is a mapping; nothing when it is as recorded."""
    found = list(matching(tree, name).values()) if is_pattern(name) else []
    if len(found) > 1:
        text = f"{len(found)} parameters match it, and DVC takes one"
        return [Reason(cause="not told", name=shown, text=text)]
    try:
        current = found[0] if found else inside(tree, name)
    except KeyError:
        return [Reason(cause="parameter", name=shown, text="it is gone", recorded=finite(recorded.get(name)))]
    if name not in recorded:
        return [Reason(cause="parameter", name=shown, text="it is new", current=finite(current))]
    current = list(current) if isinstance(current, tuple) else current
    return [
        Reason(cause="parameter", name=inner, text=OTHER_VALUE, recorded=before, current=after)
        for inner, before, after in differences(shown, recorded[name], current)
    ]


def dependency_reasons(folder: str, stage: Stage, locked: LockedStage, evidence: Evidence) -> list[Reason]:
    """Return the dependencies whose content is not that of the recorded run."""
    recorded = {entry.path: entry for entry in locked.dependencies}
    reasons: list[Reason] = []
    for name in stage.dependencies:
        path = joined(folder, stage.directory, name)
        if path is None:
            reasons.append(Reason(cause="not told", name=name, text="it is outside of the repository"))
            continue
        entry = recorded.get(name)
        found = evidence.dependency(path, entry)
        reasons += content_reasons("dependency", path, entry, found)
    return reasons


def output_reasons(folder: str, stage: Stage, locked: LockedStage, evidence: Evidence) -> list[Reason]:
    """Return the outputs that the recorded run did not make, or whose content is another now."""
    recorded = {entry.path: entry for entry in locked.outputs}
    reasons: list[Reason] = []
    for output in stage.outputs:
        path = joined(folder, stage.directory, output.path)
        if path is None:
            reasons.append(Reason(cause="not told", name=output.path, text="it is outside of the repository"))
        elif output.path not in recorded:
            reasons.append(Reason(cause="output", name=path, text="the recorded run did not make it"))
        else:
            entry = recorded[output.path]
            reasons += content_reasons(
                "output", path, entry, evidence.output(path, entry, cached=output.cache)
            )
    return reasons


def content_reasons(
    cause: Literal["dependency", "output"], path: str, recorded: Entry | None, found: Finding
) -> list[Reason]:
    """Return why the content of one path is not that of the recorded run; nothing when it is."""
    if recorded is None:
        return [Reason(cause=cause, name=path, text="the recorded run did not read it")]
    if found.unknown:
        return [Reason(cause="not told", name=path, text=found.unknown)]
    if found.missing:
        return [Reason(cause=cause, name=path, text=NOT_HERE)]
    if not recorded.digest:
        return [Reason(cause="not told", name=path, text="dvc.lock records no digest of it")]
    if found.digest != recorded.digest:
        return [Reason(cause=cause, name=path, text=CHANGED)]
    return []


def with_upstream(
    judged: Mapping[str, StageState], reads: Mapping[str, list[str]], makes: Mapping[str, list[str]]
) -> dict[str, StageState]:
    """Return the states once more, each stage told what the stages before it are."""
    sources = upstream(reads, makes)
    settled = dict(judged)
    for _ in judged:
        step = {
            address: informed(state, [settled[one] for one in sources[address]])
            for address, state in judged.items()
        }
        if step == settled:
            break
        settled = step
    return settled


def upstream(reads: Mapping[str, list[str]], makes: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return for each stage those whose outputs it reads: the same path, a file in it, or the folder around it."""
    exact: dict[str, list[str]] = {}
    inside_of: dict[str, list[str]] = {}
    for address, paths in makes.items():
        for path in paths:
            exact.setdefault(path, []).append(address)
            for folder in around(path):
                inside_of.setdefault(folder, []).append(address)
    found: dict[str, list[str]] = {}
    for address, paths in reads.items():
        sources = [
            one
            for path in paths
            for place in (path, *around(path))
            for one in (exact.get(place, []) + (inside_of.get(path, []) if place == path else []))
        ]
        found[address] = [one for one in dict.fromkeys(sources) if one != address]
    return found


def informed(state: StageState, before: Sequence[StageState]) -> StageState:
    """Return a stage with the reasons that come from the stages before it."""
    if state.state == "frozen" or not before:
        return state
    reasons = list(state.reasons)
    for one in before:
        if one.state == "stale":
            reasons.append(Reason(cause="upstream", name=one.address, text="it will run again"))
        elif one.state == "unknown":
            reasons.append(
                Reason(cause="not told", name=one.address, text="it cannot be told whether this is fresh")
            )
    stale = any(reason.cause != "not told" for reason in reasons)
    return StageState(
        name=state.name,
        pipeline=state.pipeline,
        address=state.address,
        state="stale" if stale else "unknown" if reasons else state.state,
        reasons=tuple(reasons),
    )
