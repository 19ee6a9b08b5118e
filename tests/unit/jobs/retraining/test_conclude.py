"""Who lost its claim to another run writes nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mlgit.jobs.retraining.conclude import conclude_one
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Conclusion, Lease
from mlgit.jobs.retraining.job import Job
from mlgit.jobs.retraining.ledger import Claim, attempt_name, entry
from mlgit.jobs.retraining.trigger import Trigger


def test_a_claim_that_another_run_took_over_is_left_to_it() -> None:
    job = Job(name="churn", folder="", models=("churn",), inputs="i", stale=("train: changed",))
    lease = Lease(
        base="a" * 40, branch="main", trigger=Trigger(kind="data", id="c1", at=1e9), holder="run 1",
        mark="mine", at=1e9, until=1e9 + 60, minutes=1,
    )  # fmt: skip
    claim = Claim(
        job="churn", inputs="i", trigger="t", holder="run 2", mark="theirs", at=1e9, until=1e9 + 60, attempt=1
    )
    written = entry(f"claims/{attempt_name(claim)}", claim)
    site: Any = SimpleNamespace(log=SimpleNamespace(entries=lambda: written))
    done = conclude_one(site, lease, Assignment(job=job, cause="data", attempt=1), None)
    assert isinstance(done, Conclusion)
    assert (done.ending, done.text) == ("unchanged", "another run has taken this over")
