"""A sync plan as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlgit.plan.change import Change, Plan, difference, first_changed_line
from mlgit.render.record import RULESET

INTERNAL = ".mlgit/"


def sync_lines(
    plan: Plan, *, applied: bool, with_difference: bool, unowned: Sequence[str] = ()
) -> Iterator[str]:
    """Yield what changes, what is left alone and how to mend it; `unowned` are lines that your CODEOWNERS lacks."""
    if plan.empty:
        yield "in sync: the managed files are what mlgit.yaml says"
    for change in plan.changes:
        if applied and change.path.startswith(INTERNAL) and change.path != RULESET:
            continue
        yield change_line(change, applied=applied)
        if with_difference and not change.path.startswith(INTERNAL):
            yield difference(change.path, change.old, change.new).rstrip("\n")
    for refusal in plan.refusals:
        yield f"{refusal.path}:{refusal.line}: {refusal.reason}; left as it is"
        yield f"  hint: {refusal.hint}"
        if with_difference:
            yield refusal.difference.rstrip("\n")
    if unowned:
        yield "CODEOWNERS was there before mlgit and stays yours; it lacks the owners that mlgit.yaml names:"
        yield from (f"  {line}" for line in unowned)


def change_line(change: Change, *, applied: bool) -> str:
    """Return one change in one line, with the file and line where it starts."""
    if not applied:
        line = first_changed_line(change.new, change.old)
        return f"{change.path}:{line}: out of sync ({change.verb}): {change.reason}"
    return f"{change.verb}d {change.path}: {change.reason}"
