"""The module that a schema is exported as: what stands in it, and what pandera finds by it in good and bad tables."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.pandera_text import exported
from mlgit.data.profiling import profile_file
from mlgit.data.schema import ColumnRule, RowsRule, Schema
from tests.unit.data.tables import HEADER, draw, write_rows

Rows = list[list[str]]
BOUNDED = {"age": ColumnRule(type="integer", min=0, max=120, max_null_share=0.1)}


def module_of(text: str, folder: Path) -> ModuleType:
    place = folder / "exported.py"
    place.write_text(text, encoding="utf-8")
    specification = importlib.util.spec_from_file_location("exported", place)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def inferred(folder: Path) -> Schema:
    path = write_rows(folder / "reference.csv", draw(400, 1))
    profile = profile_file(path, "churned")
    return infer(profile, observe(path, profile, date(2026, 1, 1)))


def test_every_word_that_pandera_has_is_there_and_what_it_lacks_is_listed(tmp_path: Path) -> None:
    found = exported(inferred(tmp_path), "customers", "csv")
    assert '"city": pa.Column("string", checks=[pa.Check.isin(["Berlin", "Hamburg"' in found.text
    assert '"customer_id": pa.Column("Int64", nullable=False, unique=True),' in found.text
    assert "strict=True,\n    ordered=True,\n    coerce=False," in found.text
    assert any(one.startswith("how values spread (cuts, shares): age") for one in found.left_out)
    assert all(one in found.text for one in found.left_out)
    compile(found.text, "exported.py", "exec")


def test_odd_names_end_no_string_and_no_docstring() -> None:
    odd = {'"""\\\n': ColumnRule(type="string", categories=('"', "\u202e"), references='a."""')}
    text = exported(Schema(version=1, columns=odd), '"""; import os', "csv").text
    compile(text, "exported.py", "exec")
    assert "import os" not in [line.strip() for line in text.splitlines()]


def put(column: str, value: str, every: int = 50) -> Callable[[Rows], object]:
    def change(rows: Rows) -> None:
        for row in rows[::every]:
            row[HEADER.index(column)] = value

    return change


BAD: dict[str, Callable[[Rows], object]] = {
    "out of range": put("age", "900"),
    "a word among whole numbers": put("age", "old"),
    "a fraction among whole numbers": put("age", "41.5"),
    "a word among numbers": put("income", "much"),
    "a new category": put("city", "Atlantis"),
    "another class": put("churned", "perhaps"),
    "nothing": put("age", "", 2),
    "German dates": put("joined", "31.12.2024"),
    "no truth": put("active", "perhaps"),
    "a doubled key": put("customer_id", "1"),
    "few rows": lambda rows: rows.__delitem__(slice(50, None)),
}


HEADERS = {
    "renamed": (*HEADER[:1], "years", *HEADER[2:]),
    "extra": (*HEADER, "more"),
    "swapped": (*HEADER[:5], "churned", "active"),
}


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    folder = tmp_path_factory.mktemp("exported")
    return module_of(exported(inferred(folder), "customers", "csv").text, folder)


def through(module: ModuleType, place: Path, rows: Rows, header: tuple[str, ...] = HEADER) -> None:
    """Let pandera judge a table."""
    width = len(header)
    path = write_rows(place / "t.csv", [[*row, "1"][:width] for row in rows], header)
    module.schema.validate(module.read(path), lazy=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [1, 2])
def test_pandera_passes_good_tables(module: ModuleType, tmp_path: Path, seed: int) -> None:
    through(module, tmp_path, draw(400, seed))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("fault", [*BAD, *HEADERS])
def test_pandera_refuses_bad_tables(module: ModuleType, tmp_path: Path, fault: str) -> None:
    rows = draw(400, 2)
    BAD.get(fault, lambda _: None)(rows)
    refusals = (pytest.importorskip("pandera.errors").SchemaErrors, ValueError)
    with pytest.raises(refusals):
        through(module, tmp_path, rows, HEADERS.get(fault, HEADER))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_a_person_writes_holds_in_pandera(tmp_path: Path) -> None:
    import pandas

    errors = pytest.importorskip("pandera.errors")
    columns = {**BOUNDED, "from": ColumnRule(type="date"), "to": ColumnRule(type="date", max="today")}
    schema = Schema(
        version=1,
        columns=columns,
        rows=RowsRule(min=2, max=20),
        ordered=(("from", "to"),),
        extra_columns="allow",
    )
    module = module_of(exported(schema, "t", "csv").text, tmp_path)
    good = pandas.DataFrame(
        {"age": [1, 2, 3], "from": ["2024-01-01"] * 3, "to": ["2024-01-02"] * 3, "more": [0.5, 1.0, 2.0]}
    )
    bad = {"age": [1, 2, 121], "from": ["2024-01-03"] * 3, "to": ["2999-01-01"] * 3}

    def judged(table: pandas.DataFrame) -> None:
        path = tmp_path / "t.csv"
        table.to_csv(path, index=False)
        module.schema.validate(module.read(path), lazy=True)

    judged(good)
    for column, values in bad.items():
        with pytest.raises(errors.SchemaErrors):
            judged(good.assign(**{column: values}))
    with pytest.raises(errors.SchemaErrors):
        judged(good.assign(age=[1, None, None]))
    with pytest.raises(errors.SchemaErrors):
        judged(pandas.concat([good] * 7))
