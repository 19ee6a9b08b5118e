"""Values of the data stay on the machine of whoever may see them, unless mlgit.yaml lets them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.driver import Person

SETTINGS = "version: 1\ndata:\n  table: {path: table.csv, schema: table.yaml}\n"
SCHEMA = (
    "version: 1\ncolumns:\n  age: {type: integer, min: 0}\n  name: {type: string, categories: [ann, bob]}\n"
)
ROWS = "age,name\n1,ann\n-4711,bob\n3,zacharias\nmany,ann\n"
SECRETS = ("4711", "zacharias", "many")


@pytest.fixture
def desk(repository: Person) -> Person:
    repository.write("mlgit.yaml", SETTINGS)
    repository.write("table.yaml", SCHEMA)
    repository.write("table.csv", ROWS)
    return repository


def in_a_job(desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Return everything that leaves the job: its log with its annotations, its summary, what it hands over."""
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    report, whole = tmp_path / "report.json", tmp_path / "data.json"
    checked = desk.mlgit("check", "data", "--report", str(report), exit_code=1)
    data = desk.mlgit("data", "check", "--report", str(whole), exit_code=1)
    files = (summary, report, whole)
    return "".join((checked.out, checked.err, data.out, data.err, *(one.read_text() for one in files)))


def test_at_home_the_values_are_shown(desk: Person) -> None:
    told = desk.mlgit("check", "data", exit_code=1).out
    assert all(value in told for value in SECRETS)


def test_in_a_job_they_are_not_and_where_to_see_them_is_told(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = in_a_job(desk, monkeypatch, tmp_path)
    assert [value for value in SECRETS if value in told] == []
    assert "'name' breaks the rule 'categories' in 1 of 4 rows" in told
    assert "table.csv:4: '(not shown)'" in told
    assert "mlgit data check table shows the values on your own machine" in told


def test_where_mlgit_yaml_lets_them_they_are_shown_in_jobs_too(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    desk.write("mlgit.yaml", SETTINGS + "forge: {show_values: true}\n")
    assert all(value in in_a_job(desk, monkeypatch, tmp_path) for value in SECRETS)


@pytest.mark.parametrize(
    ("base", "shown"), [("forge: {show_values: true}\n", True), ("", False), (None, False)]
)
def test_a_pull_request_does_not_let_them_out_by_itself(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, base: str | None, shown: bool
) -> None:
    """`base`: what mlgit.yaml says where the pull request goes to; None: that branch is not here."""
    if base is not None:
        desk.write("mlgit.yaml", SETTINGS + base)
        desk.git("add", "mlgit.yaml")
        desk.git("commit", "--quiet", "--message", "the base")
        desk.git("update-ref", "refs/remotes/origin/main", "HEAD")
    desk.write("mlgit.yaml", SETTINGS + "forge: {show_values: true}\n")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    told = in_a_job(desk, monkeypatch, tmp_path)
    assert [value in told for value in SECRETS] == [shown] * len(SECRETS)


def test_of_columns_that_go_together_the_names_and_the_number_of_rows_are_told_in_a_job(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    columns = "  low: {type: integer}\n  high: {type: integer}\n  kind: {type: string, lengths: [[4, 1.0]]}\n"
    desk.write(
        "table.yaml", f"version: 1\nordered: [[low, high]]\nreference: {{rows: 200}}\ncolumns:\n{columns}"
    )
    rows = "".join(f"{one},{one + 1},{'a' * 9}\n" for one in range(200))
    desk.write("table.csv", f"low,high,kind\n{rows}" + "4711,5,a\n" * 60)
    told = in_a_job(desk, monkeypatch, tmp_path)
    assert "4711" not in told
    assert "'low' is larger than 'high' in 60 rows" in told
    assert "'kind' breaks the rule 'lengths'" in told
    assert "in 0 of" not in told


def test_of_rows_that_stand_for_one_the_names_and_the_number_are_told_in_a_job(
    desk: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    columns = "  number: {type: integer, unique: true}\n  store: {type: string}\n  day: {type: integer}\n"
    desk.write("table.yaml", f"version: 1\nkey: [store, day]\ncolumns:\n{columns}")
    rows = "".join(f"{one},S{one % 7},{one // 7}\n" for one in range(200))
    desk.write("table.csv", f"number,store,day\n{rows}4711,S3,4\n4711,S9,4\n")
    told = in_a_job(desk, monkeypatch, tmp_path)
    assert "4711" not in told
    assert "S3" not in told
    assert "'number' repeats values in 1 row" in told
    assert "'store' and 'day' together repeat in 1 row" in told
