"""mlgit-data, really executed: from the schedule to the pull request, and from its merge to mlgit-ct."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.retrain_repository import SETTINGS
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.workflows.stage import BUCKET, KEYS, RIGHTS, TOKEN, Stage

DATA = "mlgit-data"
TABLE = "data/table.csv"
CT = 'ct: {update: {schedule: "40 2 * * *"%s}}\n'
ALL = {"fetch": "success", "propose": "success"}
COPY = (
    "import os, pathlib, sys; pathlib.Path(sys.argv[2]).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())"
)


def with_source(words: list[str]) -> str:
    table = "schema: schemas/table.yaml}"
    return SETTINGS.replace(table, f"{table[:-1]}, source: {json.dumps(words)}}}")


def staged(
    folder: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch, program: str = COPY, more: str = ""
) -> Stage:
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
    words = ["python", "-c", program, str(folder / "origin.csv"), "{path}"]
    monkeypatch.setenv("TRAININGS", str(folder / "trainings"))
    stage = Stage(folder, github, monkeypatch, ct=CT % more, settings=with_source(words))
    origin(stage, "1\n2\n3\n")
    return stage


def origin(stage: Stage, rows: str) -> None:
    lines = "".join(f"{row},a\n" for row in rows.split())
    (stage.works.folder / "origin.csv").write_text(f"x,note\n{lines}")


@pytest.fixture
def github() -> Iterator[StubServer]:
    with StubServer("local/desk") as made:
        yield made
        assert made.state.violations == []


def refs(stage: Stage) -> str:
    return stage.works.server_git("for-each-ref", "refs/heads")


def test_the_schedule_proposes_what_came_and_nothing_twice(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path / "works", github, monkeypatch)
    origin(stage, "1\n2\n4\n5\n")
    assert stage.happens("schedule", workflow=DATA, schedule="40 2 * * *") == (True, ALL)
    (pull,) = github.contents.pulls()
    assert (pull["head"]["ref"], pull["title"]) == ("mlgit/data/table", "New data for table: 4 rows")
    assert "merging starts `mlgit-ct`" in pull["body"]
    changed = stage.works.server_git("diff", "--name-only", "main", "mlgit/data/table")
    assert changed == f"{TABLE}.dvc"
    digest = stage.works.server_git("show", f"mlgit/data/table:{TABLE}.dvc").split("md5: ")[1].split()[0]
    kept = stage.works.folder / "storage/files/md5" / digest[:2] / digest[2:]
    assert kept.read_text() == (stage.works.folder / "origin.csv").read_text()
    before = refs(stage), json.dumps(github.contents.pulls())
    assert stage.happens("workflow_dispatch", workflow=DATA, inputs={"table": "table"}) == (True, ALL)
    assert (refs(stage), json.dumps(github.contents.pulls())) == before


@pytest.mark.slow
def test_the_merge_starts_a_retraining_and_the_next_look_finds_nothing_new(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path / "works", github, monkeypatch)
    origin(stage, "1\n2\n4\n")
    assert stage.happens("schedule", workflow=DATA)[1] == ALL
    stage.desk.git("fetch", "--quiet", "origin")
    stage.desk.git("switch", "--quiet", "mlgit/data/table")
    assert stage.happens("pull_request", workflow="mlgit-ci")[1] == {
        "changes": "success",
        "code": "skipped",
        "data": "success",
        "model": "success",
        "required": "success",
    }
    stage.desk.git("switch", "--quiet", "main")
    stage.merge("data")
    started, jobs = stage.happens("push")
    assert (started, set(jobs.values())) == (True, {"success"})
    assert [pull["head"]["ref"] for pull in github.contents.pulls()] == [
        "mlgit/data/table",
        "mlgit/retrain/small-data",
    ]
    before = refs(stage)
    assert stage.happens("schedule", workflow=DATA)[1] == ALL
    assert (refs(stage), len(github.contents.pulls())) == (before, 2)


@pytest.mark.slow
def test_bad_data_are_an_issue_a_red_run_and_no_branch(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = staged(tmp_path / "works", github, monkeypatch)
    origin(stage, "1\n-5\n")
    assert stage.happens("schedule", workflow=DATA) == (True, {**ALL, "propose": "failure"})
    (issue,) = github.contents.issues()
    assert issue["title"] == "The new data of table are wrong"
    assert "breaks the rule 'range'" in issue["body"]
    assert "-5" not in issue["body"]
    assert (stage.works.branches(), github.contents.pulls()) == (["main"], [])


@pytest.mark.slow
def test_a_failing_source_is_an_issue_without_its_secret(
    tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (
        "import os, sys; sys.exit(' '.join(['no', os.environ['CRM'], str(os.environ.get('GITHUB_TOKEN'))]))"
    )
    more = ", environment: crm, secrets: {CRM: CRM_KEY}"
    stage = staged(tmp_path / "works", github, monkeypatch, program, more)
    stage.secrets["CRM_KEY"] = KEYS["KEY"]
    assert stage.happens("schedule", workflow=DATA) == (True, {**ALL, "propose": "failure"})
    (issue,) = github.contents.issues()
    assert issue["title"] == "The source of table failed"
    assert "no *** None" in issue["body"]


def exported(storage: str, text: str) -> None:
    """Put the table that others export beside the cache, into the bucket that the remote is in."""
    import boto3

    keys = {"aws_access_key_id": KEYS["KEY_ID"], "aws_secret_access_key": KEYS["KEY"]}
    client = boto3.client("s3", endpoint_url=storage, region_name="us-east-1", **keys)
    client.put_object(Bucket=BUCKET, Key="dvc/table.csv", Body=text.encode())


@pytest.mark.slow
@pytest.mark.parametrize("lent", [True, False])
def test_an_import_from_the_storage_itself_needs_its_credentials_lent(
    lent: bool, tmp_path: Path, github: StubServer, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    github.state.accounts = {TOKEN: Account("github-actions[bot]", "Bot", RIGHTS)}
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    stage = Stage(
        tmp_path / "works", github, monkeypatch, storage, ct=CT % (", storage: true" if lent else "")
    )
    exported(storage, "x,note\n1,a\n2,a\n")
    stage.desk.git("rm", "--quiet", f"{TABLE}.dvc")
    (stage.desk.folder / TABLE).unlink()
    stage.desk.dvc("import-url", "--quiet", "remote://storage/table.csv", TABLE)
    stage.desk.dvc("push", "--quiet")
    stage.desk.commit("Import it")
    stage.desk.git("push", "--quiet", "origin", "main")
    exported(storage, "x,note\n1,a\n2,a\n3,a\n")
    with monkeypatch.context() as without_keys:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            without_keys.delenv(name)
        done = stage.happens("schedule", workflow=DATA)
    written = [*github.contents.pulls(), *github.contents.issues()]
    assert not any(key in json.dumps(written) for key in KEYS.values())
    if not lent:
        assert done == (True, {**ALL, "propose": "failure"})
        assert [one["title"] for one in written] == ["The source of table failed"]
        return
    assert done == (True, ALL)
    assert [one["title"] for one in written] == ["New data for table: 3 rows"]
    stage.merge("data")
    stage.desk.dvc("pull", "--quiet", "--force", TABLE)
    assert stage.desk.read(TABLE) == "x,note\n1,a\n2,a\n3,a\n"
