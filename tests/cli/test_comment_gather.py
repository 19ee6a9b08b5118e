"""`mlgit comment --gather`: one report of what the jobs of several models left; a job that left none is a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.driver import Person

STAGE = "stages:\n  train: {cmd: x, deps: [train.py], outs: [model.bin], metrics: [metrics.json: {cache: false}]}\n"
NAMES = ("a", "b", "c")


@pytest.fixture
def desk(tmp_path: Path) -> Person:
    """Three models, two of which the newest commit changes, and what the jobs of these two left in `parts`."""
    folder = tmp_path / "desk"
    folder.mkdir()
    person = Person(folder)
    person.git("init", "--quiet", "--initial-branch", "main", ".")
    person.write(
        "mlgit.yaml", "version: 1\nmodels: {" + ", ".join(f"{n}: {{pipeline: {n}}}" for n in NAMES) + "}\n"
    )
    for name in NAMES:
        person.write(f"{name}/dvc.yaml", STAGE)
        person.write(f"{name}/train.py", "pass\n")
        person.write(f"{name}/metrics.json", '{"r2": 0.5}\n')
    person.commit("Start")
    person.git("switch", "--quiet", "--create", "change")
    for name in ("a", "b"):
        person.write(f"{name}/train.py", "x = 1\n")
        person.write(f"{name}/metrics.json", '{"r2": 0.6}\n')
    person.commit("Change")
    for number, name in enumerate(("a", "b"), 1):
        part(person, number, name)
    return person


def part(person: Person, number: int, name: str, **more: str) -> None:
    base, head = person.git("rev-parse", "main"), person.git("rev-parse", "change")
    event = {
        "version": 1,
        "number": 7,
        "head_sha": head,
        "base_sha": base,
        "merge_base": base,
        "data": "done",
    }
    check = {"subject": "model", "name": f"metrics of {name}", "state": "passed", "detail": "reproduced"}
    person.write(f"parts/mlgit-part-{number}/event.json", json.dumps({**event, **more}))
    person.write(f"parts/mlgit-part-{number}/check-model.json", json.dumps({"version": 1, "checks": [check]}))
    place = f"parts/mlgit-part-{number}"
    person.mlgit(
        "compare", "main", "change", "--model", name, "--fit",
        "--output", f"{place}/comparison.json", "--plots", f"{place}/charts.json",
    )  # fmt: skip


def gathered(person: Person, exit_code: int = 0) -> tuple[list[dict[str, object]], dict[str, object], str]:
    answer = person.mlgit("comment", "main", "--gather", "parts", "--into", "one", exit_code=exit_code)
    checks = json.loads((person.folder / "one/mlgit-check/check-model.json").read_text())["checks"]
    report = person.folder / "one/mlgit-report/comparison.json"
    return checks, json.loads(report.read_text()) if report.exists() else {}, answer.err


def test_one_report_of_all(desk: Person) -> None:
    checks, report, said = gathered(desk)
    assert [one["name"] for one in checks] == ["metrics of a", "metrics of b"]
    assert sorted(model["name"] for model in report["models"]) == ["a", "b"]  # type: ignore[attr-defined]
    assert "2 of 2 reports gathered" in said


@pytest.mark.parametrize("how", ["gone", "half", "broken", "other"])
def test_a_job_without_a_report_was_not_judged(desk: Person, how: str) -> None:
    place = desk.folder / "parts/mlgit-part-2"
    if how == "gone":
        for one in place.iterdir():
            one.unlink()
        place.rmdir()
    elif how == "half":
        for name in ("event.json", "comparison.json", "charts.json"):
            (place / name).unlink()
    elif how == "broken":
        (place / "comparison.json").write_text("{")
    else:
        part(desk, 2, "b", base_sha="f" * 40)
    checks, report, said = gathered(desk, exit_code=1)
    lost = [one for one in checks if one["state"] == "failed"]
    assert len(lost) == 1
    assert "not judged" in str(lost[0]["detail"])
    assert "1 of 2 reports gathered" in said
    assert [model["name"] for model in report["models"]] == ["a"]  # type: ignore[attr-defined]


def test_nothing_at_all(desk: Person) -> None:
    desk.run("rm", "-r", "parts")
    checks, report, _ = gathered(desk, exit_code=1)
    assert [one["state"] for one in checks] == ["failed", "failed"]
    assert report == {}


def test_it_needs_a_base_and_a_place(desk: Person) -> None:
    assert "error[comment-gather]" in desk.mlgit("comment", "--gather", "parts", exit_code=2).err


def test_a_model_alone_is_checked_alone(desk: Person) -> None:
    items = json.loads(
        desk.mlgit("check", "model", "--base", "main", "--only", "a", "--json", exit_code=None).out
    )
    names = [one["name"] for one in items["checks"]]
    assert "metrics of b" not in names
    assert "error[model-unknown]" in desk.mlgit("check", "model", "--only", "nobody", exit_code=2).err
