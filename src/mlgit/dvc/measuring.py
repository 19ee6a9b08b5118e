"""Which stages measure a model: what has to run again for its numbers, and what trains and is left alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from mlgit.dvc.paths import below
from mlgit.dvc.pipeline import Pipeline
from mlgit.dvc.state import located


class Work(Struct, frozen=True, kw_only=True):
    """One stage by what it reads and writes, as paths from the root of the repository."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]


class Measuring(Struct, frozen=True, kw_only=True):
    """The stages to run for the numbers of a model, in their order, and the files that they write again.

    `trained`: files that only a stage writes which trains and is not to run; `unwritten`: those that no stage writes.
    """

    stages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    unwritten: tuple[str, ...] = ()


def works_of(folder: str, declared: Pipeline) -> tuple[Work, ...]:
    """Return the stages of a pipeline, each behind those whose outputs it reads."""
    found = [
        Work(
            name=stage.name,
            reads=tuple(located(folder, stage, stage.dependencies)),
            writes=tuple(located(folder, stage, [one.path for one in stage.outputs])),
        )
        for stage in declared.stages.values()
    ]
    ordered: list[Work] = []
    while found:
        free = [one for one in found if not any(feeds(other, one) for other in found if other is not one)]
        # A circle has no order, and DVC refuses it: take the stages as they stand.
        ordered += free or found
        found = [one for one in found if one not in ordered]
    return tuple(ordered)


def feeds(one: Work, other: Work) -> bool:
    """Tell whether a stage writes something that another reads."""
    return any(related(path, read) for path in one.writes for read in other.reads)


def related(one: str, other: str) -> bool:
    """Tell whether two paths are the same, or one lies in the other."""
    return below(one, other) or below(other, one)


def measuring(
    works: Iterable[Work], files: Collection[str], artifact: str | None, *, train: bool
) -> Measuring:
    """Return what to run for the numbers in `files` of a model whose `artifact` is one of the outputs.

    That are the stages that write the files and, of those between the model and them, every one: what a stage in between
    made is nobody's word either. The stage that writes the artifact runs with `train` only.
    """
    ordered = tuple(works)
    makers = {path: one for one in ordered for path in files if any(below(out, path) for out in one.writes)}
    trainers = [one for one in ordered if artifact and any(related(artifact, out) for out in one.writes)]
    left = [] if train else trainers
    chosen = {one.name for one in makers.values() if one not in left}
    after = downstream(ordered, trainers)
    for one in reversed(ordered):
        feeding = one in after and any(feeds(one, other) for other in ordered if other.name in chosen)
        if feeding and one not in left:
            chosen.add(one.name)
    return Measuring(
        stages=tuple(one.name for one in ordered if one.name in chosen),
        files=tuple(path for path in files if path in makers and makers[path].name in chosen),
        trained=tuple(path for path in files if path in makers and makers[path] in left),
        unwritten=tuple(path for path in files if path not in makers),
    )


def downstream(ordered: Iterable[Work], sources: Iterable[Work]) -> list[Work]:
    """Return the stages behind some stages, however far; `ordered` as `works_of` gives them."""
    found = list(sources)
    first = len(found)
    for one in ordered:
        if one not in found and any(feeds(other, one) for other in found):
            found.append(one)
    return found[first:]
