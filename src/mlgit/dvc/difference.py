"""Decide what differs between two states of a pipeline. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlgit.dvc.dotted import differences
from mlgit.dvc.lockfile import LockedStage
from mlgit.dvc.pipeline import FILE, Stage
from mlgit.dvc.state import FileError, PipelineState, place
from mlgit.metrics.comparison import (
    DataRow,
    DataVersion,
    Item,
    ModelComparison,
    PlotRow,
    SideError,
    StageReason,
    StageRow,
    State,
    worst,
)
from mlgit.metrics.direction import Direction
from mlgit.metrics.reading import ABSENT, Reading, unreadable
from mlgit.metrics.rows import NOWHERE, all_parameter_rows, all_rows


def compare(
    name: str, base: PipelineState, head: PipelineState, directions: Mapping[str, Direction]
) -> ModelComparison:
    """Return what differs in one model, every row included."""
    otherwise = (undeclared(base), undeclared(head))
    metrics = all_rows(base.metrics, head.metrics, directions, otherwise)
    parameters = all_parameter_rows(base.parameters, head.parameters, otherwise)
    data = data_rows(base, head)
    stages = stage_rows(base, head)
    plots = plot_rows(base, head)
    errors = (*errors_at("base", base), *errors_at("head", head))
    parts: list[State] = [row.state for rows in (metrics, parameters, data, stages, plots) for row in rows]
    if errors:
        parts.append("unreadable")
    return ModelComparison(
        name=name,
        pipeline=head.folder or ".",
        state=existence(base, head) or worst(parts),
        metrics=metrics,
        parameters=parameters,
        data=data,
        stages=stages,
        plots=plots,
        errors=errors,
    )


def undeclared(state: PipelineState) -> Reading:
    """Return what a file is that a state does not name: absent, unless its dvc.yaml cannot be read."""
    if state.pipeline is not None or not state.exists:
        return ABSENT
    declaration = place(state.folder, FILE)
    return unreadable(f"{declaration} cannot be read", declaration)


def existence(base: PipelineState, head: PipelineState) -> State | None:
    """Return `new` or `gone` when only one side has the pipeline and nothing about it is broken."""
    if base.errors or head.errors or base.exists == head.exists:
        return None
    return "new" if head.exists else "gone"


def errors_at(side: str, state: PipelineState) -> list[SideError]:
    """Return the files of one side that cannot be read."""
    errors = list(state.errors)
    for readings in (state.metrics, state.parameters):
        errors += [
            FileError(file, reading.reason, reading.where)
            for file, reading in readings.items()
            if reading.state == "unreadable"
        ]
    return [
        SideError(
            file=one.file, side="base" if side == "base" else "head", message=one.message, where=one.where
        )
        for one in dict.fromkeys(errors)
    ]


def data_rows(base: PipelineState, head: PipelineState) -> tuple[DataRow, ...]:
    """Return a row for each file and folder of data that either side records."""
    rows = []
    for path in sorted({*base.data, *head.data}):
        old, new = base.data.get(path), head.data.get(path)
        state, reason = data_state(old, new, base, head)
        rows.append(DataRow(path=path, state=state, base=old, head=new, reason=reason))
    return tuple(rows)


def data_state(
    old: DataVersion | None, new: DataVersion | None, base: PipelineState, head: PipelineState
) -> tuple[State, str]:
    """Return the state of one file of data, and why it cannot be told.

    Where a file that records data cannot be read, what it does not name may only be hidden.
    """
    hidden = [
        state.errors[0].file
        for version, state in ((old, base), (new, head))
        if version is None and state.errors
    ]
    if hidden:
        return "unreadable", f"{hidden[0]} cannot be read"
    if old is None or new is None:
        return ("new" if old is None else "gone"), ""
    if not old.digest or not new.digest:
        return "not available", "no digest is recorded"
    return ("unchanged" if old.digest == new.digest else "changed"), ""


def plot_rows(base: PipelineState, head: PipelineState) -> tuple[PlotRow, ...]:
    """Return a row for each file of points that either side declares."""
    rows = []
    for file in dict.fromkeys([*head.plots, *base.plots]):
        old, new = (state.plots[file].version if file in state.plots else "" for state in (base, head))
        state: State = "unchanged" if old == new else "new" if not old else "gone" if not new else "changed"
        hidden = [
            state for state in (base, head) if file not in state.plots and undeclared(state) is not ABSENT
        ]
        if hidden:
            rows.append(PlotRow(file=file, state="unreadable", reason=undeclared(hidden[0]).reason))
        elif not old and not new:
            rows.append(PlotRow(file=file, state="not available", reason=NOWHERE, hint="mlgit train"))
        else:
            rows.append(PlotRow(file=file, state=state))
    return tuple(rows)


def stage_rows(base: PipelineState, head: PipelineState) -> tuple[StageRow, ...]:
    """Return a row for each stage that either side declares; a side whose dvc.yaml is broken leaves it open."""
    old = base.pipeline.stages if base.pipeline else {}
    new = head.pipeline.stages if head.pipeline else {}
    broken = [state for state in (base, head) if state.exists and state.pipeline is None]
    rows = []
    for name in dict.fromkeys([*new, *old]):
        if broken:
            rows.append(StageRow(name=name, state="unreadable", reason="dvc.yaml cannot be read at one side"))
        elif name not in old or name not in new:
            rows.append(StageRow(name=name, state="gone" if name in old else "new"))
        else:
            rows.append(stage_row(name, base, head))
    return tuple(rows)


def stage_row(name: str, base: PipelineState, head: PipelineState) -> StageRow:
    """Return the row of a stage that both sides declare."""
    old, new = declared(base, name), declared(head, name)
    if old.unresolved or new.unresolved:
        if old == new and locked(base, name) == locked(head, name):
            return StageRow(name=name, state="unchanged")
        return StageRow(name=name, state="changed", reason=old.unresolved or new.unresolved)
    reasons = (
        *definition_reasons(old, new),
        *lock_reasons(locked(base, name), locked(head, name)),
    )
    return StageRow(name=name, state="changed" if reasons else "unchanged", reasons=reasons)


def declared(state: PipelineState, name: str) -> Stage:
    """Return a stage of a pipeline that was read."""
    return state.pipeline.stages[name] if state.pipeline else Stage(name=name)


def locked(state: PipelineState, name: str) -> LockedStage | None:
    """Return the recorded run of a stage, None when there is none."""
    return state.lock.stages.get(name) if state.lock else None


def definition_reasons(old: Stage, new: Stage) -> list[StageReason]:
    """Return what differs in the declaration of a stage."""
    reasons = []
    if (old.command, old.directory) != (new.command, new.directory):
        reasons.append(
            StageReason(item="command", state="changed", base=command_text(old), head=command_text(new))
        )
    reasons += list_reasons("dependency", old.dependencies, new.dependencies)
    reasons += list_reasons("parameter", parameter_names(old), parameter_names(new))
    reasons += list_reasons(
        "output", [output.path for output in old.outputs], [output.path for output in new.outputs]
    )
    for field in ("frozen", "always_changed"):
        if getattr(old, field) != getattr(new, field):
            reasons.append(
                StageReason(
                    item="definition",
                    state="changed",
                    name=field,
                    base=getattr(old, field),
                    head=getattr(new, field),
                )
            )
    return reasons


def command_text(stage: Stage) -> str:
    """Return the command of a stage as one text, with its folder when it runs in one."""
    lines = stage.command if isinstance(stage.command, str) else "\n".join(stage.command)
    return lines if stage.directory == "." else f"(in {stage.directory}) {lines}"


def parameter_names(stage: Stage) -> list[str]:
    """Return the parameters a stage depends on, with their file where it is not params.yaml."""
    return [
        name if wanted.file == "params.yaml" else f"{wanted.file}:{name}"
        for wanted in stage.parameters
        for name in wanted.names or ("*",)
    ]


def list_reasons(item: Item, old: Iterable[str], new: Iterable[str]) -> list[StageReason]:
    """Return what was added to and taken from a list of paths or names."""
    before, after = dict.fromkeys(old), dict.fromkeys(new)
    added = [StageReason(item=item, state="new", name=name) for name in after if name not in before]
    taken = [StageReason(item=item, state="gone", name=name) for name in before if name not in after]
    return [*added, *taken]


def lock_reasons(old: LockedStage | None, new: LockedStage | None) -> list[StageReason]:
    """Return what differs in what a stage was run with and in what came out."""
    if old is None or new is None:
        if old is new:
            return []
        return [StageReason(item="definition", state="new" if old is None else "gone", name="recorded run")]
    reasons = digest_reasons("dependency", digests(old.dependencies), digests(new.dependencies))
    reasons += parameter_reasons(old.parameters, new.parameters)
    return reasons + digest_reasons("output", digests(old.outputs), digests(new.outputs))


def digests(entries: Iterable[Any]) -> dict[str, str]:
    """Return the digest of each entry by its path."""
    return {entry.path: entry.digest for entry in entries}


def digest_reasons(item: Item, old: Mapping[str, str], new: Mapping[str, str]) -> list[StageReason]:
    """Return the paths whose recorded content differs; what was added or taken shows in the declaration."""
    return [
        StageReason(item=item, state="changed", name=path)
        for path in new
        if path in old and old[path] != new[path]
    ]


def parameter_reasons(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]
) -> list[StageReason]:
    """Return the parameters whose recorded value differs."""
    return [
        StageReason(item="parameter", state="changed", name=inner, base=before, head=after)
        for file, values in new.items()
        for name, value in values.items()
        if name in old.get(file, {})
        for inner, before, after in differences(name, old[file][name], value)
    ]
