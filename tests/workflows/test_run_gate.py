"""The gates of the base in the job of the model, really executed: what turns `required` red and what only warns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.cached_predictions import cached
from tests.driver import Person
from tests.workflows.small import job, results, run, told, with_model

STEP = "Judge by the gates of the base"
WORSE = "[{r2: {max: 0.3, mode: point}}]"
ENOUGH = "[{r2: {min: 0.3, mode: point}}]"
UNSURE = "[{r2: {min: 0.3}}]"
OTHER = "remote: {kind: other, environment: storage, secrets: {WEBDAV_PASSWORD: STORAGE_PASSWORD}}\n"


def gated(folder: Path, gates: str, settings: str = "") -> Person:
    """A repository with gates on main, and a branch that was trained."""
    person = with_model(folder, settings, gates)
    person.dvc("repro", "--quiet")
    person.commit("Train")
    return person


def failed_steps(outcome: dict[str, object], name: str = "model") -> list[str]:
    steps = job(outcome, name)["steps"]
    return [step["name"] for step in steps if step["result"] == "failure"]  # type: ignore[attr-defined]


def test_a_gate_that_fails_turns_the_required_job_red_and_the_report_is_handed_over(tmp_path: Path) -> None:
    person = gated(tmp_path / "desk", WORSE)
    kept = tmp_path / "kept"
    outcome = run(person, "pull_request", "--artifacts", str(kept), exit_code=1)
    assert failed_steps(outcome) == [STEP]
    assert (results(outcome)["model"], results(outcome)["required"]) == ("failure", "failure")
    assert "r2 at most 0.3: 0.5" in told(outcome, "model")
    assert (kept / "mlgit-report.zip").exists()


def test_predictions_that_dvc_keeps_are_fetched_of_the_base_and_judged(tmp_path: Path) -> None:
    outcome = run(cached(tmp_path / "desk"), "pull_request")
    assert (results(outcome)["model"], results(outcome)["required"]) == ("success", "success")
    assert "`small`: PASS" in told(outcome, "model")


@pytest.mark.slow
def test_a_fork_that_cannot_fetch_the_base_is_undecided(tmp_path: Path) -> None:
    outcome = run(cached(tmp_path / "desk", settings=OTHER), "pull_request", "--fork")
    assert (results(outcome)["model-fork"], results(outcome)["required"]) == ("success", "success")
    assert "`small`: UNDECIDED" in told(outcome, "model-fork")


def test_a_branch_cannot_loosen_its_gate_and_what_is_undecided_warns(tmp_path: Path) -> None:
    person = gated(tmp_path / "desk", UNSURE)
    outcome = run(person, "pull_request")
    assert (results(outcome)["model"], results(outcome)["required"]) == ("success", "success")
    assert "warning: only aggregated metrics" in told(outcome, "model")
    assert "`small`: UNDECIDED" in told(outcome, "model")
    person.write("mlgit.yaml", person.read("mlgit.yaml").replace(UNSURE, ENOUGH))
    person.mlgit("sync")
    person.commit("Ask for less")
    outcome = run(person, "pull_request", "--job", "model")
    assert results(outcome)["model"] == "success"
    assert "`small`: UNDECIDED" in told(outcome, "model")
    assert "changes gates" in told(outcome, "model")


@pytest.mark.slow
def test_undecided_fails_where_the_base_says_so(tmp_path: Path) -> None:
    person = gated(tmp_path / "desk", UNSURE + ", undecided: {pull_request: fail}")
    outcome = run(person, "pull_request", exit_code=1)
    assert failed_steps(outcome) == [STEP]
    assert results(outcome)["required"] == "failure"


@pytest.mark.slow
@pytest.mark.parametrize(("gates", "result"), [(ENOUGH, "success"), (WORSE, "failure")])
def test_a_fork_is_judged_from_what_is_in_git(tmp_path: Path, gates: str, result: str) -> None:
    person = gated(tmp_path / "desk", gates, OTHER)
    outcome = run(person, "pull_request", "--fork", exit_code=0 if result == "success" else 1)
    assert (results(outcome)["model-fork"], results(outcome)["model"]) == (result, "skipped")
    assert results(outcome)["required"] == result


@pytest.mark.slow
@pytest.mark.parametrize(("gates", "result"), [(ENOUGH, "success"), (WORSE, "failure")])
def test_what_ci_trained_is_judged(tmp_path: Path, gates: str, result: str) -> None:
    person = with_model(tmp_path / "desk", "ci: {train: run}\n", gates)
    outcome = run(person, "pull_request", exit_code=0 if result == "success" else 1)
    assert results(outcome)["model"] == result


@pytest.mark.slow
def test_without_gates_nothing_is_required(tmp_path: Path) -> None:
    person = gated(tmp_path / "desk", "")
    outcome = run(person, "pull_request")
    assert results(outcome)["required"] == "success"
    assert "the base sets no gates" in told(outcome, "model")
    assert "warning" not in str(job(outcome, "model")["notes"])
