"""What of a comparison is broken, was not judged or was not verified, and why: the list below the comment's first line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlgit.metrics.comparison import ModelComparison, Remark
from mlgit.views import markdown
from mlgit.views.cells import Foreign, Line, sentence, with_hint

MOST = 10


def remark_lines(models: Sequence[ModelComparison]) -> list[str]:
    """Return a heading and a line each, in Markdown; what rules of gates say stands with the gates."""
    found = [line for model in models for line in lines_of(model, named=len(models) > 1)]
    if not found:
        return []
    left = len(found) - MOST
    more = [f"- and {left:,} more"] if left > 0 else []
    return ["", "Why:", "", *(f"- {markdown.text(line)}" for line in found[:MOST]), *more]


def lines_of(model: ModelComparison, *, named: bool) -> Iterator[Line]:
    """Yield the lines of one model, with its name where there are several."""
    before: Line = (Foreign(model.name, 80), ": ") if named else ()
    told = model.verification
    if told is not None and not told.good and told.reason:
        yield with_hint((*before, sentence(told.reason)), told.hint)
    rules = {(one.metric, one.slice) for one in model.gate.findings} if model.gate else set()
    for one in (*model.coverage.failed, *model.coverage.not_judged):
        if one.metric and (one.metric, one.slice) not in rules:
            yield remark_line(before, one)


def remark_line(before: Line, one: Remark) -> Line:
    """Return which metric it is, on which part of the test set, why, and what ends it."""
    part: Line = (" of ", Foreign(one.slice)) if one.slice else ()
    return with_hint((*before, Foreign(one.metric), *part, ": ", sentence(one.reason)), one.hint)
