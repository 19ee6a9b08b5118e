"""The rows of a table that changed: a CSV by its lines, a Parquet by DuckDB, which nothing else loads."""

from __future__ import annotations

import json
import sys

import duckdb
import pytest

from tests.driver import Person

COMPARE = (
    "import sys; from mlgit.cli.main import main; main(['compare', 'HEAD~1', 'HEAD', '--format', 'json'])\n"
    "sys.exit(5 if 'duckdb' in sys.modules else 0)"
)


def changed(small: Person, path: str) -> None:
    """Commit another table, and make the stage read it."""
    small.dvc("add", "--quiet", path)
    text = small.read("dvc.yaml")
    small.write("dvc.yaml", text.replace("deps: [data/raw.csv,", f"deps: [data/raw.csv, {path},"))
    small.commit("Another table")


@pytest.mark.parametrize(("name", "code"), [("more.csv", 0), ("more.parquet", 5)])
def test_only_a_parquet_file_needs_duckdb(small: Person, name: str, code: int) -> None:
    path = small.folder / "data" / name
    duckdb.sql(f"COPY (SELECT range AS x FROM range(41)) TO '{path}'")
    changed(small, f"data/{name}")
    answer = small.run(sys.executable, "-c", COMPARE, exit_code=code)
    rows = {one["path"]: one for model in json.loads(answer.out)["models"] for one in model["data"]}
    assert rows[f"data/{name}"]["head"]["rows"] == 41
