"""What a head does to its own evaluation: changed rules, test sets, workflows, and a branch that is behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgit.config.model import Configuration, Model
from mlgit.config.reader import FILE
from mlgit.dvc.paths import below
from mlgit.dvc.state import place
from mlgit.errors import MlgitError
from mlgit.evaluation.function_files import function_files
from mlgit.evaluation.inputs import Inputs, configuration_at
from mlgit.host.choose import JUDGES
from mlgit.metrics.verdict import EvidenceError, GateWarning
from mlgit.project.revision import Revision

SPLIT = re.compile(r"splits/[^/]+\.csv\Z")
OUR_JUDGES = (".mlgit/lock.yaml", ".mlgit/base/", ".mlgit/install/")
RULES = (
    "gates",
    "confidence",
    "positive",
    "test_set",
    "undecided",
    "directions",
    "scores",
    "predictions",
    "metrics",
    "task",
    "pipeline",
    "verify",
)
"""The keys of a model that decide about its verdict."""
LOOK = "a person has to look at it"


def repository_warnings(inputs: Inputs) -> Iterator[GateWarning]:
    """Yield what a head changes for all models: test sets and the workflows that run the gates."""
    changed = inputs.changed
    splits = sorted(path for path in changed if SPLIT.search(path))
    if splits:
        yield GateWarning(
            kind="test-set",
            message=f"the head changes the test set {', '.join(splits)}; the base's counts",
            hint="a new test set comes in a change of its own: mlgit help gates",
        )
    workflows = sorted(path for path in changed if path.startswith((*JUDGES, *OUR_JUDGES)))
    if workflows:
        more = f" and {len(workflows) - 3} more" if len(workflows) > 3 else ""
        yield GateWarning(
            kind="workflow",
            message=f"the head changes the workflows that run its gates: {', '.join(workflows[:3])}{more}; {LOOK}",
        )


def model_warnings(inputs: Inputs, name: str, model: Model) -> Iterator[GateWarning]:
    """Yield what a head changes in the rules of one model, and what the base branch has changed since."""
    if name in inputs.head_models:
        changed = changed_rules(model, inputs.head_models[name])
        if changed:
            yield GateWarning(
                kind="rules",
                message=f"the head changes {', '.join(changed)} of {name} in {FILE}; the base's decide, and {LOOK}",
            )
    functions = function_files_of(inputs.base, model)
    edited = sorted(functions & inputs.changed)
    if edited:
        yield GateWarning(
            kind="rules",
            message=f"the head changes {', '.join(edited)}, from which a score of {name} is computed; the base's decides, and {LOOK}",
        )
    moved = moved_on(inputs.tip, inputs.base, name, model) if inputs.tip else ""
    if inputs.tip and moved:
        yield GateWarning(
            kind="behind",
            message=f"{inputs.tip.name} has another {moved} of {name} than the commit this branch left it at",
            hint=f"git merge {inputs.tip.name}",
        )


def function_files_of(revision: Revision, model: Model) -> frozenset[str]:
    """Return the files that the functions of a model's scores come from."""
    asked = [score.function for score in model.scores.values() if score.function is not None]
    return frozenset().union(*(function_files(revision.files, one, model.folder) for one in asked))


def changed_rules(old: Model, new: Model) -> list[str]:
    """Return the keys that decide about a model and that differ."""
    return [key for key in RULES if getattr(old, key) != getattr(new, key)]


def moved_on(tip: Revision, base: Revision, name: str, model: Model) -> str:
    """Return what of a model the tip of the base branch holds differently; empty when nothing."""
    there = configuration_at(tip)
    if not isinstance(there, Configuration) or name not in there.models:
        return FILE
    changed = changed_rules(model, there.models[name])
    functions = function_files_of(base, model) | function_files_of(tip, model)
    if any(tip.files.oid(path) != base.files.oid(path) for path in functions):
        return "function of a score"
    if changed or not model.predictions:
        return changed[0] if changed else ""
    paths = [model.predictions]
    if tip.files.oid(model.predictions) is None:
        # DVC keeps them: what Git holds of them is their digest.
        paths += [place(model.folder, "dvc.lock"), f"{model.predictions}.dvc"]
    differ = any(tip.files.oid(path) != base.files.oid(path) for path in paths)
    return "set of predictions" if differ else ""


def head_errors(inputs: Inputs, name: str) -> Iterator[EvidenceError]:
    """Yield why a gated model of the base cannot be evaluated at all: it, or the whole file, is gone or broken."""
    head = inputs.head_configuration
    if isinstance(head, MlgitError):
        yield EvidenceError(kind="configuration", message=f"{FILE} of the head is broken: {head.message}")
    elif head is None or name not in head.models:
        what = f"{FILE} is gone" if head is None else f"{FILE} no longer names {name}"
        yield EvidenceError(
            kind="model-gone",
            message=f"{what}, and the base has gates for it; take the gates away first, in a change of their own",
        )


def touched(inputs: Inputs, model: Model) -> bool:
    """Tell whether a head changes anything that a model is made of; its metrics are not part of it."""
    single = {place(model.folder, "dvc.lock")}
    single |= {f"{path}.dvc" for path in (model.artifact, model.predictions) if path}
    own = any(
        path in single or (model.artifact is not None and below(model.artifact, path))
        for path in inputs.changed
    )
    # The model may be made by another pipeline than the one that measures it.
    return own or any(place(folder, "dvc.lock") in inputs.changed for folder in inputs.sources(model.folder))
