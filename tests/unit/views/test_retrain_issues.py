"""What the pull request and the issues of a retraining say, and that no text of a repository does anything in them."""

from __future__ import annotations

from itertools import cycle
from typing import Any, Literal

import msgspec
import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from mlgit.host.proposals import body_of
from mlgit.host.sticky import ReportKey
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Conclusion, Lease, Result
from mlgit.jobs.retraining.job import Estimate, Job
from mlgit.jobs.retraining.notices import Overdue, TooLong
from mlgit.jobs.retraining.proposal import Proposal, Trained
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.metrics.comparison import Comparison, Side
from mlgit.views.retrain_documents import proposal
from mlgit.views.retrain_issues import Issue, issue, mended, reported
from tests.unit.views.comment_hostile import TRICKS, strings

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NOW = 1_767_614_400.0
KEY = ReportKey(workflow="mlgit-ct", report="x")


def job(texts: list[str], **more: Any) -> Job:
    text = cycle(texts)
    made = Job(
        name=next(text), folder=next(text), models=(next(text), next(text)), inputs="1", stale=(next(text), next(text)),
        age_days=45.9, made=next(text),
    )  # fmt: skip
    return msgspec.structs.replace(made, **more)


def trigger(texts: list[str]) -> Trigger:
    text = cycle(texts)
    return Trigger(kind="dispatch", id="1", at=NOW, event=next(text), because=next(text), report=next(text))


def failed(texts: list[str], **more: Any) -> Issue:
    text = cycle(texts)
    one = Assignment(job=job(texts), cause="hand", attempt=2)
    trained = Result(
        job="x", ending="failed", seconds=90, detail=next(text), stage=next(text),
        lines=(next(text), next(text), next(text)), stages=(next(text),),
    )  # fmt: skip
    return issue(leased(texts), one, msgspec.structs.replace(trained, **more), None)


def leased(texts: list[str]) -> Lease:
    return Lease(
        base=texts[0],
        branch="main",
        trigger=trigger(texts),
        holder="h",
        mark="m",
        at=NOW,
        until=NOW,
        minutes=60,
    )


def old(texts: list[str]) -> Issue:
    return reported(leased(texts), Overdue(job=job(texts, stale=()), limit_days=30, period=1))


def long(texts: list[str], source: Literal["ledger", "records"] = "records") -> Issue:
    guess = Estimate(seconds=5_430, count=3, source=source)
    return reported(leased(texts), TooLong(job=job(texts), estimate=guess, limit_minutes=60))


def structure(text: str) -> list[Any]:
    """Return every token with what it says, except what stands in code: of a block, how many lines."""
    shown: list[Any] = []
    for token in PARSER.parse(text):
        if token.type == "fence":
            shown.append((token.type, token.info, len(token.content.splitlines())))
        elif token.children is None:
            shown.append((token.type, token.tag, token.content))
        else:
            shown += [
                child.type
                if child.type in ("code_inline", "em_open", "em_close")
                else (child.type, child.content)
                for child in token.children
            ]
    return [one for one in shown if one not in ("em_open", "em_close")]


def same(said: list[Any]) -> list[Any]:
    """Return a structure in which our word for an empty or blank text is the code it stands for."""
    return ["code_inline" if one in (("text", "empty"), ("text", "blank")) else one for one in said]


@pytest.mark.parametrize("make", [failed, old, long])
@pytest.mark.parametrize("texts", [[one] for one in TRICKS] + [list(strings(seed, 9)) for seed in range(20)])
def test_no_text_of_a_repository_does_anything(make: Any, texts: list[str]) -> None:
    plain = [f"plain{number}" for number in range(len(texts))]
    made, harmless = (body_of(KEY, make(one)[1])[0] for one in (texts, plain))
    assert same(structure(made)) == structure(harmless)
    assert made.count("<!--") == 1
    made.encode("utf-8")


@pytest.mark.parametrize("name", [*TRICKS, *strings(3, 30)])
def test_the_last_words_of_an_issue_are_one_sentence_whatever_the_name(name: str) -> None:
    done = Conclusion(job="x", ending="proposed", text="", url="https://f.example/1")
    assert same(structure(mended(name, done, NOW))) == structure(mended("plain", done, NOW))
    assert "f.example" not in mended(
        "plain", msgspec.structs.replace(done, url="https://f.example/ [x](y)"), NOW
    )


def test_a_failure_says_what_was_said_last_and_how_to_run_it_here() -> None:
    title, document = failed(["churn"], lines=("  indented", "```"), stage="train", detail="stage train: no")
    body = body_of(KEY, document)[0]
    assert title == "Retraining churn: the pipeline failed"
    assert "### What `train` said last\n\n````text\n  indented\n```\n````\n" in body
    assert "`mlgit train churn`" in body
    assert "`stage train: no`" in body
    assert "The next trigger tries again" in body
    lost = body_of(KEY, failed(["churn"], lines=(), stage="", detail="lost")[1])[0]
    assert "said last" not in lost
    assert "`mlgit train churn`" in lost


def test_an_old_model_says_since_when_and_what_to_do() -> None:
    title, document = old(["churn"])
    body = body_of(KEY, document)[0]
    assert title == "The model churn is 45 days old and there is nothing new to train it on"
    assert "It was made by commit `churn` on 2025-11-20 and has not changed since" in body
    assert "`mlgit data update`" in body
    assert "raise `ct.max_age_days`" in body
    assert "it is reported again after another 30 days" in body


def test_a_training_that_does_not_fit_says_how_long_it_takes_where_and_what_to_do() -> None:
    title, document = long(["churn"])
    body = body_of(KEY, document)[0]
    assert title == "Retraining churn: it would take longer than ct.budget.minutes"
    assert "It is out of date: `churn`." in body
    assert (
        "expected to take 90.5 minutes, told from its last 3 recorded trainings. Those were trained by hand"
        in body
    )
    assert "`ct.budget.minutes` in `mlgit.yaml` is 60" in body
    assert "`mlgit train churn`" in body
    assert "in this workflow" in body_of(KEY, long(["churn"], "ledger")[1])[0].partition("ct.budget")[0]


def test_a_proposal_says_how_old_the_model_was_and_where_the_estimate_comes_from() -> None:
    one = Assignment(
        job=job(["churn"]), cause="hand", attempt=1, limit_days=30,
        estimate=Estimate(seconds=90, count=3, source="records"),
    )  # fmt: skip
    side = Side(name="main", commit="b" * 40)
    comparison = Comparison(base=side, head=side, state="unchanged")
    trained = Result(job="churn", ending="trained", seconds=60)

    def body_for(lease: Lease, asked: Assignment) -> str:
        part = Trained(one=asked, result=trained, comparison=comparison)
        return body_of(KEY, proposal(Proposal(lease=lease, trained=(part,))))[0]

    body = body_for(leased(["churn"]), one)
    assert "- too old: the model was 45 days old, and `ct.max_age_days` is 30\n" in body
    assert "- cost: 1.0 minutes, 1.5 were expected from its last 3 recorded trainings; attempt 1" in body
    young = msgspec.structs.replace(one, limit_days=None)
    assert "too old" not in body_for(leased(["x"]), young)


@pytest.mark.parametrize(("budget", "setting"), [(None, "ct.budget.minutes"), (60, "models.churn.ci.budget")])
def test_an_issue_names_the_setting_that_is_too_small(budget: int | None, setting: str) -> None:
    guess = Estimate(seconds=5_430, count=3, source="records")
    one = TooLong(job=replace(job(["churn"]), name="churn", budget=budget), estimate=guess, limit_minutes=60)
    title, document = reported(leased(["churn"]), one)
    assert title.endswith(f"longer than {setting}")
    assert str(document).count(setting) == 2
