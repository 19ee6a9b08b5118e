"""A retraining as the issue that says why nothing is proposed, that a model is too old, or that it would take too long.

One is open for a cause.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from mlgit.host.document import ADDRESS, CommentDocument, Section
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Conclusion, Lease, Result
from mlgit.jobs.retraining.notices import Overdue, Recovered, TooLong, days_text
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.metrics.comparison import Comparison
from mlgit.text import moment_text
from mlgit.views.comment import document
from mlgit.views.escape import block, code
from mlgit.views.markdown import LONGEST, list_section
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
WORSE = "The next one that does not fail closes this issue, and so does the next run that finds the model up to date."
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
    name, asked = one.job.name, why(lease, one, trained, ASKED)
    if trained.ending == "bad-data":
        title, heading, text = (
            "the data are wrong",
            f"The data of {code(name)} are wrong: nothing was trained",
            MEND_DATA,
        )
        lines = (code(line.strip(), LONGEST) for line in trained.lines)
        sections: tuple[Section, ...] = (list_section("Broken rules", LINES_WEIGHT, lines), asked)
    elif trained.ending == "failed":
        title, heading, text = (
            "the pipeline failed",
            f"The pipeline of {code(name)} failed: nothing is proposed",
            TRY_AGAIN,
        )
        sections = (
            *last_words(trained),
            list_section("Run it here", LINES_WEIGHT - 1, commands(name)),
            asked,
        )
    else:
        made = document(with_head(comparison, "retrained")) if comparison else CommentDocument(verdict="")
        title, heading = "the new model is worse", f"The new {code(name)} fails the gates: it is not proposed"
        text, sections = f"{WORSE}\n\n{made.verdict}", (why(lease, one, trained), *made.sections)
    detail = f"{code(trained.detail, LONGEST)}\n\n" if trained.ending in ("bad-data", "failed") else ""
    said = f"## ❌ {heading}\n\n{detail}{text}"
    return f"Retraining {name}: {title}", CommentDocument(verdict=said, sections=sections, whole=whole)


def last_words(trained: Result) -> Iterator[Section]:
    """Yield what a pipeline that came to no end said last, where it said something."""
    if trained.lines:
        title = f"What {code(trained.stage)} said last" if trained.stage else "What it said last"
        yield Section(title=title, weight=LINES_WEIGHT, pieces=(block(trained.lines, LONGEST),))


def commands(name: str) -> tuple[str, ...]:
    """Return how to run the training of a model here."""
    return (
        f"{code(f'mlgit retrain --local --model {name}')} does the same in a clone of this repository.",
        f"{code(f'mlgit train {name}')} runs it in your own tree.",
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
        f"{code(one.setting)} in `mlgit.yaml` is {limit}, so it was not started, and will not be.",
    )
    hints = (
        f"Raise {code(one.setting)} in `mlgit.yaml`, or make the training shorter.",
        f"Or train by hand: {code(f'mlgit train {name}')}, then commit, and open a pull request.",
        "The next retraining that comes to its end closes this issue, and so does the next run that finds the model up to "
        "date. Until then no second one is opened.",
    )
    heading = f"{code(name)} cannot be trained within the budget"
    title = f"Retraining {name}: it would take longer than {one.setting}"
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
