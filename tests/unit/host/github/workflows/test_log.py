"""What act tells becomes outcomes: every job of the file has one, and nothing that did not run looks good."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.errors import ExternalError
from mlgit.host.github.workflows import act
from mlgit.host.github.workflows.log import RunLog, needed
from mlgit.host.github.workflows.workflow import read
from mlgit.host.outcome import RunOutcome, WorkflowOutcome
from mlgit.views.run import run_lines
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses

WORKFLOW = read(
    "name: w\non: push\njobs:\n  a: {runs-on: x, steps: [{run: 1}]}\n  b: {runs-on: x, needs: a, steps: [{run: 1}]}\n"
    "  c: {name: The third, runs-on: x, needs: [a, b], if: always(), steps: [{run: 1}]}\n",
    "w.yml",
)


def a_context(**parts: Any) -> Context:
    ticks = count(100)
    given_parts = {
        "directory": Path("/"),
        "environment": {},
        "processes": SystemProcesses(),
        "console": SilentConsole(),
    }
    return Context(**{**given_parts, "clock": lambda: float(next(ticks)), **parts})


def told(*events: dict[str, Any], job: str | None = None) -> WorkflowOutcome:
    log = RunLog(a_context(environment={"VAULT_PASSWORD": "hunter2"}), WORKFLOW)
    for event in events:
        log.line(json.dumps(event))
    return log.outcome(job)


def step(job: str, **values: Any) -> dict[str, Any]:
    return {"jobID": job, "stage": "Main", "stepID": ["0"], "step": "Do", **values}


def done(job: str, result: str, message: str = "") -> dict[str, Any]:
    return {"jobID": job, "jobResult": result, "msg": message}


def test_a_good_a_failed_and_a_skipped_job() -> None:
    outcome = told(
        step("a", msg="⭐ Run Main Do"),
        step("a", msg="fine hunter2\n", raw_output=True),
        step("a", msg="ok", stepResult="success", executionTime=1_500_000_000),
        step("a", command="set-output", name="x", arg="1"),
        done("a", "success"),
        step("b", msg="⭐ Run Main Do"),
        step("b", msg="it is hunter2\n", raw_output=True),
        step("b", command="error", arg="no hunter2"),
        {**step("b", msg="inner", stepResult="failure"), "stepID": ["0", "0"]},
        step("b", msg="bad", stepResult="failure", executionTime=1),
        step("b", command="summary", content="# Told\n"),
        done("b", "failure"),
        done("c", "skipped", "Skipping job 'c' due to 'github.event == 'x''"),
    )
    first, second, third = outcome.jobs
    assert (first.result, first.steps[0].seconds, first.outputs) == ("success", 1.5, {"x": "1"})
    assert (second.result, [one.tail for one in second.steps]) == ("failure", [("it is ***",)])
    assert (second.notes, second.summary) == (("error: no ***",), "# Told\n")
    assert (third.name, third.result, third.because) == (
        "The third",
        "skipped",
        "its condition is not met: github.event == 'x'",
    )
    assert not outcome.good
    text = "\n".join(run_lines(RunOutcome(event="push", workflows=(outcome,), notes=("a note",))))
    for line in (
        "w: NOT GOOD",
        "FAILED   b",
        "| it is ***",
        "error: no *** (b)",
        "skipped  The third",
        "note: a note",
    ):
        assert line in text


def test_a_job_that_nobody_knows_is_not_good() -> None:
    outcome = told(step("a", msg="x"), done("a", "success"))
    assert [job.result for job in outcome.jobs] == ["success", "not run", "not run"]
    assert not outcome.good


def test_a_job_cut_off_is_a_failure() -> None:
    outcome = told(step("a", msg="⭐ Run Main Do"))
    assert (outcome.jobs[0].result, outcome.jobs[0].because) == ("failure", "it did not come to its end")


def test_a_job_without_a_runner_is_not_good() -> None:
    outcome = told({"jobID": "a", "msg": "🚧  Skipping unsupported platform -- Try running with `-P y=...`"})
    assert (outcome.jobs[0].result, outcome.jobs[0].because) == ("not run", "there is no runner for x")


def test_a_job_whose_need_failed_says_so() -> None:
    outcome = told(done("a", "failure"), done("b", "skipped", "Skipping job 'b' due to 'success()'"))
    assert outcome.jobs[1].because == "a did not succeed"


def test_what_was_not_asked_for_is_skipped() -> None:
    outcome = told(done("a", "success"), done("b", "success"), job="b")
    assert [(job.result, job.because) for job in outcome.jobs][2] == ("skipped", "it was not asked for")
    assert outcome.good
    assert needed(WORKFLOW, "c") == {"a", "b", "c"}


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_any_line_is_understood_or_left_alone(line: str) -> None:
    assert act.event_of(line) is None


def test_the_command_line_reads_nothing_of_the_repository() -> None:
    call = act.Call(
        event="push",
        payload=Path("/t/event.json"),
        workflow=Path("/t/work/w.yml"),
        repository=Path("/t/work"),
        home=Path("/t/home"),
        launch=Path("/t/launch"),
        labels=("x", "x", "self-hosted"),
        replacements={"a/b@c": Path("/stand")},
        variables={"V": "1"},
        secrets=Path("/t/secrets"),
        job="j",
    )
    words = act.command("act", call)
    assert words.count("--platform") == 2
    for option in ("--env-file", "--var-file", "--input-file"):
        assert words[words.index(option) + 1] == "/dev/null"
    for word in (
        "--no-skip-checkout",
        "--action-offline-mode",
        "--no-cache-server",
        "a/b@c=/stand",
        "V=1",
        "j",
    ):
        assert word in words
    context = a_context(
        environment={"PATH": "/bin", "LANG": "C", "AWS_SECRET_ACCESS_KEY": "x", "HOME": "/home/me"}
    )
    assert act.environment(context, call) == {
        "PATH": "/t/launch:/bin",
        "LANG": "C",
        "HOME": "/t/home",
        "XDG_CACHE_HOME": "/t/home/.cache",
        "XDG_CONFIG_HOME": "/t/home",
    }


def test_without_act_the_cure_is_told() -> None:
    with pytest.raises(ExternalError) as caught:
        act.program(a_context(python="/nowhere/python", environment={"PATH": "/nowhere"}))
    assert (caught.value.code, caught.value.hint) == ("act-missing", 'python -m pip install "mlgit[act]"')


def test_what_act_complains_about() -> None:
    assert act.complaint(['{"a": 1}', "time=x", "Error: yaml: line 3", "bye"]) == "yaml: line 3"
    assert act.complaint([]) == "it said nothing"
