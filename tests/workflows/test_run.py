"""`mlgit run`: the rendered workflows really executed, the exact set of jobs, what is told of those that fail."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.driver import Person
from tests.workflows.small import code_only, job, results, run, workflow

PAYLOADS = Path(__file__).parent / "payloads"
CI = ".github/workflows/mlgit-ci.yml"
CODE_ONLY = {
    "changes": "success",
    "code": "success",
    "data": "skipped",
    "model": "skipped",
    "required": "success",
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for the repository that the tests of this module copy."""
    return tmp_path_factory.mktemp("original") / "desk"


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Person:
    """A person in a fresh copy of the repository with tests of code only, on the branch `change`."""
    if not original.exists():
        code_only(original)
    folder = tmp_path / "desk"
    shutil.copytree(original, folder, symlinks=True)
    return Person(folder)


def test_a_pull_request_of_an_own_branch(desk: Person) -> None:
    before, head = desk.contents(), desk.git("rev-parse", "HEAD")
    outcome = run(desk, "pull_request")
    assert results(outcome) == CODE_ONLY
    assert workflow(outcome, "mlgit-comment")["started"] is False
    assert "workflow_run" in str(workflow(outcome, "mlgit-comment")["because"])
    assert "needs.changes.outputs.data" in str(job(outcome, "data")["because"])
    concerned = {"code": "true", "data": "false", "model": "false"}
    assert job(outcome, "changes")["outputs"] == {
        **concerned,
        "base": desk.git("rev-parse", "main"),
        "jobs": "[]",
    }
    assert desk.contents() == before
    assert desk.git("rev-parse", "HEAD") == head
    assert desk.git("status", "--porcelain") == ""


def test_the_callers_environment_and_home_stay_outside(desk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRIVATE_KEY_OF_THE_CALLER", "hunter2-in-the-environment")
    monkeypatch.setenv("GITHUB_TOKEN", "token-of-the-caller")
    (Path(os.environ["HOME"]) / "private.txt").write_text("hunter2-in-the-home")
    desk.write(
        "tests/code/test_around.py",
        "import os\nfrom pathlib import Path\n\n\ndef test_around():\n"
        "    assert 'PRIVATE_KEY_OF_THE_CALLER' not in os.environ\n"
        "    assert 'GITHUB_TOKEN' not in os.environ\n"
        "    assert not (Path.home() / 'private.txt').exists()\n"
        "    assert os.environ['GITHUB_EVENT_NAME'] == 'pull_request'\n"
        "    raise AssertionError(sorted(os.environ.items()))\n",
    )
    desk.commit("Look around")
    answer = desk.mlgit("run", "pull_request", exit_code=1)
    told = answer.out + answer.err
    assert "AssertionError: [(" in told
    assert "hunter2" not in told
    assert "token-of-the-caller" not in told


def test_a_secret_is_given_by_name_and_never_shown(desk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cr3t-value-1")
    desk.write(
        ".github/workflows/mlgit-token.yml",
        "on: [pull_request]\njobs:\n  show:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - {env: {T: '${{ github.token }}'}, run: 'echo \"it is $T\"; echo \"$T\" | rev; exit 1'}\n",
    )
    desk.commit("Show the token")
    answer = desk.mlgit(
        "run", "pull_request", "--workflow", "mlgit-token", "--secret", "GITHUB_TOKEN", exit_code=1
    )
    assert "it is ***" in answer.out
    assert "1-eulav-t3rc3s" in answer.out
    assert "s3cr3t-value-1" not in answer.out + answer.err
    assert "no variable MISSING" in desk.mlgit("run", "push", "--secret", "MISSING", exit_code=2).err


def test_a_test_that_fails_is_told_with_its_last_lines(desk: Person) -> None:
    desk.write("tests/code/test_sum.py", "def test_sum():\n    assert 1 + 1 == 3\n")
    desk.commit("Break it")
    answer = desk.mlgit("run", "pull_request", exit_code=1)
    assert "FAILED   code" in answer.out
    assert "Check the code" in answer.out
    assert "assert (1 + 1) == 3" in answer.out
    assert "error: the job code failed: its own log says why" in answer.out
    assert "FAILED mlgit-ci · code: Check the code" in answer.err


@pytest.mark.slow
def test_one_job_and_what_it_needs(desk: Person) -> None:
    outcome = run(desk, "pull_request", "--job", "code")
    assert results(outcome) == {**CODE_ONLY, "required": "skipped"}
    assert job(outcome, "model")["because"] == "it was not asked for"


@pytest.mark.slow
def test_pushes_start_ci_on_the_default_branch_only(desk: Person) -> None:
    outcome = run(desk, "push")
    assert workflow(outcome)["started"] is False
    assert workflow(outcome)["because"] == "change is none of the branches main"
    desk.git("switch", "--quiet", "main")
    assert results(run(desk, "push"))["required"] == "success"


def test_a_push_that_starts_nothing_names_the_branch_that_would_and_how_to_play_it(desk: Person) -> None:
    answer = desk.mlgit("run", "push")
    assert "mlgit-ci: does not start: change is none of the branches main\n" in answer.out
    assert (
        "note: nothing ran: a push to change starts no workflow, here as on GitHub; a push to main does\n"
        "note: to play that push: git switch main && mlgit run push; "
        "to play the checks of change: mlgit run pull_request\n"
    ) in answer.out
    assert len(run(desk, "push")["notes"]) == 2  # type: ignore[arg-type]


def test_an_event_that_starts_nothing_anywhere_is_said(desk: Person) -> None:
    answer = desk.mlgit("run", "repository_dispatch")
    assert (
        "note: nothing ran: repository_dispatch starts none of these workflows, here as on GitHub\n"
        in answer.out
    )
    answer = desk.mlgit("run", "push", "--payload", str(PAYLOADS / "push.json"))
    assert "note: nothing ran: push starts none of these workflows" in answer.out


@pytest.mark.slow
def test_the_first_commit_is_played_as_a_whole(tmp_path: Path) -> None:
    person = code_only(tmp_path / "new")
    person.git("switch", "--quiet", "main")
    outcome = run(person, "pull_request")
    assert results(outcome) == CODE_ONLY
    assert "all files are played" in str(outcome["notes"])


@pytest.mark.slow
def test_what_is_not_committed_is_not_part_of_it(desk: Person) -> None:
    desk.write("tests/code/test_sum.py", "def test_sum():\n    assert False\n")
    outcome = run(desk, "pull_request")
    assert results(outcome) == CODE_ONLY
    assert outcome["notes"] == ["1 uncommitted changes are not part of it"]


def test_github_s_own_payloads(desk: Person) -> None:
    outcome = run(desk, "pull_request", "--payload", str(PAYLOADS / "pull_request.synchronize.json"))
    assert results(outcome) == CODE_ONLY
    assert len([note for note in outcome["notes"] if "stands in for it" in note]) == 2  # type: ignore[attr-defined]
    outcome = run(desk, "push", "--payload", str(PAYLOADS / "push.json"))
    assert workflow(outcome)["because"] == "master is none of the branches main"
    outcome = run(desk, "workflow_run", "--payload", str(PAYLOADS / "workflow_run.completed.json"))
    assert "is none of mlgit-ci" in str(workflow(outcome, "mlgit-comment")["because"])


def test_a_branch_that_does_not_merge_starts_nothing(desk: Person) -> None:
    desk.git("switch", "--quiet", "main")
    desk.write("tests/code/test_more.py", "def test_more():\n    assert True\n")
    desk.commit("The same file, otherwise")
    desk.git("switch", "--quiet", "change")
    assert "does not merge" in desk.mlgit("run", "pull_request", exit_code=2).err


STEP = "on: [push]\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n      - {step}\n"
BAD = {
    "uses: owner/unknown@v1": ("the action owner/unknown has no stub", "mlgit-x.yml:6"),
    "{uses: actions/checkout@v6, with: {fetch_depth: 0}}": (
        "actions/checkout has no input 'fetch_depth'",
        "mlgit-x.yml:6",
    ),
    "uses: docker://alpine": ("it is no action of a repository", "mlgit-x.yml:6"),
    "uses: ./.github/actions/none": ("there is no action at ./.github/actions/none", "mlgit-x.yml:6"),
    "{uses: ./.github/actions/mlgit-setup, with: {instal: all}}": ("has no input 'instal'", "mlgit-x.yml:6"),
}


@pytest.mark.parametrize("step", BAD)
def test_what_nothing_stands_in_for_is_an_error_with_its_place(desk: Person, step: str) -> None:
    desk.write(".github/workflows/mlgit-x.yml", STEP.replace("{step}", step))
    desk.commit("Another workflow")
    answer = desk.mlgit("run", "push", "--workflow", "mlgit-x", exit_code=2)
    said, place = BAD[step]
    assert said in answer.err
    assert place in answer.err


def test_a_job_without_a_runner_is_no_success(desk: Person) -> None:
    workflow_text = STEP.replace("{step}", "run: echo hello").replace(
        "ubuntu-24.04", "${{ format('no{0}', 'where') }}"
    )
    desk.write(".github/workflows/mlgit-x.yml", workflow_text)
    desk.commit("No runner")
    answer = desk.mlgit("run", "push", "--workflow", "mlgit-x.yml", exit_code=1)
    assert "NOT RUN" in answer.out
    assert "there is no runner" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("push", "--workflow", "nope"), "there is no workflow 'nope'"),
        (("pull_request", "--job", "nope"), "has no job 'nope'"),
        (("pull_request", "--payload", "nope.json"), "there is no such file"),
        (("pull_request", "--payload", CI), "this is no payload"),
    ],
)
def test_wrong_usage_is_told(desk: Person, arguments: tuple[str, ...], said: str) -> None:
    assert said in desk.mlgit("run", *arguments, exit_code=2).err


@pytest.mark.slow
def test_settings_of_act_in_the_repository_are_not_read(desk: Person) -> None:
    desk.write(".actrc", "--env TAKEN_FROM=actrc\n")
    desk.write(".env", "TAKEN_FROM=env\n")
    desk.write(".secrets", "TAKEN_FROM=secrets\n")
    desk.write(
        "tests/code/test_env.py",
        "import os\n\n\ndef test_env():\n    assert 'TAKEN_FROM' not in os.environ\n",
    )
    desk.commit("Settings of act")
    assert results(run(desk, "pull_request")) == CODE_ONLY


def test_without_a_commit(person: Person) -> None:
    person.git("init", "--quiet", ".")
    assert "no commit yet" in person.mlgit("run", "push", exit_code=2).err


def test_artifacts_are_kept_where_they_are_wanted(desk: Person, tmp_path: Path) -> None:
    desk.write(
        ".github/workflows/mlgit-x.yml",
        "on: [push]\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - {run: 'mkdir -p out/b; echo 1 > out/a.txt; echo 2 > out/b/c.txt; echo 3 > out/.hidden'}\n"
        "      - {uses: actions/upload-artifact@v7, with: {name: things, path: out}}\n"
        "      - {uses: actions/download-artifact@v8, with: {name: things, path: in}}\n"
        "      - {run: 'test \"$(cat in/b/c.txt)\" = 2; test ! -e in/.hidden'}\n"
        "  two:\n    needs: one\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - {uses: actions/download-artifact@v8, with: {pattern: 'th*', skip-decompress: true, merge-multiple: true, path: in}}\n"
        "      - {run: test -f in/things.zip}\n"
        "      - {uses: actions/download-artifact@v8, with: {name: nothing}}\n",
    )
    desk.commit("Artifacts")
    kept = tmp_path / "kept"
    outcome = run(desk, "push", "--workflow", "mlgit-x", "--artifacts", str(kept), exit_code=1)
    assert results(outcome, ".github/workflows/mlgit-x.yml") == {"one": "success", "two": "failure"}
    assert [step["result"] for step in job(outcome, "two", ".github/workflows/mlgit-x.yml")["steps"]] == [  # type: ignore[attr-defined]
        "success",
        "success",
        "failure",
    ]
    assert sorted(zipfile.ZipFile(kept / "things.zip").namelist()) == ["a.txt", "b/c.txt"]
