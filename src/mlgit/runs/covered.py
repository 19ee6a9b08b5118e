"""Hold a record against everything it covers at a revision: a look at every digest that can be computed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.commit_evidence import CommittedEvidence
from mlgit.dvc.disk_evidence import file_digest
from mlgit.dvc.dotted import differences, inside
from mlgit.dvc.hashing import read_folder
from mlgit.dvc.lockfile import Entry
from mlgit.errors import MlgitError
from mlgit.metrics.reading import finite
from mlgit.runs.described import Described, entry_of
from mlgit.runs.history import Record
from mlgit.runs.place import NAME, compact, pipeline_of, record_path
from mlgit.runs.statement import Descriptor, Statement
from mlgit.world.files import read_bytes

CheckState = Literal["same", "different", "unknown"]
Content = Callable[[str], bytes | None]
OWN = frozenset({"sha256", "gitCommit"})
"""Digests that are ours, not those of dvc.lock."""


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: the same as recorded, different, or why it cannot be told here."""

    path: str
    state: CheckState
    text: str = ""


class Verification(Struct, frozen=True, kw_only=True):
    """What a look at every digest of one model found."""

    model: str
    pipeline: str
    record: Annotated[
        str, Meta(description="The record that was held against the commit; empty: there is none.")
    ]
    same: Annotated[int, Meta(description="How many digests and values are as recorded.")]
    differences: tuple[Check, ...]
    unknown: Annotated[tuple[Check, ...], Meta(description="What cannot be computed here, and why.")]


def verification(model: str, pipeline: str, record: str, checks: Iterable[Check]) -> Verification:
    """Sort checks into what is the same, what differs and what cannot be told; each is counted once."""
    found = list(dict.fromkeys((one.path, one.state, one.text) for one in checks))
    made = [Check(path=path, state=state, text=text) for path, state, text in found]
    return Verification(
        model=model,
        pipeline=pipeline,
        record=record,
        same=sum(one.state == "same" for one in made),
        differences=tuple(one for one in made if one.state == "different"),
        unknown=tuple(one for one in made if one.state == "unknown"),
    )


def judged(path: str, recorded: Any, found: Any, what: str = "") -> Check:
    """Return whether two values are the same, in words when they are not."""
    if recorded == found:
        return Check(path=path, state="same", text=what)
    text = f"{what} is {shown(found)}, recorded is {shown(recorded)}" if what else "content changed"
    return Check(path=path, state="different", text=text)


def shown(value: Any) -> str:
    """Return a value for a sentence."""
    return "missing" if value is None else str(value)


def name_checks(records: Iterable[Record]) -> Iterator[Check]:
    """Hold what records say against their names and places; that their digest is right is known already."""
    for record in records:
        named = NAME.fullmatch(record.path.rpartition("/")[2])
        started = compact(record.statement.started)
        yield judged(record.path, named["started"] if named else "", started, "its start")
        place = record_path(record.statement.inputs.pipeline, record.statement.started, record.content)
        yield judged(record.path, pipeline_of(record.path), pipeline_of(place), "its pipeline")


def byte_checks(statement: Statement, content: Content) -> Iterator[Check]:
    """Hold the files that are covered by their bytes against their SHA-256."""
    for one in (*statement.predicate.run_details.byproducts, *statement.dependencies, *statement.subject):
        if "sha256" not in one.digest:
            continue
        found = content(one.name)
        if found is None:
            yield Check(path=one.name, state="different", text="it is not there")
        else:
            yield judged(one.name, one.digest["sha256"], sha256(found).hexdigest())


def lock_checks(statement: Statement, seen: Described) -> Iterator[Check]:
    """Hold what dvc.lock says now against what it said after the run."""
    recorded = {one.name: one.digest for one in statement.dependencies if one.digest.keys().isdisjoint(OWN)}
    for before, after, word in (
        (recorded, {one.name: one.digest for one in seen.inputs}, "input"),
        (
            {one.name: one.digest for one in statement.subject},
            {one.name: one.digest for one in seen.outputs},
            "output",
        ),
    ):
        for name in sorted({*before, *after}):
            yield judged(
                name,
                digest_text(before.get(name)),
                digest_text(after.get(name)),
                f"as {word}, dvc.lock's digest",
            )
    for file in sorted({*statement.inputs.parameters, *seen.parameters}):
        old, new = statement.inputs.parameters.get(file, {}), seen.parameters.get(file, {})
        for name in sorted({*old, *new}):
            yield judged(file, old.get(name), new.get(name), f"in dvc.lock, {name}")


def digest_text(digest: Mapping[str, str] | None) -> str | None:
    """Return a digest in one word."""
    return None if digest is None else " ".join(f"{name}:{value}" for name, value in sorted(digest.items()))


def content_checks(descriptors: Iterable[Descriptor], evidence: CommittedEvidence) -> Iterator[Check]:
    """Hold what Git and .dvc files say of inputs and outputs now against the digests of the run."""
    for one in descriptors:
        entry = entry_of(one)
        if entry is None or "://" in one.name:
            if "etag" in one.digest or "://" in one.name:
                yield Check(path=one.name, state="unknown", text="it lies outside of the repository")
            continue
        if not evidence.knows(one.name):
            yield Check(path=one.name, state="different", text="neither Git nor DVC has it")
            continue
        found = evidence.dependency(one.name, entry)
        if found.unknown:
            yield Check(path=one.name, state="unknown", text=found.unknown)
        else:
            yield judged(one.name, entry.digest, found.digest)


def parameter_checks(
    parameters: Mapping[str, Mapping[str, Any]], read: Callable[[str], Any]
) -> Iterator[Check]:
    """Hold the values in the files of parameters against those of the run; `read` returns the nested values of a file."""
    for file, recorded in parameters.items():
        try:
            tree = read(file)
        except MlgitError as error:
            yield Check(path=file, state="different", text=error.message)
            continue
        if tree is None:
            yield Check(path=file, state="unknown", text="only DVC reads it")
            continue
        for name, value in recorded.items():
            yield from value_checks(file, name, value, tree)


def value_checks(file: str, name: str, recorded: Any, tree: Any) -> Iterator[Check]:
    """Hold one parameter against its value in the run, name by name where it is a mapping."""
    try:
        current = finite(inside(tree, name))
    except KeyError:
        yield Check(path=file, state="different", text=f"{name} is gone")
        return
    differing = list(differences(name, recorded, current))
    if not differing:
        yield Check(path=file, state="same", text=name)
    for inner, before, after in differing:
        yield judged(file, before, after, inner)


def cache_checks(entries: Mapping[str, Entry], cache: LocalCache, pipeline: str) -> Iterator[Check]:
    """Hold the objects in DVC's cache on this machine against the digests that name them."""
    for path, entry in entries.items():
        place = cache.place(pipeline, entry.digest)
        if place is None:
            yield Check(
                path=path, state="unknown", text="its content is not in the DVC cache of this machine"
            )
            continue
        good = file_digest(place, legacy=False) == entry.digest.removesuffix(".dir")
        if not good and entry.legacy:
            good = file_digest(place, legacy=True) == entry.digest.removesuffix(".dir")
        if not good:
            yield Check(path=path, state="different", text="its object in the DVC cache is damaged")
        elif entry.is_folder:
            members = read_folder(read_bytes(place) or b"", path)
            inner = {
                f"{path}/{one.relpath}": Entry(path=one.relpath, digest=one.md5, legacy=entry.legacy)
                for one in members
            }
            yield from cache_checks(inner, cache, pipeline)
        else:
            yield Check(path=path, state="same", text="in the cache")
