"""A company's settings, really executed: image, packages, script, index; drafts; by hand; a server of its own; signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.workflows.small import SECRETS, code_only, results, run, told, with_model
from tests.workflows.stage import RETRAINING, RIGHTS, SETTINGS, TOKEN, Stage

pytestmark = pytest.mark.slow

IMAGE = "ghcr.io/acme/train@sha256:" + "a" * 64
COMPANY = f"""\
version: 1
ci:
  container: {{image: "{IMAGE}", options: --gpus all}}
  packages: [libgomp1, graphviz]
  setup: ci/set up.sh
  index: {{url: "https://packages.example.org/simple", secret: INDEX_TOKEN, environment: packages}}
runners: {{default: {{group: acme/large, labels: [linux]}}}}
"""
EVERYTHING = {"claim": "success", "train": "success", "conclude": "success"}


def test_an_image_packages_a_script_a_group_and_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = code_only(tmp_path / "desk")
    desk.write("mlgit.yaml", COMPANY)
    desk.write("ci/set up.sh", "echo the-script-of-the-repository\n")
    desk.write("tests/code/test_setup.py", "def test_nothing_breaks():\n    assert True\n")
    desk.mlgit("sync")
    desk.commit("What a company asks for")
    monkeypatch.setenv("INDEX_TOKEN", "what-opens-the-index")
    answer = desk.mlgit("run", "pull_request", "--secret", "INDEX_TOKEN", "--json")
    outcome = json.loads(answer.out)
    assert results(outcome)["code"] == results(outcome)["required"] == "success"
    assert "what-opens-the-index" not in answer.out + answer.err
    assert "no image was started: code of mlgit-ci ran on this machine itself" in outcome["notes"]


def played(
    desk: Person, folder: Path, event: str, payload: dict[str, object], *more: str, exit_code: int = 0
) -> dict[str, object]:
    place = folder / "payload.json"
    place.write_text(json.dumps(payload))
    words = (event, "--workflow", "mlgit-ci", "--payload", str(place), *more)
    return run(desk, *words, exit_code=exit_code)


def pull_request(desk: Person, **more: object) -> dict[str, object]:
    """Return what GitHub tells of a pull request from `change` to `main`."""
    facts = {"full_name": "local/desk", "default_branch": "main"}
    sides = {
        "head": {"ref": "change", "sha": desk.git("rev-parse", "change"), "repo": facts},
        "base": {"ref": "main", "sha": desk.git("rev-parse", "main"), "repo": facts},
    }
    pull = {"number": 7, "user": {"login": "mona"}, "draft": False, **sides, **more}
    return {"action": "opened", "number": 7, "repository": facts, "pull_request": pull}


def test_a_draft_trains_nothing_and_is_no_substitute_for_the_check(tmp_path: Path) -> None:
    desk = with_model(tmp_path / "desk", "ci: {train: run}\n")
    draft = played(desk, tmp_path, "pull_request", pull_request(desk, draft=True))
    assert (results(draft)["model"], results(draft)["required"]) == ("skipped", "success")
    ready = played(desk, tmp_path, "pull_request", {**pull_request(desk), "action": "ready_for_review"})
    assert (results(ready)["model"], results(ready)["required"]) == ("success", "success")


def test_by_hand_everything_is_looked_at_and_nothing_is_judged_by_a_base(tmp_path: Path) -> None:
    desk = with_model(tmp_path / "desk", gates="[{r2: {min: 0.9, mode: point}}]")
    desk.git("switch", "--quiet", "main")
    outcome = run(desk, "workflow_dispatch", "--workflow", "mlgit-ci")
    assert results(outcome)["model"] == results(outcome)["required"] == "success"


def test_dependabot_is_treated_as_a_stranger(tmp_path: Path) -> None:
    desk = with_model(tmp_path / "desk", SECRETS)
    desk.dvc("repro", "--quiet")
    desk.commit("Train")
    payload = pull_request(desk, user={"login": "dependabot[bot]"})
    outcome = played(desk, tmp_path, "pull_request", payload)
    found = results(outcome)
    assert (found["model"], found["model-fork"], found["data-fork"]) == ("skipped", "success", "success")
    for name in ("model-fork", "data-fork"):
        assert "no access to the data: what needs them is not verified" in told(outcome, name)


def test_a_pull_request_that_moves_to_another_base_is_judged_anew_under_another_name(tmp_path: Path) -> None:
    desk = with_model(tmp_path / "desk", gates="[{r2: {min: 0.9, mode: point}}]")
    desk.git("branch", "release", "main")
    desk.git("switch", "--quiet", "main")
    desk.write("mlgit.yaml", desk.read("mlgit.yaml").replace("min: 0.9", "min: 0.3"))
    desk.commit("Ask for less")
    desk.git("switch", "--quiet", "change")
    desk.git("rebase", "--quiet", "main")
    desk.dvc("repro", "--quiet")
    desk.commit("Train")
    assert results(played(desk, tmp_path, "pull_request", pull_request(desk)))["required"] == "success"
    payload = pull_request(desk)
    payload["pull_request"]["base"].update(ref="release", sha=desk.git("rev-parse", "release"))  # type: ignore[index]
    outcome = played(desk, tmp_path, "pull_request", {**payload, "action": "edited"}, exit_code=1)
    assert results(outcome)["required"] == "failure"
    assert "error: r2 at least 0.9: 0.5; the head changes gates of small" in told(outcome, "model")
    assert "the job model failed: its own log says why" in told(outcome, "required")


def test_a_server_of_the_companys_own_is_commented_from_artifacts_of_version_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    with StubServer("octo_acme/churn") as github:
        rights = frozenset({"issues", "pull_requests", "checks"})
        github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", rights)}
        desk = with_model(tmp_path / "desk", "forge: {host: enterprise-server}\n")
        desk.git("remote", "add", "origin", "https://github.com/octo_acme/churn.git")
        desk.dvc("repro", "--quiet")
        desk.commit("Train")
        number = github.contents.add_pull_request(head_sha=desk.git("rev-parse", "change"), head="change")
        kept = tmp_path / "kept"
        assert results(run(desk, "pull_request", "--artifacts", str(kept)))["required"] == "success"
        for place in sorted(kept.glob("mlgit-*.zip")):
            github.contents.add_artifact(RUN, place.stem, place.read_bytes())
        run(desk, "workflow_run", "--api-url", github.url, "--secret", "GITHUB_TOKEN")
        (comment,) = github.contents.comments(number)
        assert (
            "Not verified: the stage that measures also trains; 1 metric changed; 1 not judged\n"
            in comment["body"]
        )
        assert "| `r2` | 0.25 | 0.5 | +0.25 |" in comment["body"]
        assert github.state.violations == []


RUN = 1
"""The number of the run that `mlgit run` tells of."""


@pytest.fixture
def github() -> Iterator[StubServer]:
    with StubServer("local/desk") as made:
        made.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
        yield made
        assert made.state.violations == []


def guard(stage: Stage, script: str) -> None:
    """Let the server look at every branch before it takes it."""
    hook = stage.works.server / "hooks" / "update"
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def test_signed_commits_are_made_by_the_host_and_a_protected_branch_gets_a_pull_request(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SETTINGS + "forge: {rules: {signatures: true}}\n"
    stage = Stage(tmp_path / "works", github, monkeypatch, ct="ct: {propose: commit}\n", settings=settings)
    github.contents.server = stage.works.server
    stage.works.data("1\n2\n4\n")
    guard(
        stage,
        'case "$1" in refs/heads/main) echo "protected branch" >&2; exit 1 ;; refs/heads/*)\n'
        '[ "$(git log -1 --format=%ce "$3")" = noreply@github.com ] || { echo "unsigned" >&2; exit 1; } ;; esac',
    )
    assert stage.happens("push") == (True, EVERYTHING)
    (pull,) = github.contents.pulls()
    branch = pull["head"]["ref"]
    author = stage.works.desk.git("ls-remote", "origin", f"refs/heads/{branch}")
    assert author
    stage.desk.git("fetch", "--quiet", "origin", branch)
    assert (
        stage.desk.git("log", "-1", "--format=%an %ce", "FETCH_HEAD")
        == "github-actions[bot] noreply@github.com"
    )
    assert stage.works.endings() == ["proposed"]
    said = stage.jobs["conclude"].summary
    assert "small: proposed: the pull request is created, gates: PASS" in said
    assert "not committed directly: the remote did not take main: remote: protected branch" in said


def test_a_rule_for_signatures_that_mlgit_does_not_know_of_is_told(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path / "works", github, monkeypatch)
    stage.works.data("1\n2\n4\n")
    guard(
        stage,
        'case "$1" in refs/heads/*) echo "Commits must have verified signatures." >&2; exit 1 ;; esac',
    )
    assert stage.happens("push") == (True, {**EVERYTHING, "conclude": "failure"})
    (failed,) = [step for step in stage.jobs["conclude"].steps if step.result == "failure"]
    error, hint = failed.tail
    assert error.endswith(
        "did not take mlgit/retrain/small-data: remote: Commits must have verified signatures."
    )
    assert hint.endswith("forge: {rules: {signatures: true}} in mlgit.yaml lets the host make them")
    assert github.contents.pulls() == []


def test_a_token_that_may_nothing_is_told_in_one_sentence(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", frozenset())}
    stage = Stage(tmp_path / "works", github, monkeypatch)
    stage.works.data("1\n2\n4\n")
    assert stage.happens("push") == (True, EVERYTHING)
    assert github.contents.pulls() == github.contents.issues() == []
    said = stage.jobs["conclude"].summary
    assert (
        "The branch `mlgit/retrain/small-data` waits for its pull request, which the token of the workflow may not open. "
        "[Open it](https://github.com/local/desk/compare/main...mlgit/retrain/small-data?expand=1), or allow it: "
        "Settings, Actions, General, *Allow GitHub Actions to create and approve pull requests*." in said
    )
    assert "  the forge does not let this token open it: " in said
    assert said.count("### Why it was trained") == 1


def test_a_slow_runner_costs_no_minute_of_the_budget(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script of the repository takes 65 seconds between the claim and the training, the budget is one minute."""
    ct = RETRAINING.replace("ct: {", "ct: {budget: {minutes: 1}, ")
    settings = SETTINGS + "ci: {setup: slow.sh}\n"
    stage = Stage(tmp_path / "works", github, monkeypatch, ct=ct, settings=settings)
    stage.desk.write("slow.sh", "sleep 65\n")
    stage.desk.commit("A slow runner")
    stage.desk.git("push", "--quiet", "origin", "main")
    stage.works.data("1\n2\n4\n")
    assert stage.happens("push") == (True, EVERYTHING)
    assert (stage.works.trainings, stage.works.endings()) == (1, ["proposed"])
    assert "\n- cost: 0." in github.contents.pulls()[0]["body"]
