"""The one required job is green exactly when every job that was concerned is green."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from itertools import product

import pytest

from tests.workflows.combinations import called, combinations, rendered
from tests.workflows.reading import CI, Rendered

ONE = called("plain train=verify commit=False install=own trainer=default")
TWINS = called("plain train=run commit=True install=own trainer=own remote=s3:oidc")
RESULTS = ("success", "failure", "cancelled", "skipped")


def verdict(name: str, results: dict[str, str], outputs: dict[str, str]) -> bool:
    """Run the job and tell whether it is green."""
    code, said = judged(name, results, outputs)
    assert (code == 1) == ("::error" in said)
    return code == 0


def judged(name: str, results: dict[str, str], outputs: dict[str, str]) -> tuple[int, str]:
    """Run the job and return its exit code and what it says."""
    (job,) = [job for job in Rendered(rendered(name)).jobs if job.name == "required" and job.file == CI]
    step = job.steps[0]

    def filled(match: re.Match[str]) -> str:
        if match.group(1) == "runner.temp":
            return tempfile.gettempdir()
        if match.group(1) == "github.event.pull_request.draft && 'false' || needs.changes.outputs.model":
            return "false" if outputs.get("draft") else outputs.get("model", "")
        if re.match(
            r"github.event_name == 'pull_request' && (\S+ && )?needs.changes.outputs.model", match.group(1)
        ):
            return "false" if outputs.get("draft") else outputs.get("model", "") or "false"
        _, other, *rest = match.group(1).split(".")
        return results.get(other, "skipped") if rest == ["result"] else outputs.get(rest[1], "")

    env = {key: re.sub(r"\$\{\{ (.*?) \}\}", filled, text) for key, text in step.value["env"].items()}
    done = subprocess.run(
        ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.run),
        env={**env, "PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, done.stdout


def everything(value: str) -> dict[str, str]:
    return dict.fromkeys(("code", "data", "model"), value)


def test_the_combinations_exist() -> None:
    assert {ONE, TWINS} <= {name for name, _ in combinations()}


@pytest.mark.parametrize(("concerned", "result"), list(product(("true", "false", ""), RESULTS)))
def test_one_job_for_all(concerned: str, result: str) -> None:
    good = {"changes": "success", "code": "success", "data": "success", "model": "success"}
    for subject in ("code", "data", "model"):
        outputs = {**everything("true"), subject: concerned}
        expected = (concerned, result) in (("true", "success"), ("false", "skipped"))
        assert verdict(ONE, {**good, subject: result}, outputs) is expected


@pytest.mark.parametrize(
    ("concerned", "result", "said"),
    [
        ("true", "success", "model: good\n"),
        ("false", "skipped", "model: not concerned\n"),
        ("true", "failure", "::the job model failed: its own log says why\n"),
        ("true", "cancelled", "::the job model was cancelled, or ran out of time: run it again\n"),
        (
            "true",
            "skipped",
            "::the job model did not run as it had to (concerned, result: true skipped): look at",
        ),
        (
            "",
            "skipped",
            "::the job model did not run as it had to (concerned, result:  skipped): look at the jobs",
        ),
    ],
)
def test_each_job_is_told_in_a_sentence(concerned: str, result: str, said: str) -> None:
    results = {"changes": "success", "code": "success", "data": "success", "model": result}
    assert said in judged(ONE, results, {**everything("true"), "model": concerned})[1]


@pytest.mark.parametrize("result", RESULTS)
def test_changes_has_to_succeed(result: str) -> None:
    skipped = dict.fromkeys(("code", "data", "model"), "skipped")
    assert verdict(ONE, {**skipped, "changes": result}, everything("false")) is (result == "success")
    assert verdict(ONE, {**skipped, "changes": result}, {}) is False


@pytest.mark.parametrize(("own", "fork"), list(product(RESULTS, RESULTS)))
def test_exactly_one_of_two_twins(own: str, fork: str) -> None:
    good = {
        "changes": "success",
        "code": "success",
        "data": "success",
        "data-fork": "skipped",
        "commit": "skipped",
    }
    results = {**good, "model": own, "model-fork": fork, "models": "success"}
    expected = {own, fork} == {"success", "skipped"}
    assert verdict(TWINS, results, everything("true")) is expected
    nothing = {**results, "models": "skipped"}
    assert verdict(TWINS, nothing, {**everything("true"), "model": "false"}) is ({own, fork} == {"skipped"})


@pytest.mark.parametrize("result", RESULTS)
def test_several_models_need_the_one_report(result: str) -> None:
    good = {"changes": "success", "code": "success", "data": "success", "model": "success", "models": result}
    assert verdict(TWINS, good, everything("true")) is (result == "success")
    unwell = {**good, "model": "failure"}
    assert verdict(TWINS, unwell, everything("true")) is False


@pytest.mark.parametrize("result", RESULTS)
def test_a_commit_may_be_skipped_but_not_fail(result: str) -> None:
    good = {"changes": "success", "code": "success", "data": "success", "model": "success", "commit": result}
    good["models"] = "success"
    assert verdict(TWINS, good, everything("true")) is (result in ("success", "skipped"))


@pytest.mark.parametrize("result", RESULTS)
def test_for_a_draft_no_model_is_looked_at(result: str) -> None:
    skipped = {"changes": "success", "code": "success", "data": "success", "model": result}
    outputs = {**everything("true"), "draft": "true"}
    assert verdict(TWINS, skipped, outputs) is (result == "skipped")
    assert verdict(TWINS, {**skipped, "model": "skipped"}, everything("true")) is False
