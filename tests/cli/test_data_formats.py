"""`mlgit data` on tables of other forms: compressed, a folder of many files, and within a bounded memory."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tests.driver import Person
from tests.unit.data.tables import HEADER, draw, write_rows


def listed(person: Person, path: str) -> None:
    """Name a table in mlgit.yaml and write its schema."""
    person.write("mlgit.yaml", f"version: 1\ndata:\n  t: {{path: {path}, schema: t.yaml}}\n")
    person.mlgit("data", "schema", "t", "--target", "churned")


def named(out: str) -> list[str]:
    """Return the places of the rows that were named."""
    lines = (line.strip() for line in out.splitlines() if line.startswith("    "))
    return [line for line in lines if line.startswith(("t.", "table/"))]


def test_a_compressed_csv_is_checked_and_named_by_its_lines(person: Person) -> None:
    rows = draw(400, 1)
    text = write_rows(person.folder / "t.csv", rows).read_bytes()
    packed = person.folder / "t.csv.gz"
    packed.write_bytes(gzip.compress(text))
    listed(person, "t.csv.gz")
    assert person.mlgit("data", "check").out.startswith("ok    t: ")
    rows[6][1] = "old"
    packed.write_bytes(gzip.compress(write_rows(person.folder / "t.csv", rows).read_bytes()))
    assert "t.csv.gz:8: 'old'" in named(person.mlgit("data", "check", exit_code=1).out)
    packed.write_bytes(packed.read_bytes()[:-40])
    assert "the file is cut off: gzip says" in person.mlgit("data", "check", exit_code=1).out
    packed.write_bytes(gzip.compress(b""))
    assert "the file is empty" in person.mlgit("data", "check", exit_code=1).out
    packed.write_bytes(gzip.compress(text.splitlines(keepends=True)[0]))
    assert "a header and no row" in person.mlgit("data", "check", exit_code=1).out
    packed.write_bytes(text)
    assert "gzip" in person.mlgit("data", "check", exit_code=1).out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "<!DOCTYPE html>\n<html><body>Sign in, please</body></html>\n",
            "the file is an HTML page, not a CSV",
        ),
        ('{"error": "not found", "code": 404}\n', "the file is JSON, not a CSV"),
        ("# written by a tool\nid,age\n1,2\n", "take the lines before the header out"),
    ],
)
def test_what_a_server_says_instead_of_a_table_is_named(person: Person, content: str, said: str) -> None:
    write_rows(person.folder / "t.csv", draw(100, 1))
    listed(person, "t.csv")
    person.write("t.csv", content)
    assert said in person.mlgit("data", "check", exit_code=1).out


@pytest.mark.parametrize("path", ["t.jsonl", "t.ndjson", "t.jsonl.gz", "table/part-1.jsonl"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\ufeff\n<!DOCTYPE html>\n<html><body>Sign in, please</body></html>\n", "an HTML page"),
        ("<?xml version='1.0'?>\n<error/>\n", "XML"),
    ],
)
def test_what_a_server_says_instead_of_json_lines_is_named(
    person: Person, path: str, content: str, said: str
) -> None:
    table = path.split("/")[0]
    for place in {path, path.replace("-1", "-0")}:
        target = person.folder / place
        target.parent.mkdir(exist_ok=True)
        lines = "".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in draw(100, 1))
        target.write_bytes(gzip.compress(lines.encode()) if path.endswith(".gz") else lines.encode())
    listed(person, table)
    page = content.encode()
    (person.folder / path).write_bytes(gzip.compress(page) if path.endswith(".gz") else page)
    out = person.mlgit("data", "check", exit_code=1).out
    assert f"the file is {said}, not JSON lines" in out
    assert path in out
    assert "a server" in out
    assert "no JSON object" not in out


@pytest.mark.parametrize("ending", [".jsonl", ".ndjson.gz"])
def test_json_lines_are_a_table(person: Person, ending: str) -> None:
    made = [dict(zip(HEADER, row, strict=True)) for row in draw(400, 1)]
    path = f"t{ending}"

    def put(objects: list[dict[str, str]], more: str = "") -> None:
        text = ("".join(json.dumps(one) + "\n" for one in objects) + more).encode()
        (person.folder / path).write_bytes(gzip.compress(text) if ending.endswith(".gz") else text)

    put(made)
    listed(person, path)
    assert "read_json(path, lines=True" in person.mlgit("data", "schema", "t", "--export", "pandera").out
    person.git("init", "--quiet", ".")
    person.commit("Add a table")
    put([dict(reversed(one.items())) for one in made])
    assert person.mlgit("data", "check").out.startswith("ok    t: ")
    put([*made[:6], {**made[6], HEADER[1]: "old"}, *made[7:]])
    assert f"{path}:7: 'old'" in named(person.mlgit("data", "check", exit_code=1).out)
    assert "400 -> 400: 0 added, 0 removed, 1 changed" in person.mlgit("data", "diff", "HEAD").out
    for more, said in (
        ("[1, 2]\n", f"{path}:401: this line is no JSON object"),
        ('{"customer_id": 1, "ag', f"{path}:401: this line is no JSON object"),
        ("\n{}\n", f"{path}:401: this line is empty, and more rows follow"),
        ('{"years": 3}\n', "'years'"),
    ):
        put(made, more)
        out = person.mlgit("data", "check", exit_code=1).out
        assert said.split(": ")[-1] in out
        assert said.split(": ")[0] in out
    put([])
    assert person.mlgit("data", "check", exit_code=1).out.startswith("FAIL  t: ")


@pytest.mark.parametrize("kept_by", ["git", "dvc"])
def test_compressed_tables_are_told_by_rows_whatever_their_name_in_a_cache(
    person: Person, kept_by: str
) -> None:
    packed = person.folder / "t.csv.gz"
    text = write_rows(person.folder / "t.csv", draw(400, 1)).read_bytes()
    (person.folder / "t.csv").unlink()
    packed.write_bytes(gzip.compress(text))
    listed(person, "t.csv.gz")
    assert "read_csv(path" in person.mlgit("data", "schema", "t", "--export", "pandera").out
    person.git("init", "--quiet", ".")
    if kept_by == "dvc":
        person.dvc("init", "--quiet")
        person.dvc("add", "--quiet", "t.csv.gz")
    person.commit("Add a table")
    packed.unlink()
    packed.write_bytes(gzip.compress(b"\n".join(text.splitlines()[:-2])))
    assert "rows: 400 -> 398: 0 added, 2 removed" in person.mlgit("data", "diff", "HEAD").out


@pytest.fixture
def parts(person: Person) -> list[Path]:
    """Four files of 100 rows in two partitions, as one table of a schema."""
    places = []
    for number in range(4):
        place = person.folder / f"table/year={2024 + number // 2}/part-{number}.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        places.append(write_rows(place, draw(100, number, first_id=1000 * number)))
    person.write("table/_SUCCESS", "")
    listed(person, "table")
    return places


def test_a_folder_of_many_files_is_one_table(person: Person, parts: list[Path]) -> None:
    answer = person.mlgit("data", "check")
    assert answer.out.startswith("ok    t: ")
    assert "(table, 400 rows, t.yaml)" in answer.out
    assert '"year":\n    type: integer' in person.read("t.yaml")
    rows = draw(100, 2, first_id=2000)
    rows[4][1] = "old"
    write_rows(parts[2], rows)
    assert named(person.mlgit("data", "check", exit_code=1).out) == ["table/year=2025/part-2.csv:6: 'old'"]
    rows[4][1], rows[5][0] = "40", "3003"
    write_rows(parts[2], rows)
    assert named(person.mlgit("data", "check", exit_code=1).out) == [
        "table/year=2025/part-2.csv:7: '3003'",
        "table/year=2025/part-3.csv:5: '3003'",
    ]


def test_a_folder_that_says_another_year_is_another_table(person: Person, parts: list[Path]) -> None:
    person.git("init", "--quiet", ".")
    person.commit("Add parts")
    (person.folder / "table/year=2025").rename(person.folder / "table/year=2026")
    answer = person.mlgit("data", "diff", "HEAD").out
    assert "400 -> 400: 0 added, 0 removed, 200 changed; by the key customer_id" in answer
    assert "changed values: year in 200 rows" in answer
    assert re.search(r"year +moved .* 100\.0% +\+100\.0 points +\+9\d\.\d to \+100\.0\n", answer)
    exported = person.mlgit("data", "schema", "t", "--export", "pandera")
    assert (
        "not in the module: columns that the names of folders give (add them after `read`): year"
        in exported.err
    )


def test_what_is_wrong_with_a_file_of_a_folder_is_named(person: Person, parts: list[Path]) -> None:
    standing = parts[1].read_text()
    for content, said in (
        ("", "the file is empty"),
        (standing.replace(HEADER[1], "years", 1), "'years' is new"),
        (standing + "1,2\n", "2 values, the header has 7"),
        ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    ):
        parts[1].write_text(content)
        assert said in person.mlgit("data", "check", exit_code=1).out
    for one in parts:
        one.unlink()
    assert (
        "there is no CSV, JSON lines or Parquet file in this folder"
        in person.mlgit("data", "check", exit_code=1).out
    )


def test_a_tracked_link_in_a_folder_never_shows_what_lies_outside(person: Person, parts: list[Path]) -> None:
    outside = person.folder.parent / "secret.csv"
    parts[1].rename(outside)
    parts[1].symlink_to(outside)
    person.git("init", "--quiet", ".")
    person.git("add", "table")
    outside.write_text("id,age\ntoken-of-the-machine,x\n")
    answer = person.mlgit("data", "check", exit_code=2)
    assert "part-1.csv is a link that Git tracks" in answer.err
    assert "token-of" not in answer.out + answer.err


def test_columns_of_a_file_in_another_order_are_found_by_name(person: Person, parts: list[Path]) -> None:
    turned = [list(reversed(row)) for row in draw(100, 1, first_id=1000)]
    write_rows(parts[1], turned, tuple(reversed(HEADER)))
    assert person.mlgit("data", "check").out.startswith("ok    t: ")


def test_a_folder_of_parquet(person: Person) -> None:
    import duckdb

    source = write_rows(person.folder / "t.csv", draw(600, 1))
    for year in (2024, 2025):
        place = person.folder / f"table/year={year}/a.parquet"
        place.parent.mkdir(parents=True)
        part = "<= 300" if year == 2024 else "> 300"
        query = f"FROM read_csv('{source}', types={{'churned': 'VARCHAR'}}) WHERE customer_id {part}"
        duckdb.connect().execute(f"COPY ({query}) TO '{place}'")
    listed(person, "table")
    assert "600 rows" in person.mlgit("data", "check").out
    changed = "SELECT * REPLACE (CASE WHEN customer_id = 304 THEN -999 ELSE age END AS age)"
    new = person.folder / "new.parquet"
    duckdb.connect().execute(f"COPY ({changed} FROM '{place}') TO '{new}'")
    new.replace(place)
    assert named(person.mlgit("data", "check", exit_code=1).out) == [
        "table/year=2025/a.parquet, row 3 (from 0): '-999'"
    ]


def test_memory_is_bounded_and_what_was_spilled_goes(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = person.folder.parent / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    write_rows(person.folder / "t.csv", draw(400, 1))
    listed(person, "t.csv")
    assert person.mlgit("data", "check", "--memory", "500MB").out.startswith("ok    t: ")
    assert list(scratch.iterdir()) == []
    for size in ("500", "much", "5MB", "-1GB"):
        assert "--memory" in person.mlgit("data", "check", "--memory", size, exit_code=2).err
