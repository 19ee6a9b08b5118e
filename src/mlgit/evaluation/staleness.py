"""Whether a head that predicts what its base did was trained again: stages that its own changes made stale."""

from __future__ import annotations

from collections.abc import Mapping

from mlgit.config.model import Model
from mlgit.dvc.concerns import touches
from mlgit.dvc.paths import joined
from mlgit.dvc.staleness import NOT_HERE, OTHER_VALUE, Reason, StageState, reason_text
from mlgit.evaluation.inputs import Inputs
from mlgit.metrics.verdict import GateWarning
from mlgit.text import value_text

OUTSIDE = ("not told", "always changed", "upstream")
"""Causes that no change of a head is to blame for."""


def not_trained(inputs: Inputs, name: str, model: Model) -> tuple[GateWarning, ...]:
    """Return the stage that the head made stale without training again; nothing where there is none, or none is known."""
    if name not in inputs.concerned:
        return ()
    stale = lineage_of(inputs.head_stages, joined(model.pipeline) or ".")
    before = inputs.base_stages if stale else {}
    for state in stale:
        known = before[state.address].reasons if state.address in before else ()
        found = [reason for reason in state.reasons if blamed(inputs, reason, known)]
        if found:
            message = f"it was not trained again: {state.name} is stale ({reason_said(found[0])})"
            return (GateWarning(kind="not-trained", message=message, hint="mlgit train"),)
    return ()


def lineage_of(states: Mapping[str, StageState], folder: str) -> list[StageState]:
    """Return the stale stages of a pipeline, and those elsewhere that they are stale because of."""
    found = {
        state.address: state
        for state in states.values()
        if (state.pipeline, state.state) == (folder, "stale")
    }
    waiting = list(found.values())
    while waiting:
        names = [reason.name for reason in waiting.pop().reasons if reason.cause == "upstream"]
        fresh = {name: states[name] for name in names if name in states and name not in found}
        found.update(fresh)
        waiting += fresh.values()
    return list(found.values())


def blamed(inputs: Inputs, reason: Reason, known: tuple[Reason, ...]) -> bool:
    """Tell whether a change of the head is the reason; `known` are those that held at the base already."""
    if reason.cause in OUTSIDE:
        return False
    paths = (path.removesuffix(".dvc") for path in inputs.changed)
    if reason.name and any(touches(reason.name, path) for path in paths):
        return True
    return reason not in known and reason.text != NOT_HERE


def reason_said(reason: Reason) -> str:
    """Return one reason in a few words: `train.depth 3 -> 5`."""
    if reason.cause == "parameter" and reason.text == OTHER_VALUE:
        return f"{reason.name} {value_text(reason.recorded)} -> {value_text(reason.current)}"
    return reason_text(reason)
