"""What one pull request proposes: a model by itself or those of a group, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from mlgit.config.reader import read
from mlgit.errors import UsageError
from mlgit.host.document import fit
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Lease, Result, Verdict
from mlgit.jobs.retraining.job import Job
from mlgit.jobs.retraining.ledger import Outcome
from mlgit.jobs.retraining.proposal import Proposal, Trained, alone, proposals_of, together
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.metrics.comparison import Comparison, ModelComparison, Side
from mlgit.views.retrain_documents import proposal, title

SIDE = Side(name="main", commit="b" * 40)


def assigned(name: str, group: str = "") -> Assignment:
    job = Job(name=name, folder=name, models=(name,), inputs=name, stale=("train: changed",), group=group)
    return Assignment(job=job, cause="data", attempt=1)


def trained(name: str, verdict: Verdict = "PASS", group: str = "nightly") -> Trained:
    model = ModelComparison(name=name, pipeline=name, state="changed")
    return Trained(
        one=assigned(name, group),
        result=Result(job=name, ending="trained", verdict=verdict, seconds=60, left_out=("log.txt",)),
        comparison=Comparison(base=SIDE, head=SIDE, state="changed", models=(model,)),
        files={f"{name}/dvc.lock": b"new"},
    )


def lease(propose: Literal["pull_request", "commit"] = "pull_request") -> Lease:
    trigger = Trigger(kind="data", id="1", at=1e9)
    return Lease(
        base="b" * 40, branch="main", trigger=trigger, holder="run 1", mark="m", at=1e9, until=1e9 + 60, minutes=1,
        propose=propose,
    )  # fmt: skip


def test_a_group_shares_a_branch_and_everything_else_has_its_own() -> None:
    found = together([assigned("a", "nightly"), assigned("b"), assigned("c", "nightly")])
    assert [[one.job.name for one in part] for part in found] == [["a", "c"], ["b"]]
    assert [part[0].branch for part in found] == ["mlgit/retrain/nightly-data", "mlgit/retrain/b-data"]


def test_a_pass_is_apart_only_where_it_is_committed() -> None:
    made = [trained("a"), trained("b", "UNDECIDED"), trained("c")]
    (whole,) = proposals_of(lease(), made)
    assert (whole.jobs, whole.passed) == (("a", "b", "c"), False)
    good, rest = proposals_of(lease("commit"), made)
    assert (good.jobs, good.passed, rest.jobs, rest.passed) == (("a", "c"), True, ("b",), False)
    assert set(good.files) == {"a/dvc.lock", "c/dvc.lock"}
    assert [part.branch for part in alone(whole)] == [f"mlgit/retrain/{name}-data" for name in "abc"]


def test_a_group_says_why_of_each_and_what_waits() -> None:
    waiting = Outcome(
        job="z",
        inputs="z",
        trigger="t",
        ending="proposed",
        seconds=1,
        at=1e9,
        attempt=1,
        detail="gates: PASS",
    )
    made = Proposal(lease=lease(), trained=(trained("a"), trained("b", "UNDECIDED")), waiting=(waiting,))
    assert title(made).startswith("Retrain 3 models of nightly (data): ")
    text = fit(proposal(made), 60_000).text
    assert "The gates are **undecided** about `b`:" in text
    assert "- `a`: out of date: `train: changed`; cost: 1.0 minutes; attempt 1\n" in text
    assert "- `z`: trained on 2001-09-09 01:46 UTC: `gates: PASS`" in text
    assert text.count("left out, because no stage writes it to Git: `log.txt`") == 1
    assert made.works == (*(one.one.job.work for one in made.trained), waiting.work)


def test_a_model_by_itself_is_told_as_before() -> None:
    made = Proposal(lease=lease(), trained=(trained("a", "none", group=""),))
    assert title(made).startswith("Retrain a (data): ")
    text = fit(proposal(made), 60_000).text
    assert "No gates judge this model" in text
    assert "\n- out of date: `train: changed`\n- cost: " in text


@dataclass(frozen=True)
class Wrong:
    groups: str
    said: str
    hint: str = ""


@pytest.mark.parametrize(
    "case",
    [
        Wrong("{a: [b]}", "ct.groups.a has the name of a model"),
        Wrong(
            "{night: [a, other-*]}",
            "ct.groups.night names 'other-*', which is no model",
            "its models are: a, b",
        ),
        Wrong("{night: [a], day: ['*']}", "the model a is in two groups, night and day"),
        Wrong("{night: [A]}", "the name of a model, in which * stands for any letters"),
    ],
)
def test_groups_that_mean_nothing_are_refused_with_their_line(case: Wrong) -> None:
    with pytest.raises(UsageError) as refused:
        read(f"version: 1\nmodels: {{a: {{}}, b: {{}}}}\nct:\n  groups: {case.groups}\n")
    assert case.said in refused.value.message
    assert refused.value.hint == case.hint or not case.hint
    assert refused.value.where == "mlgit.yaml:4"
