"""Tables as people have them become one file that a pipeline reads, with the values that they held."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mlgit.data.imported import imported
from mlgit.data.profiling import profile_file
from mlgit.errors import UsageError

ROWS = [{"size": n, "city": ("Köln", "Bern")[n % 2], "price": n / 4} for n in range(60)]
NAMES = ("size", "city", "price")
PLAIN = "size,city,price\n" + "".join(f"{row['size']},{row['city']},{row['price']}\n" for row in ROWS)


def a_folder(place: Path) -> Path:
    for year in ("2023", "2024"):
        (place / f"year={year}").mkdir(parents=True)
        (place / f"year={year}" / "part.csv").write_text(PLAIN, encoding="utf-8")
    return place


def workbook(place: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Empty"
    sheet = book.create_sheet("Prices")
    sheet.append(NAMES)
    for row in ROWS:
        sheet.append([row[name] for name in NAMES])
    book.save(place)
    return place


def sqlite(place: Path) -> Path:
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE prices (size INTEGER, city TEXT, price REAL)")
        connection.executemany("INSERT INTO prices VALUES (:size, :city, :price)", ROWS)
    connection.close()
    return place


def duckdb_file(place: Path) -> Path:
    import duckdb

    with duckdb.connect(str(place)) as connection:
        connection.execute("CREATE TABLE prices (size INTEGER, city VARCHAR, price DOUBLE)")
        connection.executemany(
            "INSERT INTO prices VALUES (?, ?, ?)", [[row[name] for name in NAMES] for row in ROWS]
        )
    return place


def written(content: bytes) -> Callable[[Path], Path]:
    def write(place: Path) -> Path:
        place.write_bytes(content)
        return place

    return write


LINES = "".join(json.dumps(row) + "\n" for row in ROWS)
R_NAMES = '"",' + PLAIN.replace("\n", "\n1,").removesuffix("1,")
FORMATS: dict[str, tuple[str, Callable[[Path], Path], str]] = {
    "gzip": ("t.csv.gz", written(gzip.compress(PLAIN.encode())), ""),
    "json": ("t.json", written(json.dumps(ROWS).encode()), ""),
    "json below a key": ("t.json", written(json.dumps({"status": "ok", "data": ROWS}).encode()), ""),
    "json by column": ("t.json", written(json.dumps({name: [row[name] for row in ROWS] for name in NAMES}).encode()), ""),
    "json lines called json": ("t.json", written(LINES.encode()), ""),
    "json lines": ("t.jsonl", written(LINES.encode()), ""),
    "packed json lines": ("t.jsonl.gz", written(gzip.compress(LINES.encode())), ""),
    "windows-1252": ("t.csv", written(PLAIN.encode("cp1252")), ""),
    "utf-16": ("t.csv", written(PLAIN.encode("utf-16")), ""),
    "R": ("t.csv", written(R_NAMES.encode()), ""),
    "a folder": ("t", a_folder, ""),
    "excel": ("t.xlsx", workbook, ""),
    "sqlite": ("t.db", sqlite, "SELECT * FROM prices"),
    "duckdb": ("t.duckdb", duckdb_file, "SELECT * FROM prices"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_holds_the_same(name: str, tmp_path: Path) -> None:
    file, make, query = FORMATS[name]
    if name == "excel":
        pytest.importorskip("openpyxl")
    read = imported(make(tmp_path / file), tmp_path / "..", file, query)
    assert read.path.name == "t.csv"
    assert (file if name != "json lines called json" else "t.jsonl") in read.note
    with read.path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == (120 if name == "a folder" else 60)
    assert [(float(row["size"]), row["city"], float(row["price"])) for row in rows[:60]] == [
        tuple(row.values()) for row in ROWS
    ]
    kinds = {column.name: column.kind for column in profile_file(read.path, "price").columns}
    assert kinds["city"] == "category"
    assert kinds["price"] == "number"


@pytest.mark.parametrize(("name", "packed"), [("t.feather", "lz4"), ("t.arrow", "zstd")])
def test_feather_becomes_parquet(name: str, packed: str, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    feather = pytest.importorskip("pyarrow.feather")

    columns = {key: [row[key] for row in ROWS] for key in NAMES} | {"empty": [None, "a"] * 30}
    feather.write_feather(pa.table(columns), str(tmp_path / name), compression=packed)
    (tmp_path / "out").mkdir()
    read = imported(tmp_path / name, tmp_path / "out", name)
    assert read.note == f"{name} was read; what is kept is t.parquet"
    profile = profile_file(read.path, "price")
    assert {column.name: (column.kind, column.nulls) for column in profile.columns} == {
        "size": ("identifier", 0),
        "city": ("category", 0),
        "price": ("number", 0),
        "empty": ("category", 30),
    }
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:200])
    with pytest.raises(UsageError) as raised:
        imported(tmp_path / name, tmp_path / "out", name)
    assert raised.value.code == "data-cut-off"


def test_what_a_pipeline_reads_is_left_alone(tmp_path: Path) -> None:
    for name, content in {"t.csv": PLAIN, "t.tsv": PLAIN.replace(",", "\t")}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        assert imported(tmp_path / name, tmp_path, name).path == tmp_path / name
        assert imported(tmp_path / name, tmp_path, name).note == ""


def test_a_database_is_asked_to_name_its_rows(tmp_path: Path) -> None:
    place = sqlite(tmp_path / "t.db")
    with pytest.raises(UsageError, match="its tables: prices") as caught:
        imported(place, tmp_path, "t.db")
    assert caught.value.hint == "--query 'SELECT * FROM prices'"
    query = caught.value.hint.removeprefix("--query '").removesuffix("'")
    assert imported(place, tmp_path, "t.db", query).path.exists()
    with pytest.raises(UsageError, match="no such table: absent"):
        imported(place, tmp_path, "t.db", "SELECT * FROM absent")
    with pytest.raises(UsageError, match="readonly"):
        imported(place, tmp_path, "t.db", "DROP TABLE prices")


def test_a_query_needs_a_database(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(PLAIN, encoding="utf-8")
    with pytest.raises(UsageError, match="this is none"):
        imported(tmp_path / "t.csv", tmp_path, "t.csv", "SELECT 1")


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "t.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(UsageError, match=r"t\.zip|ZIP archive|openpyxl"):
        imported(tmp_path / "t.zip", tmp_path, "t.zip")


def test_a_file_in_another_encoding_is_kept_under_its_name_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "t.csv").write_bytes("straße;größe\nx;1,5\ny;2,5\n".encode("cp1252"))
    read = imported(tmp_path / "t.csv", tmp_path / "out", "t.csv")
    assert read.note.endswith("was read as Windows-1252, which is a guess; what is kept is a copy in UTF-8")
    assert "größe" in read.path.read_text(encoding="utf-8")
