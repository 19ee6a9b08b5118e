"""What would change, as values: a file before and after, what is left alone and why."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace


class Change(Struct, frozen=True, kw_only=True):
    """One file before and after; None means that there is no file. `reason` completes the sentence "because"."""

    path: str
    old: bytes | None
    new: bytes | None
    reason: str

    @property
    def verb(self) -> str:
        """What happens to the file, in one word."""
        if self.old is None:
            return "create"
        return "delete" if self.new is None else "update"


class Refusal(Struct, frozen=True, kw_only=True):
    """A file that is left alone although the plan's goal wants another content."""

    path: str
    reason: str
    hint: str
    line: int = 1
    difference: str = ""


class Plan(Struct, frozen=True, kw_only=True):
    """Every change towards the goal, and every file that is left alone with the reason."""

    changes: tuple[Change, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def with_line_ends(self, converted: Mapping[str, bytes]) -> Plan:
        """Return the plan for a disk on which texts have CRLF for their line ends: `converted`, as they stand there."""
        changes = (crlf(one, converted.get(one.path)) for one in self.changes)
        return replace(self, changes=tuple(changes))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do and nothing to tell."""
        return not self.changes and not self.refusals


def crlf(change: Change, standing: bytes | None) -> Change:
    """Return the change of a text that stands on disk with other line ends, of which some may be plain; itself where none does."""
    if standing is None:
        return change
    return replace(change, old=standing, new=change.new and change.new.replace(b"\n", b"\r\n"))


def difference(path: str, old: bytes | None, new: bytes | None) -> str:
    """Return the unified difference of two contents of a file; a sentence where one is not text."""
    try:
        before, after = ((content or b"").decode("utf-8").splitlines() for content in (old, new))
    except UnicodeDecodeError:
        return f"{path}: the binary contents differ\n"
    names = (f"a/{path}" if old is not None else "/dev/null", f"b/{path}" if new is not None else "/dev/null")
    return "".join(f"{line}\n" for line in difflib.unified_diff(before, after, *names, lineterm=""))


def first_changed_line(old: bytes | None, new: bytes | None) -> int:
    """Return the line (from 1) of `new` at which it first differs from `old`."""
    before, after = ((content or b"").splitlines() for content in (old, new))
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        if one != other:
            return number
    return min(len(before), len(after)) + 1
