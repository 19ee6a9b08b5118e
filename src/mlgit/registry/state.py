"""What is registered: a fold over the events that tags tell of. Pure.

A tag's name is held against its message and its commit, and what disagrees is named: such a version is shown and never
promoted. A version whose newest event is its deregistration is not registered any more. Lightweight tags are no events, as
in GTO; they are named all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated

from msgspec import Meta, Struct

from mlgit.errors import UsageError
from mlgit.registry import semver
from mlgit.registry.names import Parts, model_of
from mlgit.registry.record import VersionRecord, fields_that_differ
from mlgit.registry.record import read as read_record
from mlgit.registry.semver import Version
from mlgit.registry.tags import Objects, Tag, tag_of

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
    errors: Annotated[tuple[str, ...], Meta(description="What disagrees; it is never promoted then.")] = ()

    @property
    def usable(self) -> bool:
        """Whether it may be promoted."""
        return self.active and self.record is not None and not self.errors


class Model(Struct, frozen=True, kw_only=True, dict=True):
    """The versions of one model; what a version's tags say is looked at when it is asked for."""

    artifact: str
    objects: Objects = Objects(None, {})
    events: Annotated[Mapping[str, Sequence[Parts]], Meta(description="The tags by their version.")] = {}

    @property
    def name(self) -> str:
        """The model as mlgit.yaml calls it."""
        return model_of(self.artifact)[0]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every version that a tag names, the greatest first."""
        return tuple(sorted(self.events, key=semver.order_of, reverse=True))

    @cached_property
    def _known(self) -> dict[str, Registered | None]:
        return {}

    def version(self, name: str) -> Registered | None:
        """Return a version by its name, None where nothing registers it."""
        if name not in self._known:
            self._known[name] = version_of(self.artifact, name, self.tags(name))
        return self._known[name]

    def oids(self, names: Iterable[str]) -> Iterator[str]:
        """Return the objects of the tags of versions, to be read in one process."""
        return (oid for name in names for oid, *_ in self.events.get(name, ()))

    def tags(self, name: str) -> list[Tag]:
        """Return the tags of a version."""
        return [tag_of(parts, self.objects) for parts in self.events.get(name, ())]

    @property
    def versions(self) -> Iterator[Registered]:
        """Every version, the greatest first."""
        return (one for name in self.names if (one := self.version(name)) is not None)

    @property
    def newest(self) -> Registered | None:
        """The greatest version that may be promoted."""
        return next((one for one in self.versions if one.usable), None)

    def next_version(self, bump: semver.Bump) -> str:
        """Return the version after the greatest that any tag ever named, the deregistered and the broken included."""
        greatest = semver.parse(self.names[0]) if self.names else None
        return str((greatest or SPARE).bumped(bump))


Registry = Mapping[str, Model]
"""The models by their artifact."""


def fold(tags: Iterable[Parts], objects: Objects) -> Registry:
    """Return what the tags of a repository come to; `objects` reads what they say."""
    events: dict[str, dict[str, list[Parts]]] = {}
    for parts in tags:
        _, artifact, version, _, _ = parts
        events.setdefault(artifact, {}).setdefault(version, []).append(parts)
    return {
        artifact: Model(artifact=artifact, objects=objects, events=events[artifact])
        for artifact in sorted(events)
    }


def version_of(artifact: str, version: str, tags: Sequence[Tag]) -> Registered | None:
    """Return a version from its events; None when nothing ever registered it."""
    annotated = sorted(
        (tag for tag in tags if tag.annotated), key=lambda tag: (tag.facts.at, tag.name.action)
    )
    made = [tag for tag in annotated if tag.name.action == "register"]
    loose = [tag for tag in tags if not tag.annotated and tag.name.action == "register"]
    if not made:
        return lightweight(loose[0]) if loose else None
    first = made[0]
    record, errors = told(first)
    others = {tag.facts.commit for tag in made} - {first.facts.commit}
    errors += [f"{len(made)} tags register it at different commits"] if others else []
    errors += [f"the lightweight tag {tag.name.text} is none that GTO or mlgit reads" for tag in loose]
    return Registered(
        artifact=artifact,
        version=version,
        tag=first.name.text,
        oid=first.oid,
        commit=first.facts.commit,
        at=first.facts.at,
        by=first.facts.by,
        active=last_event(annotated) == "register",
        record=record,
        errors=tuple(errors),
    )


def last_event(tags: list[Tag]) -> str:
    """Return the newest event; of two in the same second the deregistration, as in GTO."""
    newest = max(tag.facts.at for tag in tags)
    actions = {tag.name.action for tag in tags if tag.facts.at == newest}
    return "deregister" if "deregister" in actions else "register"


def lightweight(tag: Tag) -> Registered:
    """Return a version that only a lightweight tag names."""
    error = "it is a lightweight tag: nobody registered it, and GTO does not see it"
    return Registered(
        artifact=tag.name.artifact,
        version=tag.name.version,
        tag=tag.name.text,
        oid=tag.oid,
        commit=tag.facts.commit,
        errors=(error,),
    )


def told(tag: Tag) -> tuple[VersionRecord | None, list[str]]:
    """Return what the message of a tag says, and what disagrees with its name and its commit."""
    facts = tag.facts
    if not facts.commit:
        return None, ["it points to no commit"]
    if facts.named != tag.name.text:
        return None, [f"its object is the tag {facts.named!r}: somebody gave it another name"]
    try:
        record = read_record(facts.head)
    except UsageError as error:
        return None, [error.message]
    if record is None:
        return None, []
    known = {
        "model": model_of(tag.name.artifact)[0],
        "version": tag.name.version,
        "commit": facts.commit,
    }
    return record, fields_that_differ(record, known)
