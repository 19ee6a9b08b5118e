"""`mlgit data profile` through the command line: a summary, a page without network and script, JSON; nothing else is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.driver import Person
from tests.unit.data.tables import customers


@pytest.fixture
def shop(person: Person) -> Person:
    customers(person.folder)
    return person


def test_a_file_has_a_summary_and_a_page(shop: Person) -> None:
    answer = shop.mlgit("data", "profile", "customers.csv", "--target", "churned", "--html", "out/p.html")
    assert "customers.csv: 400 rows, 7 columns" in answer.out
    assert re.search(r"age +number +0 +57 +[▁▂▃▄▅▆▇█ ]+ +\d+%  every value is a number", answer.out)
    assert "100 of 400 rows would be held out, row by row" in answer.out
    assert "leave a change of 0.05 in roc_auc UNDECIDED" in answer.out
    assert "wrote out/p.html in the new folder out" in answer.err
    page = shop.read("out/p.html")
    assert "<script" not in page
    assert not re.search(r"(src|href)=", page)
    assert "default-src 'none'" in page
    assert page.count("<svg") > 20
    assert "share of yes" in page


def test_the_summary_alone_writes_nothing(shop: Person) -> None:
    before = shop.contents()
    answer = shop.mlgit("data", "profile", "customers.csv")
    assert "with --target COLUMN" in answer.out
    assert shop.contents() == before


def test_json_is_one_versioned_form(shop: Person) -> None:
    found = json.loads(shop.mlgit("data", "profile", "customers.csv", "--target", "income", "--json").out)
    assert (found["version"], found["rows"], found["task"]) == (1, 400, "regression")
    city = next(one for one in found["columns"] if one["column"]["name"] == "city")
    assert all(one["target"]["items"] == one["target"]["items"] > 1 for one in city["cells"])
    assert found["split"]["test_rows"] + found["split"]["train_rows"] == 400 - found["unlabelled"]


@pytest.mark.slow
def test_a_table_of_mlgit_yaml_has_the_target_of_its_schema(shop: Person) -> None:
    shop.git("init", "--quiet", ".")
    shop.write("mlgit.yaml", "version: 1\ndata:\n  c: {path: customers.csv, schema: schemas/c.yaml}\n")
    assert "with --target" in shop.mlgit("data", "profile", "c").out
    shop.mlgit("data", "schema", "c", "--target", "churned")
    assert "task: binary-classification" in shop.mlgit("data", "profile", "c").out


def test_names_and_values_are_shown_and_never_run(person: Person) -> None:
    rows = "\n".join(
        f"{place % 9},<script>alert({place % 3})</script>,{'ab'[place % 2]}" for place in range(200)
    )
    person.write("x.csv", f'n,"<img src=x onerror=alert(1)>",y\n{rows}\n')
    person.mlgit("data", "profile", "x.csv", "--target", "y", "--html", "p.html")
    page = person.read("p.html")
    assert "&lt;img src=x" in page
    assert "<script" not in page
    assert "<img" not in page


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nothing.csv",), "config-missing"),
        (("customers.csv", "--target", "churn"), "data-target-unknown"),
        (("customers.csv", "--target", "churned", "--group", "towns"), "data-column-unknown"),
    ],
)
def test_what_does_not_fit_is_one_sentence(shop: Person, arguments: tuple[str, ...], code: str) -> None:
    answer = shop.mlgit("data", "profile", *arguments, exit_code=2)
    assert f"error[{code}]" in answer.err
    assert answer.out == ""


def test_what_init_reads_is_read(shop: Person, tmp_path: Path) -> None:
    lines = [json.dumps({"a": place % 5, "b": "xyz"[place % 3], "y": place % 2}) for place in range(100)]
    shop.write("rows.jsonl", "\n".join(lines) + "\n")
    answer = shop.mlgit("data", "profile", "rows.jsonl", "--target", "y")
    assert "rows.jsonl was read; what is kept is rows.csv" in answer.out
