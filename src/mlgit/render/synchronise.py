"""Decide what `sync` does with each managed file: pure, from three contents of it.

*mine* is on disk, *base* is what was rendered last, *new* is what is rendered now. A hand edit shows as a difference
of mine from base. It is merged into a new rendering where both can stand, and never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from mlgit.plan.change import Change, Plan, Refusal, difference, first_changed_line
from mlgit.render.record import BASE, LOCK, Record, write_record

Merge = Callable[[bytes, bytes, bytes], bytes | None]
"""Merge (mine, base, new) line by line; None when they cannot both stand."""


class Standing(Struct, frozen=True, kw_only=True):
    """What stands on disk: the managed files, the copies of the last rendering, the text of the record."""

    files: Mapping[str, bytes]
    base: Mapping[str, bytes]
    lock: bytes | None


def plan_sync(rendered: Mapping[str, bytes], record: Record, standing: Standing, merge: Merge) -> Plan:
    """Return the plan that brings the managed files to what is rendered, hand edits kept."""
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for path in sorted({*rendered, *standing.base}):
        for step in file_steps(path, rendered.get(path), standing, merge):
            (changes if isinstance(step, Change) else refusals).append(step)  # type: ignore[arg-type]
    text = write_record(record)
    if text != standing.lock:
        changes.append(
            Change(path=LOCK, old=standing.lock, new=text, reason="the record of what was rendered")
        )
    return Plan(changes=tuple(changes), refusals=tuple(refusals))


def file_steps(path: str, new: bytes | None, standing: Standing, merge: Merge) -> Iterator[Change | Refusal]:
    """Yield what happens to one managed file and to the copy of its last rendering."""
    mine, base = standing.files.get(path), standing.base.get(path)
    if mine in (None, base):
        if mine != new:
            yield Change(path=path, old=mine, new=new, reason=why(mine, base, new))
    elif mine != new:
        yield from edited(path, mine, base, new, merge)
    if base != new:
        yield Change(path=BASE + path, old=base, new=new, reason="the copy that hand edits are told by")


def why(mine: bytes | None, base: bytes | None, new: bytes | None) -> str:
    """Return why an untouched file changes."""
    if mine is None:
        return "it is missing" if base is not None else "mlgit.yaml asks for it"
    return "mlgit.yaml no longer asks for it" if new is None else "mlgit.yaml or mlgit's templates changed"


def edited(
    path: str, mine: bytes, base: bytes | None, new: bytes | None, merge: Merge
) -> Iterator[Change | Refusal]:
    """Yield what happens to a file that somebody edited: a merge where the rendering moved on too, else nothing."""
    merged = merge(mine, base, new) if base is not None and new is not None and base != new else None
    if merged is not None and merged != mine:
        yield Change(path=path, old=mine, new=merged, reason="the new rendering, with the hand edit kept")
    kept = mine if merged is None else merged
    yield Refusal(
        path=path,
        line=first_changed_line(new, kept),
        reason="edited by hand" if base is not None else "stands here already and was not written by mlgit",
        hint=f"say it in mlgit.yaml, or take mlgit's text with: mlgit sync --restore {path}",
        difference=difference(path, new, kept),
    )


def plan_restore(paths: tuple[str, ...], rendered: Mapping[str, bytes], standing: Standing) -> Plan:
    """Return the plan that puts mlgit's text back into the named files, whatever stands there."""
    changes = [
        Change(path=path, old=standing.files.get(path), new=rendered[path], reason="asked for with --restore")
        for path in paths
        if standing.files.get(path) != rendered[path]
    ]
    return Plan(changes=tuple(changes))
