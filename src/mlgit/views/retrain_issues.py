"""A retraining as the issue that says why nothing is proposed, that a model is too old, or that it would take too long.

One is open for a cause.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from mlgit.host.document import ADDRESS, CommentDocument, Section
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Conclusion, Lease, Result
from mlgit.jobs.retraining.notices import Overdue, Recovered, TooLong, days_text
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.metrics.comparison import Comparison
from mlgit.text import moment_text
from mlgit.views.comment import document
from mlgit.views.documents import LONGEST, list_section
from mlgit.views.escape import block, code
from mlgit.views.retrain_documents import WHY_WEIGHT, cause_text, why, with_head

Issue = tuple[str, CommentDocument]
"""Title and body."""
LINES_WEIGHT = WHY_WEIGHT + 5
MEND_DATA = (
    "Mend the data in a commit to the default branch; it starts the training again, and this issue is closed when that "
    "succeeds. When you take the new data back instead, the next run that finds the model up to date closes it."
)
TRY_AGAIN = (
    "The next trigger tries again, because a failure may be the machine's. This issue is closed when it trains, or when a "
    "run finds the model up to date; until then no second one is opened."
)
ASKED = "What asked for it"
OUTCOMES = {
    "proposed": "The new model waits for its merge",
    "committed": "The new model is on the default branch",
    "unchanged": "Nothing new came of it to propose",
    "worse": "The new model fails the gates, which has an issue of its own",
}


def issue(
    lease: Lease, one: Assignment, trained: Result, comparison: Comparison | None, whole: str = ""
) -> Issue:
    """Return the issue about data that are wrong, a pipeline that failed, or a model that is worse."""
    if trained.ending == "bad-data":
        return wrong_data(lease, one, trained, whole)
    if trained.ending == "failed":
        return failure(lease, one, trained, whole)
    return worse_model(lease, one, trained, comparison, whole)


def wrong_data(lease: Lease, one: Assignment, trained: Result, whole: str) -> Issue:
    """Return the issue about data that break their schema."""
    name = one.job.name
    said = f"## ❌ The data of {code(name)} are wrong: nothing was trained\n\n{code(trained.detail, LONGEST)}"
    rules = list_section(
        "Broken rules", LINES_WEIGHT, (code(line.strip(), LONGEST) for line in trained.lines)
    )
    return f"Retraining {name}: the data are wrong", CommentDocument(
        verdict=f"{said}\n\n{MEND_DATA}", sections=(rules, why(lease, one, trained, ASKED)), whole=whole
    )


def failure(lease: Lease, one: Assignment, trained: Result, whole: str) -> Issue:
    """Return the issue about a pipeline that came to no end: what it said last, and how to run it here."""
    name = one.job.name
    here = (
        f"{code(f'mlgit retrain --local --model {name}')} does the same in a clone of this repository.",
        f"{code(f'mlgit train {name}')} runs it in your own tree.",
    )
    said = (
        f"## ❌ The pipeline of {code(name)} failed: nothing is proposed\n\n{code(trained.detail, LONGEST)}"
    )
    sections = [list_section("Run it here", LINES_WEIGHT - 1, here)]
    if trained.lines:
        stage = f"What {code(trained.stage)} said last" if trained.stage else "What it said last"
        last = Section(title=stage, weight=LINES_WEIGHT, pieces=(block(trained.lines, LONGEST),))
        sections.insert(0, last)
    return f"Retraining {name}: the pipeline failed", CommentDocument(
        verdict=f"{said}\n\n{TRY_AGAIN}",
        sections=(*sections, why(lease, one, trained, ASKED)),
        whole=whole,
    )


def worse_model(
    lease: Lease, one: Assignment, trained: Result, comparison: Comparison | None, whole: str
) -> Issue:
    """Return the issue about a model that fails the gates."""
    name = one.job.name
    said = (
        f"## ❌ The new {code(name)} fails the gates: it is not proposed\n\n"
        "The next one that does not fail closes this issue, and so does the next run that finds the model up to date."
    )
    made = (
        document(with_head(comparison, "retrained"))
        if comparison is not None
        else CommentDocument(verdict="")
    )
    return f"Retraining {name}: the new model is worse", CommentDocument(
        verdict=f"{said}\n\n{made.verdict}",
        sections=(why(lease, one, trained), *made.sections),
        whole=whole,
    )


def mended(name: str, done: Conclusion, now: float) -> str:
    """Return the last words of an issue whose cause is gone; `now` is when that was seen."""
    place = f": {done.url}" if ADDRESS.fullmatch(done.url) else "."
    return f"✅ {moment_text(now)}: {code(name)} was trained again, and this is mended. {OUTCOMES[done.ending]}{place}"


def settled(lease: Lease, one: Recovered, now: float) -> str:
    """Return the last words of the issues of a model that is up to date: nothing more will be told of them."""
    name, at = code(one.job.name), code(lease.base[:12])
    return (
        f"✅ {moment_text(now)}: at {at} of {code(lease.branch)} the model {name} is up to date with its data, code and "
        "parameters. Nothing is left to train, so this is closed."
    )


def reported(lease: Lease, one: Overdue | TooLong, whole: str = "") -> Issue:
    """Return the issue about a model that is not trained for a reason that a person has to mend."""
    if isinstance(one, Overdue):
        return old_model(lease.trigger, lease.at, one, whole=whole)
    return long_training(lease.trigger, one, whole=whole)


def long_training(trigger: Trigger, one: TooLong, whole: str = "") -> Issue:
    """Return the issue about a model that is out of date and whose training would not fit into any job."""
    name, limit = one.job.name, one.limit_minutes
    where = (
        "Those were trained by hand, perhaps on another machine than the one of this workflow."
        if one.estimate.source == "records"
        else "That is how long it took in this workflow."
    )
    facts = (
        f"It is out of date: {code(one.job.stale[0], LONGEST)}.",
        f"Training it is expected to take {one.estimate.minutes:.1f} minutes, told from {one.estimate.origin}. {where} "
        f"`ct.budget.minutes` in `mlgit.yaml` is {limit}, so it was not started, and will not be.",
    )
    hints = (
        "Raise `ct.budget.minutes` in `mlgit.yaml`, or make the training shorter.",
        f"Or train by hand: {code(f'mlgit train {name}')}, then commit, and open a pull request.",
        "The next retraining that comes to its end closes this issue, and so does the next run that finds the model up to "
        "date. Until then no second one is opened.",
    )
    heading = f"{code(name)} cannot be trained within the budget"
    title = f"Retraining {name}: it would take longer than ct.budget.minutes"
    return title, warning(heading, facts, hints, trigger, whole)


def warning(
    heading: str, facts: Sequence[str], hints: tuple[str, ...], trigger: Trigger, whole: str
) -> CommentDocument:
    """Return the body of an issue about a model that was not trained: the facts, what to do, and what asked."""
    sections = (
        list_section("What to do", LINES_WEIGHT, hints),
        list_section(ASKED, WHY_WEIGHT, (cause_text(trigger),)),
    )
    return CommentDocument(verdict="\n\n".join((f"## ⚠️ {heading}", *facts)), sections=sections, whole=whole)


def old_model(trigger: Trigger, at: float, one: Overdue, whole: str = "") -> Issue:
    """Return the issue about a model that is too old and could only be made again; `at` is when somebody looked."""
    name, age = one.job.name, one.job.age_days or 0.0
    since = time.strftime("%Y-%m-%d", time.gmtime(at - age * 86_400))
    others = [code(model) for model in one.job.models if model != name]
    beside = f" Of the same pipeline: {', '.join(others)}." if others else ""
    facts = (
        f"It was made by commit {code(one.job.made[:12])} on {since} and has not changed since; "
        f"`ct.max_age_days` in `mlgit.yaml` is {one.limit_days}.{beside}",
        "Nothing that its training reads is new: it would make the same model again, so it was not started.",
    )
    hints = (
        "Bring new data: `mlgit data update`, then commit and push. That starts the training.",
        "Or say that a model of this age is good enough: raise `ct.max_age_days` in `mlgit.yaml`.",
        "This issue is closed when a new model is proposed, and by the next run that finds the model young enough. When "
        f"you close it and the model stays as it is, it is reported again after another {days_text(one.limit_days)}.",
    )
    heading = f"The model {code(name)} is {days_text(age)} old"
    title = f"The model {name} is {days_text(age)} old and there is nothing new to train it on"
    return title, warning(heading, facts, hints, trigger, whole)
