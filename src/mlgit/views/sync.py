"""A sync plan as text."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.plan.change import Change, Plan, difference, first_changed_line

INTERNAL = ".mlgit/"


def sync_lines(plan: Plan, *, applied: bool, with_difference: bool) -> Iterator[str]:
    """Yield what changes, what is left alone and how to mend it."""
    if plan.empty:
        yield "in sync: the managed files are what mlgit.yaml says"
    for change in plan.changes:
        if applied and change.path.startswith(INTERNAL):
            continue
        yield change_line(change, applied=applied)
        if with_difference and not change.path.startswith(INTERNAL):
            yield difference(change.path, change.old, change.new).rstrip("\n")
    for refusal in plan.refusals:
        yield f"{refusal.path}:{refusal.line}: {refusal.reason}; left as it is"
        yield f"  hint: {refusal.hint}"
        if with_difference:
            yield refusal.difference.rstrip("\n")


def change_line(change: Change, *, applied: bool) -> str:
    """Return one change in one line, with the file and line where it starts."""
    if not applied:
        line = first_changed_line(change.new, change.old)
        return f"{change.path}:{line}: out of sync ({change.verb}): {change.reason}"
    return f"{change.verb}d {change.path}: {change.reason}"
