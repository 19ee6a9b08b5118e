"""Delivery by itself, step by step as the workflow walks it: release, apply, conclude, with GitHub as a stub server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.deploy_repository import Deployable, delivering_job
from tests.cli.git_kept_repository import many
from tests.driver import Person
from tests.github.stub_server import StubServer


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    with delivering_job(monkeypatch) as made:
        yield made


class Story:
    """One environment after the other, each job as the workflow runs it."""

    def __init__(
        self, deployable: Deployable, github: StubServer, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.place = deployable
        self.github = github
        self.folder = folder
        self.outputs = folder / "outputs"
        monkeypatch.setenv("GITHUB_OUTPUT", str(self.outputs))
        self.ports = {"staging": deployable.local("staging"), "production": deployable.local("production")}
        deployable.desk.write(
            "mlgit.yaml",
            deployable.desk.read("mlgit.yaml").replace(
                "production: {approval: gate", "production: {approval: pull_request"
            ),
        )
        deployable.desk.commit("A person lets models into production")
        deployable.push()

    def train(self, factor: int) -> None:
        self.place.pull()
        self.place.train(factor)

    def release(self, exit_code: int = 0) -> dict[str, Any]:
        return self.step("--step", "release", exit_code=exit_code)

    def deploy(self, environment: str, exit_code: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
        """The two jobs of an environment."""
        self.place.pull()
        handed = ("--folder", str(self.folder / "handed"))
        done = self.step(environment, "--local", "--step", "apply", *handed, exit_code=exit_code)
        return done, self.step(environment, "--step", "conclude", *handed, exit_code=exit_code)

    def failed(self, version: str, restored: str) -> dict[str, Any]:
        """Conclude a deployment to staging that put another version back."""
        self.place.pull()
        one = {"model": "small", "artifact": "small", "state": "failed", "version": version, "live": restored}
        done = {
            "environment": "staging",
            "commit": self.place.desk.git("rev-parse", "HEAD"),
            "models": [{**one, "why": "it is wrong", "restored": restored}],
        }
        folder = self.folder / "handed"
        folder.mkdir(exist_ok=True)
        (folder / "deployed.json").write_text(json.dumps(done))
        return self.step("staging", "--step", "conclude", "--folder", str(folder), exit_code=1)

    def step(self, *arguments: str, exit_code: int) -> dict[str, Any]:
        answer = self.place.mlgit("deploy", *arguments, "--github-output", "--json", exit_code=exit_code)
        found: dict[str, Any] = json.loads(answer.out)
        return found

    def merge(self, branch: str) -> None:
        """Merge a pull request as a person does."""
        self.place.pull()
        self.place.desk.git("fetch", "--quiet", "origin")
        self.place.desk.git("merge", "--quiet", "--no-ff", "--message", "Merge", f"origin/{branch}")
        self.place.push()
        Person(self.place.server).git("update-ref", "-d", f"refs/heads/{branch}")


@pytest.fixture
def story(
    deployable: Deployable, github: StubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Story:
    return Story(deployable, github, tmp_path, monkeypatch)


def test_a_model_that_changed_and_passed_reaches_the_first_environment_and_is_proposed_for_the_next(
    story: Story,
) -> None:
    story.train(6)
    made = story.release()
    assert (made["registered"], made["due"], made["refused"]) == (["small@v0.4.0"], ["staging"], [])
    assert [(one["to"], one["outcome"]) for one in made["changed"]] == [("v0.4.0", "committed")]
    assert story.outputs.read_text() == "due=|staging|\n"
    assert story.release() == {**made, "registered": [], "changed": [], "notes": []}
    done, made = story.deploy("staging")
    assert (done["models"][0]["live"], done["models"][0]["smoke"]["wrong"]) == ("v0.4.0", 0)
    assert f"address=http://127.0.0.1:{story.ports['staging']}\n" in story.outputs.read_text()
    assert [(one["environment"], one["outcome"]) for one in made["changed"]] == [("production", "proposed")]
    (pull,) = story.github.contents.pulls()
    assert pull["title"] == "Promote small v0.4.0 to production"
    assert (made["due"], story.release()["due"]) == ([], [])


@pytest.mark.slow
def test_the_whole_story_to_production_and_back(story: Story) -> None:
    story.train(6)
    story.release()
    story.deploy("staging")
    story.merge("mlgit/promote/production/small")
    assert story.release()["due"] == ["production"]
    done, made = story.deploy("production")
    assert (done["models"][0]["live"], made["due"], made["failed"]) == ("v0.4.0", [], [])
    story.place.golden_slope = 1.0
    story.train(7)
    assert story.release()["registered"] == ["small@v0.5.0"]
    done, made = story.deploy("staging", exit_code=1)
    assert (done["models"][0]["restored"], made["failed"], made["due"]) == ("v0.4.0", ["small"], [])
    assert [(one["to"], one["replaced"], one["outcome"]) for one in made["changed"]] == [
        ("v0.4.0", "v0.5.0", "committed")
    ]
    assert story.place.runs("staging") == "v0.4.0"
    assert "its deployment failed: 2 of 2 golden predictions are wrong" in story.place.desired("staging")
    (issue,) = story.github.contents.issues()
    assert issue["title"] == "small v0.5.0 failed in staging"
    assert "is 17.5 instead of 1" in issue["body"]
    again = story.release()
    assert (again["registered"], again["changed"], again["due"]) == ([], [], [])
    handed = ("--folder", str(story.folder / "handed"))
    story.step("staging", "--step", "conclude", *handed, exit_code=1)
    assert (len(story.github.contents.issues()), story.place.runs("staging")) == (1, "v0.4.0")
    story.place.golden_slope = None
    story.train(8)
    assert story.release()["due"] == ["staging"]
    story.deploy("staging")
    assert [one["state"] for one in story.github.contents.issues()] == ["closed"]
    assert story.place.runs("production") == "v0.4.0"


def test_what_a_protected_branch_does_not_take_is_proposed_and_told(story: Story) -> None:
    story.place.protect()
    story.place.pull()
    made = story.place.json("promote", "small@v0.1.0", "staging")
    assert (made["outcome"], made["branch"]) == ("proposed", "mlgit/promote/staging/small")
    assert "through a pull request" in made["notes"][0]
    story.place.unprotect()
    story.merge(made["branch"])
    story.place.mlgit("promote", "small", "staging")
    story.place.protect()
    made = story.failed("v0.3.0", "v0.1.0")
    assert [(one["outcome"], one["to"]) for one in made["changed"]] == [("proposed", "v0.1.0")]
    assert story.place.runs("staging") == "v0.3.0"
    (issue,) = story.github.contents.issues()
    assert "goes back to `v0.1.0` by a merge of `https://" in issue["body"]
    again = story.failed("v0.3.0", "v0.1.0")
    assert (made["due"], again["due"], len(story.github.contents.pulls())) == ([], [], 2)


def test_a_rollback_that_cannot_be_written_is_told_by_the_issue(story: Story) -> None:
    story.place.pull()
    story.place.mlgit("promote", "small@v0.1.0", "staging")
    story.place.mlgit("promote", "small", "staging")
    story.place.protect(every="refs/heads/*")
    (refused,) = story.failed("v0.3.0", "v0.1.0")["refused"]
    assert refused["code"] == "ref-push"
    (issue,) = story.github.contents.issues()
    assert "the default branch was not rolled back: `the remote did not take" in issue["body"]


@pytest.mark.slow
def test_a_swapped_model_is_refused_told_by_one_issue_and_what_runs_goes_on(story: Story) -> None:
    story.train(6)
    story.release()
    stored = story.place.stored(story.place.folder / "storage", b'{"slope": 15.0}')
    stored.chmod(0o644)
    stored.write_bytes(b'{"slope": 9.9}')
    stored.chmod(0o444)
    story.place.pull()
    handed = ("--folder", str(story.folder / "handed"))
    answer = story.place.mlgit("deploy", "staging", "--local", "--step", "apply", *handed, exit_code=2)
    assert "artifact-swapped" in answer.err
    for _ in range(2):
        assert story.step("staging", "--step", "conclude", *handed, exit_code=1)["failed"] == ["the whole"]
    (issue,) = story.github.contents.issues()
    assert "artifact-swapped" in issue["body"]
    assert story.release()["due"] == ["staging"]


@pytest.mark.slow
def test_a_closed_pull_request_is_a_no_that_lasts(story: Story) -> None:
    story.train(6)
    story.release()
    story.deploy("staging")
    (pull,) = story.github.contents.pulls()
    story.github.contents.pull(pull["number"], {"state": "closed"})
    assert story.deploy("staging")[1]["changed"] == []
    assert len(story.github.contents.pulls()) == 1


def test_a_pull_request_that_another_models_overtook_is_written_anew(
    github: StubServer, tmp_path: Path
) -> None:
    """Both change one file: once one is merged, the other cannot be, and the next run puts it on top."""
    runs = "target: {kind: command, apply: [python, ops.py], check: [python, ops.py]}"
    place = many(
        tmp_path, 2, 1, f"staging: {{approval: gate, {runs}}}, production: {{approval: pull_request}}"
    )
    for environment in ("staging", "production"):
        for model in ("m0", "m1"):
            place.mlgit("promote", model, environment)
    place.pull()
    place.desk.git("fetch", "--quiet", "origin")
    place.desk.git(
        "merge", "--quiet", "--no-ff", "--message", "Merge", "origin/mlgit/promote/production/m0/m0"
    )
    place.push()
    made = place.json("deploy", "--step", "release")
    changed = [(one["model"], one["environment"], one["outcome"]) for one in made["changed"]]
    assert changed == [("m1", "production", "proposed")]
    assert place.json("deploy", "--step", "release")["changed"] == []
    place.desk.git("fetch", "--quiet", "origin")
    place.desk.git(
        "merge", "--quiet", "--no-ff", "--message", "Merge", "origin/mlgit/promote/production/m1/m1"
    )
    place.push()
    desired = place.desired("production")
    assert ('"m0=m0":' in desired, '"m1=m1":' in desired) == (True, True)
    assert len(github.contents.pulls()) == 2
