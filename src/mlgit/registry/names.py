"""Names of tags in GTO's grammar: which model and version, and what happened to it. Pure.

    churn@v1.2.0            a version is registered
    churn@v1.2.0!#2         it is no longer
    models/churn=churn@v1.2.0   of the pipeline in the folder models/churn
    churn#production#3      a stage of GTO: never read as what runs where

Source: gto/constants.py of GTO 1.10. What is not of this form is somebody else's tag.
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from mlgit.registry.semver import SEMVER

Action = Literal["register", "deregister"]
NAME = r"[a-zA-Z0-9](?:[a-zA-Z0-9/_-]*[a-zA-Z0-9])?"
ARTIFACT = re.compile(rf"(?:[a-zA-Z0-9_./-]+=)?{NAME}", re.ASCII)
TAG = re.compile(
    rf"(?P<artifact>{ARTIFACT.pattern})@(?P<version>v{SEMVER})(?P<cancel>!?)(?:#(?P<counter>[0-9]{{1,9}}))?",
    re.ASCII,
)
LONGEST = 300
"""Characters of a tag's name."""


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
    found = TAG.fullmatch(name) if len(name) <= LONGEST else None
    if found is None:
        return None
    return TagName(
        artifact=found["artifact"],
        version=found["version"],
        action="deregister" if found["cancel"] else "register",
        counter=int(found["counter"] or 0),
    )


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
