"""Which stages measure a model: what has to run again for its numbers, and what trains and is left alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from mlgit.dvc.paths import below, touches
from mlgit.dvc.state import PipelineState, address_of, located
from mlgit.dvc.tracked import TABLES


class Work(Struct, frozen=True, kw_only=True):
    """One stage by what it reads and writes, as paths from the root of the repository; `name` is how DVC calls it there.

    `brings`: it reads no file, or is frozen, so that what it writes is data that were brought in.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    brings: bool = False


class Measuring(Struct, frozen=True, kw_only=True):
    """The stages to run for the numbers of a model, in their order, and the files that they write again.

    `trained`: files that only a stage writes which trains and is not to run; `unwritten`: those that no stage writes.
    """

    stages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    unwritten: tuple[str, ...] = ()


def works_of(states: Iterable[PipelineState]) -> tuple[Work, ...]:
    """Return the stages of pipelines, each behind those whose outputs it reads."""
    found = [
        Work(
            name=address_of(state.folder, stage.name),
            reads=tuple(located(state.folder, stage, stage.dependencies)),
            writes=tuple(located(state.folder, stage, [one.path for one in stage.outputs])),
            brings=stage.frozen or not stage.dependencies,
        )
        for state in states
        for stage in (state.pipeline.stages.values() if state.pipeline else ())
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
    return any(touches(path, read) for path in one.writes for read in other.reads)


def measuring(
    works: Iterable[Work], files: Collection[str], artifacts: Collection[str], *, train: bool
) -> Measuring:
    """Return what to run for the numbers in `files` of a model whose `artifacts` are among the outputs.

    That are the stages that write the files and, of those between the model and them, every one: what a stage in between
    made is nobody's word either. The stage that writes an artifact runs with `train` only.
    """
    ordered = tuple(works)
    makers = {path: one for one in ordered for path in files if any(below(out, path) for out in one.writes)}
    trainers = trainers_of(ordered, artifacts)
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


def trainers_of(works: Iterable[Work], artifacts: Collection[str]) -> list[Work]:
    """Return the stages that write an artifact."""
    return [one for one in works if any(touches(path, out) for path in artifacts for out in one.writes)]


def foundations(
    works: Iterable[Work], asked: Measuring, artifacts: Collection[str], changed: Collection[str]
) -> tuple[Work, ...]:
    """Return the stages that the numbers rest on as well and that are among the `changed`, in their order.

    They make what the measuring stages read beside the model: features of the test set, for example. Those that train are
    none of them, nor what only those read, nor stages that bring data.
    """
    ordered = tuple(works)
    trainers = trainers_of(ordered, artifacts)
    reached = [one for one in ordered if one.name in asked.stages]
    for one in reversed(ordered):
        if one not in reached and one not in trainers and any(feeds(one, other) for other in reached):
            reached.append(one)
    return tuple(
        one
        for one in ordered
        if one in reached and one.name in changed and one.name not in asked.stages and not one.brings
    )


def tables_of_training(
    works: Iterable[Work], asked: Collection[str], artifacts: Collection[str], changed: Collection[str]
) -> tuple[str, ...]:
    """Return the tables beside an artifact that a `changed` stage which trains wrote and an `asked` one reads.

    Such a table may hold the very answers that are to be measured.
    """
    ordered = tuple(works)
    read = [path for one in ordered if one.name in asked for path in one.reads]
    return tuple(
        out
        for one in trainers_of(ordered, artifacts)
        if one.name in changed and one.name not in asked
        for out in one.writes
        if out.lower().endswith(TABLES)
        and any(touches(out, path) for path in read)
        and not any(touches(out, path) for path in artifacts)
    )


def downstream(ordered: Iterable[Work], sources: Iterable[Work]) -> list[Work]:
    """Return the stages behind some stages, however far; `ordered` as `works_of` gives them."""
    found = list(sources)
    first = len(found)
    for one in ordered:
        if one not in found and any(feeds(other, one) for other in found):
            found.append(one)
    return found[first:]
