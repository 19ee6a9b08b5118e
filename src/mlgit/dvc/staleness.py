"""Which stages are out of date, and why: dvc.yaml against dvc.lock and the content of what a stage reads. Pure.

A stage is `fresh` only when everything it depends on is known and the same as in its recorded run. What cannot be told
is `unknown`, never `fresh`. A stage behind a stale one is stale too: what it reads is going to be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.dvc.evidence import Evidence
from mlgit.dvc.lockfile import LockedStage
from mlgit.dvc.paths import around
from mlgit.dvc.pipeline import Stage
from mlgit.dvc.reasons import Reason, Values, content_of_stage, reads_outside, unresolved_reasons
from mlgit.dvc.state import PipelineState, address_of, located, place
from mlgit.text import visible

Freshness = Literal["fresh", "stale", "unknown", "frozen"]


class StageState(Struct, frozen=True, kw_only=True):
    """One stage: whether it would run, and why."""

    name: str
    pipeline: Annotated[str, Meta(description="The folder of its dvc.yaml.")]
    address: Annotated[str, Meta(description="How DVC calls it from the root of the repository.")]
    state: Freshness
    reasons: tuple[Reason, ...] = ()


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


def outside_hint(states: Sequence[StageState]) -> str:
    """Return how stages can be told that read what lies outside of the repository; empty where none does."""
    named = next((one.name for state in states for one in state.reasons if reads_outside(one)), "")
    if not named:
        return ""
    return f"dvc import-url {quote(visible(named))} keeps a version of it here: let the stage read that file instead"


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
