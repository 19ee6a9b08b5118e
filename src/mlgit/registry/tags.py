"""The tags of a repository that tell of versions: their names read in one git process, their objects when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from mlgit.git.repository import Repository
from mlgit.registry import names, record
from mlgit.registry.names import Parts, TagName

PREFIX = "refs/tags/"
LONGEST_NAME = 200
MAXIMUM_BYTES = 200_000
"""Of a tag's object so much is looked at."""
TAGGER = re.compile(r"tagger (?P<name>[^<]*)<[^>]*> (?P<at>[0-9]{1,12}) [+-][0-9]{4}\Z")


class Facts(Struct, frozen=True, kw_only=True):
    """What the object of a tag says: the commit it points to (empty: none), its own name, who made it and when.

    `at` is in seconds since the epoch; `head` are the first lines of the message.
    """

    commit: str = ""
    named: str = ""
    at: int = 0
    by: str = ""
    head: str = ""


class Objects:
    """Objects of a repository, each read once; those that are gathered in one process."""

    def __init__(self, repository: Repository | None, known: Mapping[str, tuple[str, bytes]]) -> None:
        self._repository = repository
        self._known = dict(known)

    def gather(self, oids: Iterable[str]) -> None:
        """Read objects that are not here yet."""
        missing = [oid for oid in oids if oid not in self._known]
        if self._repository is not None:
            found = self._repository.objects(missing)
            self._known.update((oid, (kind, content)) for oid, kind, content in found)

    def typed(self, oid: str) -> tuple[str, bytes]:
        """Return the kind of an object and what it holds, nothing where there is none."""
        if oid not in self._known:
            self.gather([oid])
        return self._known.get(oid, ("", b""))

    def content(self, oid: str) -> bytes:
        """Return what an object holds, nothing where there is none."""
        return self.typed(oid)[1]


class Tag(Struct, frozen=True, kw_only=True, dict=True):
    """A tag: its name and what that says, its object, and where to read it."""

    name: TagName
    oid: str
    objects: Objects

    @property
    def annotated(self) -> bool:
        """Whether it says anything: a lightweight one does not."""
        return self.objects.typed(self.oid)[0] == "tag"

    @cached_property
    def facts(self) -> Facts:
        """What it says."""
        kind, content = self.objects.typed(self.oid)
        if kind != "tag":
            return Facts(commit=self.oid if kind == "commit" else "")
        return facts_of(content[:MAXIMUM_BYTES].decode("utf-8", "replace"))


def read_tags(repository: Repository) -> list[Tag]:
    """Return every tag that tells of a version, in the order of their names; a tag of another form is passed over."""
    objects = Objects(repository, {})
    return [tag_of(parts, objects) for parts in listed(repository)]


def listed(repository: Repository) -> Iterator[Parts]:
    """Return the parts of every tag's name that tells of a version, in the order of the names."""
    return parts_in(repository.run("for-each-ref", names.FORM, PREFIX).stdout)


def parts_in(output: bytes) -> Iterator[Parts]:
    """Return the parts of the tags' names that tell of a version among refs that git listed by `names.FORM`."""
    return names.parse_lines(output.decode("utf-8", "surrogateescape"))


def tag_of(parts: Parts, objects: Objects) -> Tag:
    """Return a tag by the parts of its name."""
    oid, *name = parts
    return Tag(name=names.tag_name(*name), oid=oid, objects=objects)


def facts_of(text: str) -> Facts:
    """Return what the text of a tag's object says; a header that is not as git writes it says nothing."""
    header, _, message = text.partition("\n\n")
    lines = header.split("\n")
    fields = dict(line.partition(" ")[::2] for line in lines[:3])
    tagger = TAGGER.match(lines[3]) if len(lines) > 3 else None
    return Facts(
        commit=fields.get("object", "") if fields.get("type") == "commit" else "",
        named=fields.get("tag", ""),
        at=int(tagger["at"]) if tagger else 0,
        by=tagger["name"].strip()[:LONGEST_NAME] if tagger else "",
        head="\n".join(message.split("\n", record.HEAD_LINES)[: record.HEAD_LINES]),
    )
