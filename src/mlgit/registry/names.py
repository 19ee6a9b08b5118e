"""Names of tags in GTO's grammar: which model and version, and what happened to it. Pure.

    churn@v1.2.0            a version is registered
    churn@v1.2.0!#2         it is no longer
    models/churn=churn@v1.2.0   of the pipeline in the folder models/churn
    churn#production#3      a stage of GTO: never read as what runs where

Source: gto/constants.py of GTO 1.10. What is not of this form is somebody else's tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from mlgit.registry import semver

Action = Literal["register", "deregister"]
NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9/_-]*[a-zA-Z0-9])?"
ARTIFACT = re.compile(rf"(?:[a-zA-Z0-9_./-]+=)?{NAME}", re.ASCII)
EVENT = r"(v[0-9][^\s!#]*)(!?)(?:#([0-9]{1,9}))?"
"""What follows the `@` of a tag's name; models and versions come in many tags, so each is looked at once, by itself."""
Parts = tuple[str, str, str, str, str]
"""A line of `FORM`: the object, the artifact, the version, `!` of a deregistration, the counter. Thousands are listed, few are looked at."""
FORM = "--format=%(objectname) %(refname)"
"""How git lists tags for `parse_lines`."""
LONGEST = 300
"""Characters of a tag's name."""
KEPT = 10_000
"""Models that are remembered."""


class TagName(Struct, frozen=True, kw_only=True):
    """What the name of a tag says: `artifact` as GTO writes it in tags, `version` with its v."""

    artifact: str
    version: str
    action: Action = "register"
    counter: int = 0

    @property
    def text(self) -> str:
        """The name of the tag."""
        cancel = "!" if self.action == "deregister" else ""
        counter = f"#{self.counter}" if self.counter else ""
        return f"{self.artifact}@{self.version}{cancel}{counter}"


def parse(name: str) -> TagName | None:
    """Return what a tag's name says; None for a tag that tells of no version.

    >>> parse("churn@v1.2.0").version
    'v1.2.0'
    """
    parts = parts_of(name)
    return tag_name(*parts) if parts else None


def parse_lines(text: str) -> Iterator[Parts]:
    """Yield the parts of the names of tags from lines of `FORM`; other lines are passed over."""
    for line in text.split("\n"):
        oid, _, name = line.partition(" refs/tags/")
        if parts := parts_of(name):
            yield oid, *parts


def parts_of(name: str) -> tuple[str, str, str, str] | None:
    """Return the artifact, the version, `!` and the counter of a tag's name; None where it tells of no version.

    Nearly every one is a model and a version and nothing else, which are known from other tags: those take no pattern.
    """
    artifact, _, version = name.partition("@")
    if not is_artifact(artifact) or len(name) > LONGEST:
        return None
    if semver.is_version(version):
        return artifact, version, "", ""
    found = re.fullmatch(EVENT, version, re.ASCII)
    return (artifact, found[1], found[2], found[3] or "") if found and semver.is_version(found[1]) else None


def tag_name(artifact: str, version: str, cancel: str, counter: str) -> TagName:
    """Return what the parts of a tag's name say."""
    return TagName(
        artifact=artifact,
        version=version,
        action="deregister" if cancel else "register",
        counter=int(counter or 0),
    )


@lru_cache(maxsize=KEPT)
def is_artifact(text: str) -> bool:
    """Tell whether tags may call a model so."""
    return ARTIFACT.fullmatch(text) is not None


def artifact_of(model: str, folder: str) -> str | None:
    """Return how tags call a model of the pipeline in `folder` (empty: the root); None where GTO takes no such name.

    >>> artifact_of("churn", "models/churn")
    'models/churn=churn'
    """
    name = f"{folder}={model}" if folder else model
    return name if len(name) < LONGEST - 120 and ARTIFACT.fullmatch(name) else None


def model_of(artifact: str) -> tuple[str, str]:
    """Return the model and the folder of its pipeline of an artifact as tags call it."""
    folder, _, name = artifact.rpartition("=")
    return name, folder
