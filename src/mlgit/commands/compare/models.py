"""Which models two moments have, and which of them a change can concern."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from mlgit.config import reader as configuration_reader
from mlgit.config.model import Configuration, Model
from mlgit.dvc import pipeline
from mlgit.dvc.paths import around, folder_of, joined
from mlgit.dvc.state import Request, place
from mlgit.errors import MlgitError, UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.snapshot import Pair, Snapshot
from mlgit.metrics.comparison import Problem, State
from mlgit.metrics.direction import Direction

AT_THE_TOP = (configuration_reader.FILE, "dvc.yaml", "dvc.lock", "params.yaml")
"""What most repositories have at their root: read together, it saves a git process."""
REACHES_OUT = re.compile(rb"\.\.|\$\{|\\")
"""What stands in a dvc.yaml that names something outside of its folder: dots, a template, or an escape that hides them."""


class Wanted(Struct, frozen=True, kw_only=True):
    """One model to compare: what to read at both moments, its directions, and whether mlgit.yaml gained or lost it."""

    name: str
    base: Request
    head: Request
    directions: Mapping[str, Direction] = {}
    presence: State | None = None


def models(blobs: BlobCache, moments: Pair, problems: list[Problem]) -> list[Wanted]:
    """Return the models of both moments: those mlgit.yaml names, else each dvc.yaml by its folder."""
    blobs.gather([(snapshot, path) for snapshot in (moments.base, moments.head) for path in AT_THE_TOP])
    old = configuration(blobs, moments.base, "base", problems)
    new = configuration(blobs, moments.head, "head", problems)
    before, after = (one.models if one else {} for one in (old, new))
    if not before and not after:
        return pipelines(moments)
    return [
        wanted(name, before.get(name), after.get(name), known_at_both=bool(old and new))
        for name in dict.fromkeys([*after, *before])
    ]


def configuration(
    blobs: BlobCache, snapshot: Snapshot, at: Literal["base", "head"], problems: list[Problem]
) -> Configuration | None:
    """Return mlgit.yaml of a moment; None when there is none or when it is broken, which goes to `problems`."""
    name = configuration_reader.FILE
    content = blobs.content(snapshot, name)
    if content is None:
        return None
    try:
        return configuration_reader.read(content, name)
    except MlgitError as error:
        problems.append(Problem(file=name, side=at, message=error.message, where=error.where or name))
        return None


def wanted(name: str, before: Model | None, after: Model | None, *, known_at_both: bool) -> Wanted:
    """Return a model to compare; a moment whose mlgit.yaml does not know it is read by the other's."""
    old, new = before or after, after or before
    if old is None or new is None:
        raise UsageError("model-unknown", f"mlgit.yaml names no model {name!r}")
    presence: State | None = None
    if known_at_both and (before is None or after is None):
        presence = "new" if before is None else "gone"
    return Wanted(
        name=name, base=request(old), head=request(new), directions=dict(new.directions), presence=presence
    )


def request(model: Model) -> Request:
    """Return what to read of a model."""
    return Request(folder=joined(model.pipeline) or "", metrics=model.metrics)


def pipelines(moments: Pair) -> list[Wanted]:
    """Return every dvc.yaml of both moments as a model called by its folder."""
    paths = moments.base.paths() | moments.head.paths()
    folders = sorted(folder_of(path) for path in paths if path.rpartition("/")[2] == pipeline.FILE)
    requests = [(folder or ".", Request(folder=folder)) for folder in folders]
    return [Wanted(name=name, base=one, head=one) for name, one in requests]


def chosen(found: list[Wanted], model: str) -> list[Wanted]:
    """Return the model asked for, or all of them."""
    if not found:
        raise UsageError(
            "no-pipeline",
            "neither side has an mlgit.yaml with models or a dvc.yaml",
            hint="mlgit init makes them",
        )
    if not model:
        return found
    named = [one for one in found if one.name == model]
    if not named:
        known = ", ".join(one.name for one in found[:10])
        raise UsageError("model-unknown", f"there is no model {model!r}", hint=f"there is: {known}")
    return named


def differing(found: list[Wanted], blobs: BlobCache, moments: Pair) -> list[Wanted]:
    """Return the models that a changed path can concern.

    A path concerns a pipeline when it lies in its folder or is named by mlgit.yaml. What a dvc.yaml names outside of
    its folder is written with `..` or with a template, so only a file with one of these has to be looked at.
    """
    changed = moments.changed
    folders = {folder for path in changed for folder in around(path)}
    sides = [(snapshot, one) for one in found for snapshot in (moments.base, moments.head)]
    blobs.gather([(snapshot, place(one.head.folder, pipeline.FILE)) for snapshot, one in sides])
    reaching = {
        one.name
        for snapshot, one in sides
        if REACHES_OUT.search(blobs.content(snapshot, place(one.head.folder, pipeline.FILE)) or b"")
    }
    return [
        one
        for one in found
        if one.presence
        or one.name in reaching
        or one.base != one.head
        or one.head.folder in folders
        or not changed.isdisjoint(one.head.metrics)
    ]
