"""What the branch of a group holds already: only what waits, would be made the same again, and is a result."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from mlgit.git.repository import Repository
from mlgit.host.forge import RefusedError
from mlgit.jobs.retraining.available import jobs_at
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Lease, Result
from mlgit.jobs.retraining.job import Job
from mlgit.jobs.retraining.ledger import Claim, Ending, Ledger, Outcome, attempt_name, entry
from mlgit.jobs.retraining.proposal import Proposal, Trained
from mlgit.jobs.retraining.trigger import Trigger
from mlgit.jobs.retraining.waiting import Waiting, waiting_on
from mlgit.metrics.comparison import Comparison, Side
from mlgit.refs.commits import commit_on
from mlgit.world.context import SilentConsole, real_context

NAMES = ("a", "b", "c")
BRANCH = "mlgit/retrain/all-data"
SETTINGS = "version: 1\nmodels:\n" + "".join(f"  {name}: {{pipeline: {name}}}\n" for name in NAMES)
STAGE = "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    metrics: [m.json: {cache: false}]\n"
RESULTS = {"a/dvc.lock": b"schema: '2.0'\n", "a/m.json": b"{}\n"}


class Scene:
    """Three models that were never trained; `standing` holds results of two of them, and what no retraining may write."""

    def __init__(self, folder: Path) -> None:
        for name in NAMES:
            (folder / name).mkdir()
            (folder / name / "dvc.yaml").write_text(STAGE)
            (folder / name / "train.py").write_text("pass\n")
        (folder / "mlgit.yaml").write_text(SETTINGS + "ct: {groups: {all: ['*']}}\n")
        for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "Start")):
            subprocess.run(("git", *words), cwd=folder, check=True)
        self.repository = Repository(real_context(SilentConsole()).at(folder), folder)
        self.base = self.repository.resolve("HEAD")
        self.jobs = {job.name: job for job in jobs_at(self.repository, self.base, now=0)[1]}
        strange = {"b/m.json": b"{}\n", ".github/workflows/x.yml": b"on: push\n", "README.md": b"x\n"}
        trailers = "".join(f"Mlgit-Retrain: {self.jobs[name].work}\n" for name in ("a", "b"))
        words = f"Retrain 2 of all\n\n{trailers}"
        self.standing = commit_on(self.repository, self.base, {**RESULTS, **strange}, words, seconds=1)
        self.ended: list[str] = []
        self.endings: dict[str, Ending] = {"a": "proposed", "b": "worse"}

    @property
    def ledger(self) -> Ledger:
        entries: dict[str, bytes] = {}
        for name, ending in self.endings.items():
            facts: dict[str, Any] = {
                "job": name,
                "inputs": self.jobs[name].inputs,
                "trigger": "t",
                "attempt": 1,
            }
            claim = Claim(holder="run 1", mark="m", at=1.0, until=2.0, **facts)
            outcome = Outcome(ending=ending, seconds=1.0, at=2.0, branch=BRANCH, **facts)
            entries |= entry(f"claims/{attempt_name(claim)}", claim)
            entries |= entry(f"outcomes/{attempt_name(outcome)}", outcome)
        return Ledger(entries)

    def proposal(self, job: Job, base: str = "") -> Proposal:
        trigger = Trigger(kind="data", id="1", at=1.0)
        lease = Lease(
            base=base or self.base, branch="main", trigger=trigger, holder="run 2", mark="n", at=1.0, until=2.0, minutes=1
        )  # fmt: skip
        side = Side(name="main", commit=lease.base)
        one = Trained(
            one=Assignment(job=job, cause="data", attempt=1),
            result=Result(job=job.name, ending="trained"),
            comparison=Comparison(base=side, head=side, state="changed"),
        )
        return Proposal(lease=lease, trained=(one,))

    def waits(self, proposal: Proposal, standing: str | None = None) -> Waiting:
        pulls = [SimpleNamespace(head_sha=commit) for commit in self.ended]
        forge = SimpleNamespace(ended_pull_requests_from=lambda *_, **__: pulls)
        site: Any = SimpleNamespace(repository=self.repository, forge=forge)
        return waiting_on(site, self.ledger, proposal, standing or self.standing)

    def after(self, files: Mapping[str, bytes]) -> str:
        """Return a commit on the base with other files."""
        return commit_on(self.repository, self.base, files, "Another base", seconds=2)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_was_proposed_goes_along_and_nothing_else(scene: Scene) -> None:
    found = scene.waits(scene.proposal(scene.jobs["c"]))
    assert [one.job for one in found.outcomes] == ["a"]
    assert found.files == RESULTS


def test_what_is_proposed_anew_decided_or_alone_does_not_wait(scene: Scene) -> None:
    assert scene.waits(scene.proposal(scene.jobs["a"])) == Waiting()
    assert scene.waits(scene.proposal(replace(scene.jobs["c"], group=""))) == Waiting()
    scene.ended = [scene.base]
    assert scene.waits(scene.proposal(scene.jobs["c"])).files == RESULTS
    scene.ended = [scene.base, scene.standing]
    assert scene.waits(scene.proposal(scene.jobs["c"])) == Waiting()


def test_what_would_be_made_otherwise_by_now_is_left_behind(scene: Scene) -> None:
    proposal = scene.proposal(scene.jobs["c"], scene.after({"a/train.py": b"other\n"}))
    assert scene.waits(proposal) == Waiting()
    same = scene.proposal(scene.jobs["c"], scene.after({"c/train.py": b"other\n"}))
    assert scene.waits(same).files == RESULTS


def test_a_commit_without_our_trailer_holds_nothing_of_ours(scene: Scene) -> None:
    persons = commit_on(scene.repository, scene.standing, {"a/m.json": b"mine\n"}, "A person", seconds=3)
    assert scene.waits(scene.proposal(scene.jobs["c"]), persons) == Waiting()


def test_where_the_token_may_not_ask_nothing_is_taken_for_ended(scene: Scene) -> None:
    def refused(*_: object, **__: object) -> None:
        raise RefusedError("may not")

    site: Any = SimpleNamespace(
        repository=scene.repository, forge=SimpleNamespace(ended_pull_requests_from=refused)
    )
    assert waiting_on(site, scene.ledger, scene.proposal(scene.jobs["c"]), scene.standing).files == RESULTS
