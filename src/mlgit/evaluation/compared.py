"""Which models two revisions have, and which of them a change can concern."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from mlgit.config import reader as configuration_reader
from mlgit.config.model import Model
from mlgit.dvc import pipeline
from mlgit.dvc.paths import around
from mlgit.dvc.state import Request, place
from mlgit.errors import MlgitError, UsageError
from mlgit.evaluation.inputs import Inputs, configuration_at
from mlgit.metrics.comparison import SideError, State
from mlgit.metrics.direction import Direction
from mlgit.project.revision import Revision

AT_THE_TOP = (configuration_reader.FILE, "dvc.yaml", "dvc.lock", "params.yaml")
"""What most repositories have at their root: read together, it saves a git process."""
REACHES_OUT = re.compile(rb"\.\.|\$\{|\\")
"""What stands in a dvc.yaml that names something outside of its folder: dots, a template, or an escape that hides them."""


class ComparedModel(Struct, frozen=True, kw_only=True):
    """One model to compare: what to read at both sides, its directions, and whether mlgit.yaml gained or lost it."""

    name: str
    base: Request
    head: Request
    directions: Mapping[str, Direction] = {}
    presence: State | None = None


def models(inputs: Inputs, errors: list[SideError]) -> list[ComparedModel]:
    """Return the models of both sides: those mlgit.yaml names, else each dvc.yaml by its folder."""
    sides = (inputs.base, inputs.head)
    inputs.project.blobs.gather([(side.files, path) for side in sides for path in AT_THE_TOP])
    before = named_models(inputs.base, "base", errors)
    after = named_models(inputs.head, "head", errors)
    if not before and not after:
        folders = sorted({*inputs.base.pipeline_folders, *inputs.head.pipeline_folders})
        requests = [(folder or ".", Request(folder=folder)) for folder in folders]
        return [ComparedModel(name=name, base=one, head=one) for name, one in requests]
    known_at_both = before is not None and after is not None
    before, after = before or {}, after or {}
    return [
        compared_model(
            name,
            before.get(name) or after[name],
            after.get(name) or before[name],
            presence_of(name, before, after) if known_at_both else None,
        )
        for name in dict.fromkeys([*after, *before])
    ]


def presence_of(name: str, before: Mapping[str, Model], after: Mapping[str, Model]) -> State | None:
    """Return whether mlgit.yaml gained or lost a model; None where both sides have it."""
    if name in before and name in after:
        return None
    return "gone" if name in before else "new"


def named_models(
    revision: Revision, at: Literal["base", "head"], errors: list[SideError]
) -> Mapping[str, Model] | None:
    """Return the models of a side; None without a mlgit.yaml, or when it is broken, which goes to `errors`."""
    found, file = configuration_at(revision), configuration_reader.FILE
    if isinstance(found, MlgitError):
        errors.append(SideError(file=file, side=at, message=found.message, where=found.where or file))
        return None
    return found.models if found else None


def compared_model(name: str, old: Model, new: Model, presence: State | None) -> ComparedModel:
    """Return a model to compare; a side whose mlgit.yaml does not know it is read by the other's."""
    return ComparedModel(
        name=name,
        base=request(old),
        head=request(new),
        directions={**new.declared, **old.declared},
        presence=presence,
    )


def request(model: Model) -> Request:
    """Return what to read of a model."""
    return Request(folder=model.folder, metrics=model.metrics)


def asked_for(models: str, known: Iterable[str]) -> frozenset[str]:
    """Return the names in a text: one name, or several with commas in between.

    Raises `UsageError` (`model-unknown`) for a name that is not among those known.
    """
    names = list(known)
    asked = frozenset([models] if models in names else models.split(","))
    for model in sorted(asked.difference(names)):
        hint = f"there is: {', '.join(names[:10])}"
        raise UsageError("model-unknown", f"there is no model {model!r}", hint=hint)
    return asked


def chosen(found: list[ComparedModel], model: str) -> list[ComparedModel]:
    """Return the models asked for, several with commas in between, or all of them."""
    if not found:
        raise UsageError(
            "no-pipeline",
            "neither side has an mlgit.yaml with models or a dvc.yaml",
            hint="mlgit init makes them",
        )
    if not model:
        return found
    named = asked_for(model, [one.name for one in found])
    return [one for one in found if one.name in named]


def differing(found: list[ComparedModel], inputs: Inputs) -> list[ComparedModel]:
    """Return the models that a changed path can concern.

    A path concerns a pipeline when it lies in its folder or is named by mlgit.yaml. What a dvc.yaml names outside of
    its folder is written with `..` or with a template, so only a file with one of these has to be looked at.
    """
    folders = {folder for path in inputs.changed for folder in around(path)}
    sides = [(side, one) for one in found for side in (inputs.base, inputs.head)]
    inputs.project.blobs.gather([(side.files, place(one.head.folder, pipeline.FILE)) for side, one in sides])
    reaching = {
        one.name
        for side, one in sides
        if REACHES_OUT.search(side.content(place(one.head.folder, pipeline.FILE)) or b"")
    }
    return [
        one
        for one in found
        if one.presence
        or one.name in reaching
        or one.base != one.head
        or one.head.folder in folders
        or not inputs.changed.isdisjoint(one.head.metrics)
    ]
