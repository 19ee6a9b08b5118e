"""What asks for a training: an event of the forge, or a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from mlgit.errors import UsageError
from mlgit.jobs.retraining.job import name_of

Kind = Literal["data", "schedule", "dispatch", "hand"]
LONGEST = 500
KINDS: Mapping[str, Kind] = {
    "push": "data",
    "schedule": "schedule",
    "repository_dispatch": "dispatch",
    "workflow_dispatch": "hand",
}


class Trigger(Struct, frozen=True, kw_only=True):
    """One request to look whether to train. Two requests with the same `id` are one."""

    kind: Kind
    id: str
    at: Annotated[float, Meta(description="Seconds since the epoch.")]
    event: Annotated[str, Meta(description="The name of a dispatch, for example drift.")] = ""
    because: Annotated[str, Meta(description="Why, in the words of who asks.")] = ""
    report: Annotated[str, Meta(description="The SHA-256 of what a dispatch brought along.")] = ""
    models: Annotated[tuple[str, ...], Meta(description="The models it is about; empty: all.")] = ()

    again: Annotated[bool, Meta(description="Also what was trained with these inputs before.")] = False

    @property
    def key(self) -> str:
        """The name under which the ledger knows it: hexadecimal, whatever the id holds."""
        return name_of(self.kind, self.event, self.id)

    @property
    def cause(self) -> str:
        """What stands in the name of the branch: the event of a dispatch, else the kind."""
        return self.event or self.kind


def by_hand(
    because: str, models: tuple[str, ...], *, identity: str, at: float, again: bool = False
) -> Trigger:
    """Return the trigger of a person at a command line; `identity` tells two of them apart."""
    return Trigger(kind="hand", id=identity, at=at, because=because[:LONGEST], models=models, again=again)


def of_event(name: str, payload: Mapping[str, Any], *, run: str, at: float) -> Trigger:
    """Return the trigger of an event of GitHub; `run` is the id of the workflow's run.

    A push is known by its newest commit, a dispatch by the `id` in its payload, else by the digest of what it brings
    along and the run; everything else by the run. Raises `UsageError` (`trigger-event`) for an event that is none.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise UsageError(
            "trigger-event",
            f"{name!r} is no event that retrains",
            hint="it is one of: " + ", ".join(KINDS),
        )
    if kind == "data":
        return Trigger(kind=kind, id=text(payload, "after") or run, at=at)
    if kind == "schedule":
        return Trigger(kind=kind, id=run, at=at, because=text(payload, "schedule"))
    brought = payload.get("client_payload" if kind == "dispatch" else "inputs")
    inside: Mapping[str, Any] = brought if isinstance(brought, Mapping) else {}
    named = inside.get("models", inside.get("model"))
    digest = sha256(json.dumps(inside, sort_keys=True).encode()).hexdigest() if inside else ""
    return Trigger(
        kind=kind,
        id=text(inside, "id") or (f"{digest[:16]} {run}" if digest else run),
        at=at,
        event=slug(text(payload, "action")) if kind == "dispatch" else "",
        because=text(inside, "because"),
        report=digest,
        models=names(named),
        again=str(inside.get("again", "")).lower() == "true",
    )


def text(value: Mapping[str, Any], key: str) -> str:
    """Return a text of a payload, empty when there is none."""
    found = value.get(key)
    return str(found)[:LONGEST] if isinstance(found, str | int) and not isinstance(found, bool) else ""


def names(value: Any) -> tuple[str, ...]:
    """Return the models that a payload names: a list, or a text with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(dict.fromkeys(str(one).strip() for one in parts if str(one).strip()))


def slug(event: str) -> str:
    """Return an event's name as a part of a branch's name."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in event.lower())
    return kept.strip("-")[:60] or "dispatch"
