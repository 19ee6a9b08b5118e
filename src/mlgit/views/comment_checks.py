"""The checks of a run that failed, in the comment: each with its rule, row or test, and what mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from mlgit.host.document import WEIGHTS, Section
from mlgit.metrics.tally import Part
from mlgit.plan.outcome import CheckItem
from mlgit.views import markdown
from mlgit.views.cells import Foreign, sentence
from mlgit.views.escape import block, code

RUN_PARTS: tuple[Part, ...] = get_args(Part)
WEIGHT = WEIGHTS["metrics"] + 20
"""Left out after all else."""
MOST_LINES = 20
LONGEST_LINE = 300
SILENT = "The job failed, and no check of it says why: its log does."


def failed_checks_section(checks: Sequence[CheckItem], red: Sequence[Part]) -> Section | None:
    """Return what failed, a piece a check; a part of the run in `red` without a failed check is named, too.

    None where nothing failed.
    """
    failed = [one for one in checks if one.state == "failed"]
    told = {one.subject for one in failed}
    pieces = [check_text(one) for one in failed]
    pieces += [f"**{one}**: {SILENT}" for one in red if one not in told]
    if not pieces:
        return None
    return Section(title="Failed checks", weight=WEIGHT, pieces=tuple(pieces), separator="\n\n")


def open_checks_section(checks: Sequence[CheckItem]) -> Section | None:
    """Return the checks of which a part was not judged, a piece a check; None where there is none."""
    pieces = tuple(check_text(one) for one in checks if one.state == "not judged")
    return Section(title="Not judged", weight=WEIGHT - 1, pieces=pieces, separator="\n\n") if pieces else None


def check_text(one: CheckItem) -> str:
    """Return one check in Markdown."""
    parts = [f"**{one.subject}**: {markdown.text((Foreign(one.name), ': ', sentence(one.detail)))}"]
    if one.lines:
        left = len(one.lines) - MOST_LINES
        more = [f"... and {left:,} more lines"] if left > 0 else []
        parts.append(block([*one.lines[:MOST_LINES], *more], LONGEST_LINE))
    if one.hint:
        parts.append(f"What to do: {code(one.hint, LONGEST_LINE)}")
    return "\n\n".join(parts)
