"""Whether a head was trained on what it holds: stages that its own changes made stale, or that nobody can tell it of.

It holds every rule back, whatever decides it: numbers of a training on other data, code or parameters tell nothing of the
head. What cannot be told is never taken for fresh.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from mlgit.config.model import Model
from mlgit.dvc.difference import declared, definition_reasons, locked
from mlgit.dvc.paths import below, touches
from mlgit.dvc.reasons import NOT_HERE, OTHER_VALUE, Reason, reason_text
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import PipelineState, located
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.pipeline import writes, written
from mlgit.metrics.comparison import StageReason
from mlgit.metrics.verdict import GateWarning
from mlgit.text import value_text

OUTSIDE = ("always changed", "upstream")
"""Causes that no change of a head is to blame for by itself."""
TRAIN = "mlgit train"


def not_trained(inputs: Inputs, name: str, model: Model) -> tuple[GateWarning, ...]:
    """Return the stage that the head changed without training again, or of which that cannot be told; at most one warning.

    Nothing for a model that no changed path concerns, and for what was so at the base already.
    """
    path, folder = model.predictions, model.folder
    others = inputs.writers(path, folder)[1:] if path else ()
    near = [
        one or "." for one in others if path and any(writes(side, path) for side in inputs.pipelines(one))
    ]
    asked = ([folder or "."] if name in inputs.concerned else []) + [
        one for one in near if inputs.concerns(one)
    ]
    found = [one for where in dict.fromkeys(asked) for one in warnings(inputs, where)]
    return tuple(found or apart(inputs, model))[:1]


def apart(inputs: Inputs, model: Model) -> Iterator[GateWarning]:
    """Yield a warning about a model that is another one beside predictions of before, where no stage ties them together."""
    path, artifact = model.predictions, model.artifact
    if path is None or artifact is None or not inputs.same_predictions(model):
        return
    if any(below(artifact, one) for one in bare(inputs.changed)) and not any(written(inputs, model, path)):
        message = (
            f"{artifact} changed and {path} did not, and no stage of dvc.yaml tells that it is of this model"
        )
        yield GateWarning(kind="not-told", message=message, hint=f"write {path} again, best by a stage")


def warnings(inputs: Inputs, folder: str) -> Iterator[GateWarning]:
    """Yield a warning for each stage of a pipeline and of those before it, what is certain first."""
    states = lineage_of(inputs.head_stages, folder)
    doubts: list[GateWarning] = []
    for state in states:
        known = inputs.base_stages[state.address].reasons if state.address in inputs.base_stages else ()
        found = [reason for reason in state.reasons if blamed(inputs, state, reason, known)]
        certain = next((reason for reason in found if reason.cause != "not told"), None)
        if certain is not None:
            yield stale(state, reason_said(certain))
            continue
        yield from redeclared(inputs, state)
        if found:
            doubts.append(unknown(state, reason_said(replace(found[0], name=other_than(state, found[0])))))
    yield from doubts


def stale(state: StageState, why: str) -> GateWarning:
    """Return the warning about a stage that the head changed and did not run."""
    message = f"it was not trained again: {state.name} is stale ({why})"
    return GateWarning(kind="not-trained", message=message, hint=TRAIN)


def unknown(state: StageState, why: str) -> GateWarning:
    """Return the warning about a stage that a change concerns and of which nobody can tell whether it ran."""
    message = f"it cannot be told whether it was trained again: {state.name} ({why})"
    return GateWarning(kind="not-told", message=message, hint="dvc status tells what DVC sees")


def redeclared(inputs: Inputs, state: StageState) -> Iterator[GateWarning]:
    """Yield a warning about a stage that DVC calls fresh because its dvc.yaml tells it to look away.

    Another declaration beside the record of the old run, or a frozen stage whose inputs changed.
    """
    base, head = (pipeline_of(side.pipelines, state.pipeline) for side in (inputs.base, inputs.head))
    if base is None or head is None or base.pipeline is None or state.name not in base.pipeline.stages:
        return
    old, new = declared(base, state.name), declared(head, state.name)
    other = definition_reasons(old, new)
    if other and locked(base, state.name) == locked(head, state.name):
        yield stale(state, declaration_said(other[0]))
    elif state.state == "frozen":
        paths = located(head.folder, new, [*new.dependencies, *(one.file for one in new.parameters)])
        changed = sorted(path for path in bare(inputs.changed) if any(touches(one, path) for one in paths))
        if changed:
            yield unknown(state, f"it is frozen, and {changed[0]} changed")


def pipeline_of(states: Iterable[PipelineState], folder: str) -> PipelineState | None:
    """Return the pipeline of a folder; None where there is none."""
    return next((one for one in states if (one.folder or ".") == folder), None)


def lineage_of(states: Mapping[str, StageState], folder: str) -> list[StageState]:
    """Return the stages of a pipeline, and those elsewhere that they are not fresh because of."""
    found = {state.address: state for state in states.values() if state.pipeline == folder}
    waiting = list(found.values())
    while waiting:
        names = [reason.name for reason in waiting.pop().reasons if reason.name in states]
        fresh = {name: states[name] for name in names if name not in found}
        found.update(fresh)
        waiting += fresh.values()
    return list(found.values())


def blamed(inputs: Inputs, state: StageState, reason: Reason, known: tuple[Reason, ...]) -> bool:
    """Tell whether a change of the head is the reason; `known` are those that held at the base already."""
    if reason.cause in OUTSIDE or (reason.name in inputs.head_stages and reason.name != state.name):
        return False
    if reason.cause == "not told" and reason.name in (state.name, "dvc.lock"):
        # Nobody knows what such a stage depends on, and something that concerns its pipeline changed.
        return inputs.concerns(state.pipeline)
    # Every training changes outputs: what was wrong with one at the base already is not the head's doing.
    changed = bare(inputs.changed) if reason.cause != "output" else ()
    if reason.name and any(about(reason.name, path) for path in changed):
        return True
    return reason not in known and reason.text != NOT_HERE


def about(name: str, path: str) -> bool:
    """Tell whether a path is what a reason names; a file of parameters is named as its stage names it."""
    return touches(name, path) or path.endswith(f"/{name}")


def bare(changed: Iterable[str]) -> list[str]:
    """Return changed paths, a .dvc file as the data that it is about."""
    return [path.removesuffix(".dvc") for path in changed]


def other_than(state: StageState, reason: Reason) -> str:
    """Return what a reason is about, empty where that is the stage itself."""
    return "" if reason.name == state.name else reason.name


def reason_said(reason: Reason) -> str:
    """Return one reason in a few words: `train.depth 3 -> 5`."""
    if reason.cause == "parameter" and reason.text == OTHER_VALUE:
        return f"{reason.name} {value_text(reason.recorded)} -> {value_text(reason.current)}"
    return reason_text(reason)


def declaration_said(reason: StageReason) -> str:
    """Return what another declaration takes away or adds, in a few words."""
    words = {"new": "added", "gone": "removed"}.get(reason.state, "changed")
    return f"{reason.item} {reason.name} {words} in dvc.yaml" if reason.name else f"{reason.item} {words}"
