"""Faults planted in tables of five sources, one real; the schema is inferred from a reference sample alone."""

from __future__ import annotations

import csv
import random
from datetime import date
from pathlib import Path

import pytest

from mlgit.data.bundled import raw_breast_cancer, table_of
from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import CheckReport, RuleResult, failure_lines
from mlgit.data.schema import Schema
from tests.calibration.tables import SOURCES
from tests.unit.data.faults import FAULTS, Fault, Made

TODAY = date(2026, 1, 1)
TARGETS = {"cancer": "diagnosis", "people": "member", **{source.name: source.target for source in SOURCES}}
ROWS = 2000
CONTROLS = 20
NAMES = ("Jürgen Müller", "Anna Schmidt", "Zoë Brontë", "José García", "Bob Smith", "Käthe Groß")


def drawn(name: str, seed: object) -> Made:
    """Return a fresh table of a source; the real one is halved at random."""
    chance = random.Random(f"{name} {seed}")
    if name == "cancer":
        header, *lines = table_of(raw_breast_cancer()).decode().splitlines()
        chance.shuffle(lines)
        half = len(lines) // 2
        part = lines[:half] if seed == "reference" else lines[half:]
        if seed != "reference":
            random.Random(f"{name} reference").shuffle(
                lines_of := table_of(raw_breast_cancer()).decode().splitlines()[1:]
            )
            part = lines_of[half:]
            chance.shuffle(part)
        return Made(header.split(","), [line.split(",") for line in part])
    if name == "people":
        rows = [
            [
                str(number),
                f"{chance.choice(NAMES)} {chance.randrange(10_000)}",
                chance.choice(("Köln", "München", "Berlin", "São Paulo")),
                str(round(chance.gauss(45, 12))),
                chance.choice(("yes", "no")),
            ]
            for number in range(ROWS)
        ]
        return Made(["id", "name", "city", "age", "member"], rows)
    source = next(one for one in SOURCES if one.name == name)
    return Made(list(source.header), [[str(value) for value in source.row(chance, n)] for n in range(ROWS)])


def written(made: Made, path: Path) -> Path:
    """Write a table and return its path."""
    if made.content is not None:
        path.write_bytes(made.content)
        return path
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows([made.header, *made.rows])
    return path


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Schema]:
    folder = tmp_path_factory.mktemp("references")
    found = {}
    for name, target in TARGETS.items():
        path = written(drawn(name, "reference"), folder / f"{name}.csv")
        profile = profile_file(path, target)
        found[name] = infer(profile, observe(path, profile, TODAY))
    return found


def checked(made: Made, schema: Schema, folder: Path) -> CheckReport:
    path = written(made, folder / "t.csv")
    return check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml", today=TODAY)


def lacking(result: RuleResult, path: str) -> str:
    """Say what a person would miss in the text of a finding: column, count, an example and its place, what to do."""
    text = "\n".join(failure_lines(result, path))
    wanted = {
        "the column": repr(result.column) if result.column and "the target" not in text else "",
        "the count": f"{result.failed:,}" if result.failed and result.rule != "columns" else "",
        "the place": f"{path}:" if result.examples or result.line else "",
        "an example": repr(result.examples[0].value or "nothing").strip("'\"") if result.examples else "",
        "what to do": "    hint: ",
    }
    absent = [what for what, words in wanted.items() if words not in text]
    return f"{', '.join(absent)} not in {text!r}" if absent or "\u202e" in text else ""


def missed(one: Fault, made: Made, schemas: dict[str, Schema], folder: Path) -> str:
    """Say what is wrong with what was found of a fault in a fresh table; nothing when it is right."""
    planted = one.plant(made)
    truth = {row for row in planted if row is not None} if isinstance(planted, list) else set()
    report = checked(made, schemas[one.source], folder)
    named = [result for result in report.failures if not one.columns - {""} or result.column in one.columns]
    if report.passed:
        return f"{one.name}: passed"
    if not named:
        return f"{one.name}: only {[(r.rule, r.column, r.message) for r in report.failures]}"
    others = [result for result in report.failures if result not in named]
    if len(others) > len(named):
        return f"{one.name}: {[(r.rule, r.column, r.message) for r in others]} besides"
    unclear = [said for result in named if (said := lacking(result, report.path))]
    if unclear:
        return f"{one.name}: {unclear}"
    if one.rows_named and not any(result.examples for result in named):
        return f"{one.name}: no rows in {[(r.rule, r.message) for r in named]}"
    shown = [(example, result.rule) for result in named for example in result.examples]
    wrong = [example.row for example, _ in shown if truth and example.row not in truth]
    if wrong:
        return f"{one.name}: rows {wrong} are named, and nothing is wrong with them"
    if made.content is None and any(example.line != example.row + 2 for example, _ in shown):
        return f"{one.name}: wrong lines in {shown}"
    return ""


def test_the_faults_are_caught_and_named(schemas: dict[str, Schema], tmp_path: Path) -> None:
    found = [said for one in FAULTS if (said := missed(one, drawn(one.source, one.name), schemas, tmp_path))]
    assert len(FAULTS) >= 60
    assert len(found) <= 0.05 * len(FAULTS), "\n".join(found)
    assert not found, "\n".join(found)


def test_clean_controls_are_clean(schemas: dict[str, Schema], tmp_path: Path) -> None:
    alarms = []
    for number in range(CONTROLS):
        name = list(TARGETS)[number % len(TARGETS)]
        report = checked(drawn(name, number), schemas[name], tmp_path)
        alarms += [f"{name}: {[one.message for one in report.failures]}"] if not report.passed else []
    assert len(alarms) <= 1, alarms
