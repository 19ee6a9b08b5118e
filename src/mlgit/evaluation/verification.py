"""What of a head's evidence was verified: measured again by this clone, and the files and the predictions of one mind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mlgit.config.model import Model
from mlgit.evaluation.inputs import Inputs
from mlgit.evaluation.pipeline import evidence_paths
from mlgit.metrics.reading import is_number
from mlgit.metrics.rows import written_as
from mlgit.metrics.verdict import EvidenceError, Finding, GateWarning, State
from mlgit.stats.errors import StatisticsError
from mlgit.stats.interval import SHOWN

if TYPE_CHECKING:
    from mlgit.evaluation.evaluator import Evaluator

NOBODY = "nobody measured it again"
CHECK = "mlgit check model"


def verification_errors(inputs: Inputs, name: str, model: Model) -> Iterator[EvidenceError]:
    """Yield that the numbers of the head came out different when they were measured again."""
    found = inputs.verification(name, model.folder)
    if found is not None and found.state == "different":
        yield EvidenceError(kind="not-reproduced", message=f"head: {found.reason}")


def verification_warnings(inputs: Inputs, name: str, model: Model, state: State) -> Iterator[GateWarning]:
    """Yield what the gates would count and nobody measured again.

    It keeps a PASS back where only what was verified counts (`Inputs.only_verified`).
    """
    found = inputs.verification(name, model.folder)
    told = found is not None and found.state == "different"
    if told or state == "unchanged" or (found is None and not inputs.only_verified):
        return
    known = found.files if found is not None else {}
    missing = [path for path in evidence_paths(inputs, model) if path not in known]
    if missing:
        why = found.reason if found is not None and found.reason else NOBODY
        message = f"{missing[0]} is not verified: {why}"
        hint = (found.hint if found is not None else "") or CHECK
        yield GateWarning(kind="not-verified", message=message, hint=hint, blocks=inputs.only_verified)


def contradictions(
    inputs: Inputs, model: Model, evaluator: Evaluator, findings: Sequence[Finding]
) -> Iterator[EvidenceError]:
    """Yield the gated metrics of which a metrics file of the head says another number than the head's predictions.

    Only where both agree at the base: there a name in the file means what the gate computes.
    """
    computed = {
        one.metric: (one.base, one.head) for one in findings if not one.slice and one.head is not None
    }
    for metric, rule in model.rules:
        if rule.reads_files and metric not in computed and model.higher_is_better(metric) is not None:
            try:
                estimates = evaluator.estimates(metric)
            except StatisticsError:
                continue
            computed[metric] = estimates.base(SHOWN).estimate, estimates.head(SHOWN).estimate
    before, after = inputs.metrics(model)
    for metric, (base, head) in computed.items():
        for file in before.keys() & after.keys():
            old, new = before[file].values.get(metric), after[file].values.get(metric)
            if is_number(old) and new is not None and written_as(old, base) and not written_as(new, head):
                message = f"head: {file} says {metric} is {new}, its predictions give {head:g}"
                yield EvidenceError(kind="contradiction", message=message)
