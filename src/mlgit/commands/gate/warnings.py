"""What a head does to its own judgement: changed rules, test sets, workflows, and a branch that is behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgit.commands.gate.bench import Bench
from mlgit.config.model import Configuration, Model
from mlgit.config.reader import FILE
from mlgit.dvc.paths import below
from mlgit.dvc.state import place
from mlgit.errors import MlgitError
from mlgit.host.choose import JUDGES
from mlgit.metrics.verdict import EvidenceError, GateWarning

SPLIT = re.compile(r"splits/[^/]+\.csv\Z")
OUR_JUDGES = (".mlgit/lock.yaml", ".mlgit/base/")
RULES = (
    "gates",
    "confidence",
    "positive",
    "test_set",
    "undecided",
    "directions",
    "predictions",
    "metrics",
    "task",
    "pipeline",
)
"""The keys of a model that decide how it is judged."""
LOOK = "a person has to look at it"


def repository_warnings(bench: Bench) -> Iterator[GateWarning]:
    """Yield what a head changes for all models: test sets and the workflows that judge."""
    changed = bench.moments.changed
    splits = sorted(path for path in changed if SPLIT.search(path))
    if splits:
        yield GateWarning(
            kind="test-set",
            message=f"the head changes the test set {', '.join(splits)}; it is judged by the base's",
            hint="a new test set comes in a change of its own: mlgit help gates",
        )
    judges = sorted(path for path in changed if path.startswith((*JUDGES, *OUR_JUDGES)))
    if judges:
        more = f" and {len(judges) - 3} more" if len(judges) > 3 else ""
        yield GateWarning(
            kind="workflow",
            message=f"the head changes the workflows that judge it: {', '.join(judges[:3])}{more}; {LOOK}",
        )


def model_warnings(bench: Bench, name: str, model: Model) -> Iterator[GateWarning]:
    """Yield what a head changes in the rules of one model, and what the base branch has changed since."""
    head = bench.head
    if isinstance(head, Configuration) and name in head.models:
        changed = changed_rules(model, head.models[name])
        if changed:
            yield GateWarning(
                kind="rules",
                message=f"the head changes {', '.join(changed)} of {name} in {FILE}; it is judged by the base's, and {LOOK}",
            )
    if bench.tip is not None:
        moved = moved_on(bench, name, model)
        if moved:
            yield GateWarning(
                kind="behind",
                message=f"{bench.tip.name} has another {moved} of {name} than the commit this branch left it at",
                hint=f"git merge {bench.tip.name}",
            )


def changed_rules(old: Model, new: Model) -> list[str]:
    """Return the keys that decide about a model and that differ."""
    return [key for key in RULES if getattr(old, key) != getattr(new, key)]


def moved_on(bench: Bench, name: str, model: Model) -> str:
    """Return what of a model the tip of the base branch holds differently; empty when nothing."""
    tip, base = bench.tip, bench.moments.base
    if tip is None:
        return ""
    there = bench.configuration_at(tip)
    if isinstance(there, Configuration) and name in there.models:
        changed = changed_rules(model, there.models[name])
        if changed:
            return changed[0]
    elif bench.base is not None:
        return FILE
    lock = place(model.folder, "dvc.lock")
    pointer = f"{model.predictions}.dvc"
    if model.predictions and tip.oid(model.predictions) != base.oid(model.predictions):
        return "set of predictions"
    if model.predictions and tip.oid(model.predictions) is None:
        kept = (lock, pointer)
        return "set of predictions" if any(tip.oid(path) != base.oid(path) for path in kept) else ""
    return ""


def head_errors(bench: Bench, name: str) -> Iterator[EvidenceError]:
    """Yield why a gated model of the base cannot be judged at all: it, or the whole file, is gone or broken."""
    head = bench.head
    if isinstance(head, MlgitError):
        yield EvidenceError(kind="configuration", message=f"{FILE} of the head is broken: {head.message}")
    elif head is None or name not in head.models:
        what = f"{FILE} is gone" if head is None else f"{FILE} no longer names {name}"
        yield EvidenceError(
            kind="model-gone",
            message=f"{what}, and the base has gates for it; take the gates away first, in a change of their own",
        )


def touched(bench: Bench, model: Model) -> bool:
    """Tell whether a head changes anything that a model is made of; its metrics are not part of it."""
    single = {place(model.folder, "dvc.lock")}
    single |= {f"{path}.dvc" for path in (model.artifact, model.predictions) if path}
    return any(
        path in single or (model.artifact is not None and below(model.artifact, path))
        for path in bench.moments.changed
    )
