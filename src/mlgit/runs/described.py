"""What a dvc.lock says of a pipeline, as in-toto's descriptors: what went in, what came out, the parameters. Pure.

The name of a digest tells how it was made: `md5` is that of a file; `dvcDirMd5` that of DVC's list of a folder's files,
without its ending `.dir`; `dvcTextMd5` and `dvcTextDirMd5` are from before DVC 3, which made line ends of texts the
same; `etag` is what a remote place says of its file, as it says it. All but the last are lowercase hexadecimal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from mlgit.dvc.concerns import is_source
from mlgit.dvc.lockfile import Entry, Lock, LockedStage
from mlgit.dvc.paths import below, joined, touches
from mlgit.dvc.pipeline import Pipeline
from mlgit.dvc.tracked import TABLES, outputs
from mlgit.metrics.reading import finite
from mlgit.runs.statement import Descriptor

MD5 = re.compile(r"[0-9a-f]{32}")
CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")
ALGORITHMS = ("md5", "dvcDirMd5", "dvcTextMd5", "dvcTextDirMd5")
KIND, STAGE, SIZE, FILES = "mlgit_kind", "mlgit_stage", "mlgit_size", "mlgit_files"


class Described(Struct, frozen=True, kw_only=True):
    """A pipeline as it was run."""

    inputs: tuple[Descriptor, ...] = ()
    outputs: tuple[Descriptor, ...] = ()
    parameters: dict[str, dict[str, Any]] = {}


def described(
    folder: str, declared: Pipeline | None, lock: Lock | None, brought: Collection[str] = ()
) -> Described:
    """Return what a dvc.lock tells of the stages that its dvc.yaml still has.

    `brought` are the paths that .dvc files bring in: what is one of them, or lies in one, is data.
    """
    stages = [
        stage
        for stage in (lock.stages.values() if lock else ())
        if not declared or stage.name in declared.stages
    ]
    kinds = {path: output.kind for path, output in outputs(folder, declared)}
    made = {
        name: descriptor(name, entry, kind=kinds.get(name, "output"), stage=stage.name)
        for stage, entry in entries(stages, "outputs")
        for name in [place_of(folder, declared, stage, entry)]
    }
    taken = {
        name: descriptor(name, entry, kind=kind_of(name, brought))
        for stage, entry in entries(stages, "dependencies")
        for name in [place_of(folder, declared, stage, entry)]
        if entry.digest and not any(below(one, name) for one in made)
    }
    return Described(
        inputs=tuple(taken[name] for name in sorted(taken)),
        outputs=tuple(made[name] for name in sorted(made) if made[name].digest),
        parameters=parameters(folder, declared, stages),
    )


class Step(Struct, frozen=True, kw_only=True):
    """One stage as it was run: what it read and wrote, by name."""

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def steps(folder: str, declared: Pipeline | None, lock: Lock | None) -> tuple[Step, ...]:
    """Return the stages of a dvc.lock in its order, those that its dvc.yaml still has."""
    return tuple(
        Step(
            name=stage.name,
            inputs=tuple(place_of(folder, declared, stage, entry) for entry in stage.dependencies),
            outputs=tuple(place_of(folder, declared, stage, entry) for entry in stage.outputs),
        )
        for stage in (lock.stages.values() if lock else ())
        if not declared or stage.name in declared.stages
    )


def leading_to(found: Sequence[Step], wanted: Collection[str]) -> tuple[Step, ...]:
    """Return the steps that `wanted` come from; all of them when none makes any of it."""
    needed = set(wanted)
    for _ in found:
        makers = [step for step in found if any(touches(out, one) for out in step.outputs for one in needed)]
        needed |= {one for step in makers for one in step.inputs}
    chosen = tuple(step for step in found if any(touches(out, one) for out in step.outputs for one in needed))
    return chosen or tuple(found)


def entry_of(one: Descriptor) -> Entry | None:
    """Return what a dvc.lock would say of a descriptor; None when its digest is none of DVC's own."""
    for name, digest in one.digest.items():
        if name in ALGORITHMS:
            ending = ".dir" if "Dir" in name else ""
            return Entry(path=one.name, digest=digest + ending, legacy="Text" in name)
    return None


def entries(stages: Iterable[LockedStage], side: str) -> Iterator[tuple[LockedStage, Entry]]:
    """Yield the entries of one side of every stage."""
    for stage in stages:
        for entry in getattr(stage, side):
            yield stage, entry


def directory_of(declared: Pipeline | None, stage: LockedStage) -> str:
    """Return the folder that a stage runs in, seen from its dvc.yaml."""
    known = declared.stages.get(stage.name) if declared else None
    return known.directory if known else "."


def place_of(folder: str, declared: Pipeline | None, stage: LockedStage, entry: Entry) -> str:
    """Return the path from the root of the repository; of a place outside an address without a user, or the last part."""
    path = joined(folder, directory_of(declared, stage), entry.path)
    return path if path is not None else outside(entry.path)


def outside(path: str) -> str:
    """Return how a place outside of the repository is called: an address without a user, else the last part of it."""
    return CREDENTIALS.sub("", path) if "://" in path else path.rstrip("/").rpartition("/")[2]


def parameters(
    folder: str, declared: Pipeline | None, stages: Iterable[LockedStage]
) -> dict[str, dict[str, Any]]:
    """Return the parameters of all stages by file and name."""
    found: dict[str, dict[str, Any]] = {}
    for stage in stages:
        for file, values in stage.parameters.items():
            path = joined(folder, directory_of(declared, stage), file) or file
            found.setdefault(path, {}).update({str(name): finite(value) for name, value in values.items()})
    return found


def descriptor(name: str, entry: Entry, *, kind: str, stage: str = "") -> Descriptor:
    """Return the descriptor of one entry."""
    facts = {KIND: kind, STAGE: stage, SIZE: entry.size, FILES: entry.files}
    annotations = {key: value for key, value in facts.items() if value not in (None, "")}
    return Descriptor(name=name, digest=digest_set(entry), annotations=annotations)


def digest_set(entry: Entry) -> dict[str, str]:
    """Return the digest of an entry under the name of how it was made; empty when there is none."""
    plain = entry.digest.removesuffix(".dir")
    if not plain:
        return {}
    if not MD5.fullmatch(plain):
        return {"etag": entry.digest}
    text, folder = "Text" if entry.legacy else "", "Dir" if entry.is_folder else ""
    return {f"dvc{text}{folder}Md5" if text or folder else "md5": plain}


def kind_of(path: str, brought: Collection[str]) -> str:
    """Return what an input is."""
    if any(below(one, path) or below(path, one) for one in brought):
        return "data"
    if is_source(path):
        return "code"
    return "data" if path.lower().endswith(TABLES) else "file"
