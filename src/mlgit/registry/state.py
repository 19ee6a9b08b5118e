"""What is registered: a fold over the events that tags tell of. Pure.

A tag's name is held against its message and its commit, and what disagrees is named: such a version is shown and never
promoted. A version whose newest event is its deregistration is not registered any more. Lightweight tags are no events, as
in GTO; they are named all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated

from msgspec import Meta, Struct

from mlgit.errors import UsageError
from mlgit.registry import semver
from mlgit.registry.names import model_of
from mlgit.registry.record import VersionRecord, fields_that_differ
from mlgit.registry.record import read as read_record
from mlgit.registry.semver import Version
from mlgit.registry.tags import Tag

SPARE = Version()


class Registered(Struct, frozen=True, kw_only=True):
    """One version of a model."""

    artifact: Annotated[str, Meta(description="The model as tags call it, `folder=name` below the root.")]
    version: str
    tag: str
    oid: Annotated[str, Meta(description="The object of the tag.")] = ""
    commit: str = ""
    at: Annotated[int, Meta(description="When it was registered, seconds since the epoch.")] = 0
    by: str = ""
    active: Annotated[bool, Meta(description="False: it was deregistered since.")] = True
    record: Annotated[
        VersionRecord | None, Meta(description="What its tag says; null for one that mlgit did not write.")
    ] = None
    troubles: Annotated[tuple[str, ...], Meta(description="What disagrees; it is never promoted then.")] = ()

    @property
    def usable(self) -> bool:
        """Whether it may be promoted."""
        return self.active and self.record is not None and not self.troubles


class Model(Struct, frozen=True, kw_only=True, dict=True):
    """The versions of one model, the greatest first."""

    artifact: str
    versions: tuple[Registered, ...] = ()

    @property
    def name(self) -> str:
        """The model as mlgit.yaml calls it."""
        return model_of(self.artifact)[0]

    @cached_property
    def by_version(self) -> Mapping[str, Registered]:
        """Each version by its name."""
        return {one.version: one for one in self.versions}

    @property
    def newest(self) -> Registered | None:
        """The greatest version that may be promoted."""
        return next((one for one in self.versions if one.usable), None)

    def next_version(self, bump: semver.Bump) -> str:
        """Return the version after the greatest there ever was, the deregistered and the broken included."""
        greatest = semver.parse(self.versions[0].version) if self.versions else None
        return str((greatest or SPARE).bumped(bump))


Registry = Mapping[str, Model]
"""The models by their artifact."""


def fold(tags: Iterable[Tag]) -> Registry:
    """Return what the tags of a repository come to."""
    events: dict[str, dict[str, list[Tag]]] = {}
    for tag in tags:
        events.setdefault(tag.name.artifact, {}).setdefault(tag.name.version, []).append(tag)
    return {artifact: model_of_events(artifact, events[artifact]) for artifact in sorted(events)}


def model_of_events(artifact: str, events: Mapping[str, list[Tag]]) -> Model:
    """Return a model with its versions in their order."""
    made = [version_of(artifact, version, tags) for version, tags in events.items()]
    kept = [one for one in made if one is not None]
    kept.sort(key=lambda one: (semver.parse(one.version) or SPARE).order, reverse=True)
    return Model(artifact=artifact, versions=tuple(kept))


def version_of(artifact: str, version: str, tags: list[Tag]) -> Registered | None:
    """Return a version from its events; None when nothing ever registered it."""
    annotated = sorted((tag for tag in tags if tag.annotated), key=lambda tag: (tag.at, tag.name.action))
    made = [tag for tag in annotated if tag.name.action == "register"]
    loose = [tag for tag in tags if not tag.annotated and tag.name.action == "register"]
    if not made:
        return lightweight(loose[0]) if loose else None
    first = made[0]
    record, troubles = told(first)
    others = {tag.commit for tag in made} - {first.commit}
    troubles += [f"{len(made)} tags register it at different commits"] if others else []
    troubles += [f"the lightweight tag {tag.name.text} is none that GTO or mlgit reads" for tag in loose]
    return Registered(
        artifact=artifact,
        version=version,
        tag=first.name.text,
        oid=first.oid,
        commit=first.commit,
        at=first.at,
        by=first.by,
        active=last_event(annotated) == "register",
        record=record,
        troubles=tuple(troubles),
    )


def last_event(tags: list[Tag]) -> str:
    """Return the newest event; of two in the same second the deregistration, as in GTO."""
    newest = max(tag.at for tag in tags)
    actions = {tag.name.action for tag in tags if tag.at == newest}
    return "deregister" if "deregister" in actions else "register"


def lightweight(tag: Tag) -> Registered:
    """Return a version that only a lightweight tag names."""
    trouble = "it is a lightweight tag: nobody registered it, and GTO does not see it"
    return Registered(
        artifact=tag.name.artifact,
        version=tag.name.version,
        tag=tag.name.text,
        oid=tag.oid,
        commit=tag.commit,
        troubles=(trouble,),
    )


def told(tag: Tag) -> tuple[VersionRecord | None, list[str]]:
    """Return what the message of a tag says, and what disagrees with its name and its commit."""
    if not tag.commit:
        return None, ["it points to no commit"]
    try:
        record = read_record(tag.head)
    except UsageError as error:
        return None, [error.message]
    if record is None:
        return None, []
    known = {
        "model": model_of(tag.name.artifact)[0],
        "version": tag.name.version,
        "commit": tag.commit,
    }
    return record, fields_that_differ(record, known)
