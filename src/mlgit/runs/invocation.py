"""How a training came to be started: by a job of a CI system, or by a person."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

PERSON = "urn:mlgit:builder:person"


class Invocation(Struct, frozen=True, kw_only=True):
    """What a CI system tells of the run of a job; the defaults are a person at a command line.

    `facts` go into the record as they are, `builder` is the id that SLSA asks for, `address` shows the run, and
    `repository` is the https address of the repository.
    """

    event: str = ""
    facts: Mapping[str, str] = {}
    builder: str = PERSON
    address: str = ""
    repository: str = ""
