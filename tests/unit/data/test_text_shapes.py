"""Free texts are held against how long they were and of which letters: what was done to all of them is found, fresh ones are not."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import RuleResult
from mlgit.data.schema import Schema
from mlgit.data.schema_file import read, write

TODAY = date(2026, 11, 1)
WORDS = (
    "The",
    "device",
    "stopped",
    "after",
    "two",
    "days",
    "and",
    "nobody",
    "could",
    "tell",
    "why",
    "Zoë",
    "says",
    "so",
)
Texts = tuple[str, str]


def drawn(seed: int, rows: int) -> list[Texts]:
    """Return subjects of a few words, and bodies of many."""
    chance = random.Random(f"texts {seed}")

    def words(low: int, high: int) -> str:
        text = " ".join(chance.choice(WORDS) for _ in range(chance.randint(low, high)))
        return f"{text} {chance.randrange(10_000)}."

    return [(words(2, 6), words(10, 60)) for _ in range(rows)]


def table(path: Path, texts: list[Texts]) -> Path:
    """Write a table of texts with a number and a class."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        rows = [
            (n, subject, body, n % 7, "yes" if n % 3 else "no") for n, (subject, body) in enumerate(texts)
        ]
        csv.writer(stream).writerows([("id", "subject", "body", "stars", "open"), *rows])
    return path


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    """Return what is inferred from texts, as its file keeps it."""
    path = table(tmp_path_factory.mktemp("reference") / "t.csv", drawn(0, 2000))
    profile = profile_file(path, "open")
    return read(write(infer(profile, observe(path, profile, TODAY)), "t", profile.rows), "s.yaml")


def failures(path: Path, schema: Schema) -> list[RuleResult]:
    found = check_table(path, schema, table="t", shown="t.csv", schema_shown="s.yaml", today=TODAY).failures
    return list(found)


DONE: dict[str, tuple[Callable[[Texts], Texts], set[str], str]] = {
    "cut off": (lambda one: (one[0], one[1][:40]), {"body"}, "100% have at most"),
    "swapped": (lambda one: (one[1], one[0]), {"subject", "body"}, "have more than"),
    "in capitals": (lambda one: (one[0], one[1].upper()), {"body"}, "are in capitals, 0% in the reference"),
    "in small letters": (lambda one: (one[0].lower(), one[1]), {"subject"}, "are in small letters"),
    "wrapped in tags": (
        lambda one: (one[0], f"<p>{one[1]}</p>"),
        {"body"},
        "100% are with tags, 0% in the reference",
    ),
    "all the same": (lambda one: ("Your request", one[1]), {"subject"}, "has one value, 'Your request'"),
    "coded": (
        lambda one: ("".join(f"{ord(c) % 10}" for c in one[0]), one[1]),
        {"subject"},
        "are without letters",
    ),
}


@pytest.mark.parametrize("done", DONE)
def test_what_was_done_to_all_texts_is_found(done: str, schema: Schema, tmp_path: Path) -> None:
    change, columns, said = DONE[done]
    found = failures(table(tmp_path / "t.csv", [change(one) for one in drawn(1, 1500)]), schema)
    assert {one.column for one in found} == columns
    assert {one.rule for one in found} <= {"spread", "repeated"}
    assert said in "\n".join(one.message for one in found)
    settings = {f"columns.{name}.{key}" for name in columns for key in ("lengths", "letters")}
    assert all(one.setting in settings and one.hint.endswith("in s.yaml") for one in found if one.column)


def test_a_third_of_the_texts_is_enough(schema: Schema, tmp_path: Path) -> None:
    texts = [(subject, body if n % 3 else body.upper()) for n, (subject, body) in enumerate(drawn(2, 1500))]
    (found,) = failures(table(tmp_path / "t.csv", texts), schema)
    assert found.message == "'body' has texts of other letters: 33% are in capitals, 0% in the reference"


def test_of_letters_that_went_for_two_kinds_the_larger_is_named(schema: Schema, tmp_path: Path) -> None:
    texts = [
        (subject, body.upper() if n % 3 else f"<p>{body}</p>")
        for n, (subject, body) in enumerate(drawn(2, 1500))
    ]
    found = failures(table(tmp_path / "t.csv", texts), schema)
    assert any("other letters: 67% are in capitals, 0% in the reference" in one.message for one in found)


@pytest.mark.parametrize("rows", [40, 500, 3000])
def test_fresh_texts_are_as_they_were(rows: int, schema: Schema, tmp_path: Path) -> None:
    small = Schema(version=1, columns=schema.columns, target="open", reference=schema.reference)
    for seed in range(10):
        assert not failures(table(tmp_path / "t.csv", drawn(10 + seed, rows)), small)


def test_few_texts_and_categories_have_no_shape(schema: Schema, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", drawn(3, 90))
    profile = profile_file(path, "open")
    few = infer(profile, observe(path, profile, TODAY))
    assert not any(one.lengths or one.letters for one in few.columns.values())
    assert {name for name, one in schema.columns.items() if one.lengths and one.letters} == {
        "subject",
        "body",
    }


def test_numbers_in_one_cell_are_not_called_one_value(tmp_path: Path) -> None:
    """Varied numbers that all lie between two cuts spread otherwise; that they are one value would not be true."""

    def numbers(name: str, low: float, high: float) -> Path:
        chance = random.Random(name)
        path = tmp_path / name
        path.write_text("a,b\n" + "".join(f"{chance.uniform(low, high):.3f},{n % 3}\n" for n in range(900)))
        return path

    reference = numbers("r.csv", 0, 100)
    profile = profile_file(reference, "")
    known = infer(profile, observe(reference, profile, TODAY))
    varied = {one.setting: one.message for one in failures(numbers("v.csv", 52, 70), known)}
    assert varied["columns.a.cuts"].startswith("'a' spreads otherwise: ")
    same = {one.setting: one.message for one in failures(numbers("s.csv", 60, 60), known)}
    assert same["columns.a.cuts"] == "'a' has one value, '60.0', in all 900 rows"
