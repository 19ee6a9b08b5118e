"""How findings, intervals and budgets are written for people. Shared by the views of the gate and of compare."""

from __future__ import annotations

import math
from collections.abc import Iterator

from mlgit.metrics.verdict import Budget, Condition, Finding, ModelVerdict
from mlgit.stats.interval import Interval
from mlgit.text import counted, number_text
from mlgit.views.wording import interval_text, needed_text, plain, signed

CONDITIONS: dict[Condition, str] = {
    "min": "at least {}",
    "max": "at most {}",
    "no_worse_than": "no worse by {}",
    "better_than": "better by {}",
}


def condition_text(finding: Finding) -> str:
    """Return what is asked: `no worse by 0.01`."""
    if finding.condition == "better_than" and finding.threshold == 0:
        return "better"
    if finding.condition == "no_worse_than" and finding.threshold == 0:
        return "no worse"
    return CONDITIONS[finding.condition].format(number_text(float(finding.threshold)))


def value_text(finding: Finding) -> str:
    """Return the number a finding is about with its 95 % interval: `+0.012 [-0.004, +0.028]`."""
    relative = finding.condition in ("no_worse_than", "better_than")
    value = finding.change if relative else finding.head
    if value is None:
        return ""
    if not relative and finding.shown is None:
        return number_text(value)
    shown = signed(value) if relative else plain(value)
    return shown if finding.shown is None else f"{shown} {interval_text(finding.shown, change=relative)}"


def interval_words(interval: Interval, *, change: bool = True) -> str:
    """Return an interval with its confidence: `[-0.004, +0.028], 95%`."""
    return f"{interval_text(interval, change=change)}, {interval.level:.0%}"


def said(finding: Finding) -> str:
    """Return what is to be said of a finding besides its numbers."""
    parts = [finding.reason, wider_text(finding), needed_text(finding.needed, finding.items), finding.hint]
    return "; ".join(part for part in parts if part)


def wider_text(finding: Finding) -> str:
    """Return why an interval that clears its bound does not decide: the one that decides is wider."""
    shown, bound = finding.shown, finding.bound
    if str(finding.verdict) != "UNDECIDED" or shown is None or bound is None:
        return ""
    if shown.low <= bound <= shown.high:
        return ""
    return f"clear at 95 %, not at the {100 * finding.confidence:.4g} % that one evaluation asks for"


def budget_text(budget: Budget) -> str:
    """Return how far a test set is used: `evaluation 7 of 32`."""
    if budget.spent:
        return f"test set spent (meant for {budget.planned:,} evaluations, {budget.used:,} used)"
    again = ", evaluated before" if budget.seen_before else ""
    return f"evaluation {budget.number:,} of {budget.planned:,}{again}"


def summary(model: ModelVerdict) -> str:
    """Return the facts of a model in one line: items, changed predictions, budget."""
    groups = max((one.groups for one in model.findings if one.groups is not None), default=None)
    within = "" if groups is None else f" in {groups:,} groups"
    parts = [f"{model.items:,} items{within}"] if model.items is not None else []
    changed = max(
        (one.changed for one in model.findings if one.changed is not None and not one.slice), default=None
    )
    if changed is not None:
        parts.append(f"{changed:,} changed" if changed else "no prediction changed")
    if model.budget is not None:
        parts.append(budget_text(model.budget))
    return ", ".join(parts)


def explained_budget(budget: Budget) -> list[str]:
    """Return the arithmetic of a test set's budget, a sentence a line."""
    alpha, each = 1.0 - budget.confidence, 1.0 - budget.evaluation_confidence
    due = f"beyond the {budget.planned:,} planned" if budget.spent else f"of {budget.planned:,}"
    made = [
        f"test set {budget.test_set[:12]}: {budget.used:,} other set(s) of predictions were evaluated on it; this is "
        f"evaluation {budget.number:,} {due}",
        f"  {budget.accepted:,} accepted in the history of the base's first parents"
        + ("" if budget.recorded is None else f", {budget.recorded:,} in the ledger, each counted once"),
    ]
    if budget.seen_before:
        made.append("  these predictions were evaluated before, so they cost nothing")
    if budget.corrected:
        made.append(corrected_text(budget, alpha, each))
        made.append(f"  a FAIL may err by {alpha:.4g} in each evaluation by itself")
    else:
        made.append(
            f"  not corrected for several evaluations: alpha is {alpha:.4g} for each by itself (split: false)"
        )
    return made


def corrected_text(budget: Budget, alpha: float, each: float) -> str:
    """Return how alpha is spent over the evaluations, in one line."""
    so = f"{each:.3g} each, so a PASS is decided at a one-sided confidence of {budget.evaluation_confidence:.9g}"
    if budget.adaptive:
        number = max(1, budget.used)
        looks = number - 1 + budget.tries
        return (
            f"  corrected for somebody who kept or dropped {looks:,} changes by their results (adaptive): {alpha:.4g} * 0.61 / "
            f"({number:,} * {number:,} * 2 ** {looks:,}) = {so.replace(' each', '', 1)}"
        )
    return f"  corrected for {budget.planned:,} evaluations (alpha spending): {alpha:.4g} / {budget.planned:,} = {so}"


def sure_of(finding: Finding) -> float:
    """Return the one-sided confidence of a verdict."""
    failed = str(finding.verdict) == "FAIL" and finding.failure_confidence is not None
    return (finding.failure_confidence or 0.0) if failed else finding.confidence


def explained(finding: Finding) -> list[str]:
    """Return how a finding came about, a sentence a line."""
    where = f" where {finding.slice}" if finding.slice else ""
    name = f"{finding.metric}{where}, {condition_text(finding)}: {finding.verdict}"
    if finding.base is None or finding.head is None or finding.decided is None:
        value = "" if finding.head is None else f" (the value is {number_text(finding.head)})"
        return [f"{name}{value}", *([f"  {said(finding)}"] if said(finding) else [])]
    relative = finding.condition in ("no_worse_than", "better_than")
    interval, bound = finding.decided, finding.threshold
    about = "head - base" if relative else "the head's value"
    made = [
        name,
        f"  base {number_text(finding.base)}, head {number_text(finding.head)}, difference {signed(finding.head - finding.base)}",
        f"  {about} by {interval.method or 'its estimator'} on {finding.items or 0:,} item(s){groups_text(finding)}: {value_text(finding)} (95 %)",
        f"  decided at one-sided {sure_of(finding):.5g}, by one end of {interval_text(interval, change=relative)} against "
        f"{'a margin of ' if relative else ''}{number_text(float(bound))}",
    ]
    return [*made, *([f"  {said(finding)}"] if said(finding) else []), *sure_enough(finding)]


def groups_text(finding: Finding) -> str:
    """Return in how many groups the items come, where they do."""
    return "" if finding.groups is None else f" in {counted(finding.groups, 'group')}"


def sure_enough(finding: Finding) -> Iterator[str]:
    """Yield how sure the number of items that would decide is, and how many groups they come to."""
    if not needed_text(finding.needed, finding.items) or finding.needed is None:
        return
    many = "" if not (finding.groups and finding.items) else (
        f", about {math.ceil(finding.needed * finding.groups / finding.items):,} groups of this size"
    )  # fmt: skip
    yield f"  that many decide in four draws of five{many}{range_text(finding.needed_range)}"


def range_text(between: tuple[int, int | None] | None) -> str:
    """Return where a number of items lies by what the items at hand tell of it."""
    if between is None:
        return ""
    low, high = between
    return (
        f"; by what these items tell it is {low:,} or more"
        if high is None
        else f"; by what these items tell it lies between {low:,} and {high:,}"
    )
