"""Tables of a real PostgreSQL server, and data sets that the hub's library reads from a copy."""

from __future__ import annotations

import csv
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlgit.data.elsewhere import (
    brought,
    dataset_of,
    is_address,
    password_of,
    shown_address,
)
from mlgit.errors import ExternalError, UsageError

PASSWORD = "not-to-be-shown"
SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
PROGRAMS = shutil.which("initdb") or (str(SERVERS[0] / "initdb") if SERVERS else "")


def test_what_is_an_address_and_how_it_is_shown() -> None:
    for path in ("t.csv", "/data/t.csv", "data/a:b.csv", "C:/t.csv", "s3://bucket/t.csv"):
        assert not is_address(path)
    address = f"postgresql://ana:{PASSWORD}@db:5433/shop?sslmode=require"
    assert is_address(address)
    assert shown_address(address) == "postgresql://ana@db:5433/shop"
    assert password_of(address) == password_of(f"postgres:///shop?user=ana&password={PASSWORD}") == PASSWORD
    assert shown_address(f"postgres:///shop?password={PASSWORD}") == "postgres:///shop"
    assert is_address("hf://owner/name")
    assert shown_address("t.csv") == "t.csv"


@pytest.mark.parametrize(
    ("address", "name", "said"),
    [
        ("hf://owner/name", "owner/name", {}),
        ("hf://datasets/owner/na.me-1", "owner/na.me-1", {}),
        ("hf://owner/name?config=b&split=dev", "owner/name", {"config": "b", "split": "dev"}),
    ],
)
def test_the_address_of_a_data_set(address: str, name: str, said: dict[str, str]) -> None:
    assert dataset_of(address) == (name, said)


@pytest.mark.parametrize(
    "address", ["hf://", "hf://name", "hf://owner/name/more", "hf://owner/name?subset=b", "hf://owner/na me"]
)
def test_an_address_that_names_no_data_set(address: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no data set") as caught:
        brought(address, tmp_path)
    assert (caught.value.code, caught.value.where) == ("data-address", address)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own with a table `prices`; its address without the name of a database."""
    if not PROGRAMS:
        pytest.skip("initdb of PostgreSQL is not installed")
    pytest.importorskip("psycopg")
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        place, secret, data = Path(folder), Path(folder) / "secret", Path(folder) / "data"
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (place, secret):
                shutil.chown(path, user)

        def run(program: str, *words: str) -> None:
            command = (str(Path(PROGRAMS).parent / program), *words)
            subprocess.run(
                command,
                check=True,
                user=user,
                cwd=place,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

        run(
            "initdb",
            "-D",
            str(data),
            "-U",
            "ana",
            "--auth=scram-sha-256",
            f"--pwfile={secret}",
            "--encoding=UTF8",
            "--locale=C",
        )
        started = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place} -c fsync=off"
        run("pg_ctl", "-D", str(data), "-o", started, "-w", "start")
        try:
            yield f"postgresql://ana:{PASSWORD}@127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def shop(server: str) -> str:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE shop")
    with psycopg.connect(f"{server}/shop") as connection:
        connection.execute(
            "CREATE TABLE prices (size int, city text, price numeric, sold bool, at timestamp, more jsonb)"
        )
        connection.execute(
            "INSERT INTO prices SELECT n, CASE WHEN n % 2 = 0 THEN 'Köln' ELSE NULL END, n / 4.0, n % 3 = 0, "
            "'2026-01-05'::timestamp + n * interval '1 hour', '{\"a\": 1}' FROM generate_series(0, 4999) AS n"
        )
    return f"{server}/shop"


def test_an_answer_of_a_server_is_a_csv_with_its_values(shop: str, tmp_path: Path) -> None:
    read = brought(shop, tmp_path, "SELECT * FROM prices WHERE city LIKE 'K%' OR city IS NULL ORDER BY size;")
    assert read.path == tmp_path / "shop.csv"
    assert "answered the query" in read.note
    assert PASSWORD not in read.note
    with read.path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["size", "city", "price", "sold", "at", "more"]
    assert [[*row[:2], float(row[2]), *row[3:]] for row in rows[1:3]] == [
        ["0", "Köln", 0.0, "true", "2026-01-05", '{"a": 1}'],
        ["1", "", 0.25, "false", "2026-01-05 01:00:00", '{"a": 1}'],
    ]
    assert len(rows) == 5001


def test_a_profile_of_a_server_shows_no_password(shop: str, tmp_path: Path) -> None:
    command = ("data", "profile", shop, "--query", "SELECT size, city, price FROM prices", "--json")
    done = subprocess.run(
        (sys.executable, "-m", "mlgit", *command), cwd=tmp_path, check=True, capture_output=True, text=True
    )
    found = json.loads(done.stdout)
    assert [one["column"]["name"] for one in found["columns"]] == ["size", "city", "price"]
    assert shown_address(shop).rpartition("@")[2] in " ".join(found["notes"])
    assert PASSWORD not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_query_the_tables_are_named_and_the_cure_works(shop: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"its tables: public\.prices") as caught:
        brought(shop, tmp_path)
    query = caught.value.hint.removeprefix("--query '").removesuffix("'")
    assert brought(shop, tmp_path, query).path.exists()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM absent", 'relation "absent" does not exist'),
        ("DROP TABLE prices", "syntax error"),
        ("WITH gone AS (DELETE FROM prices RETURNING *) SELECT * FROM gone", "DECLARE CURSOR"),
        ("SELECT nextval('pg_catalog.pg_class')", "pg_class"),
    ],
)
def test_a_query_that_fails_or_would_write(query: str, said: str, shop: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the query fails") as caught:
        brought(shop, tmp_path, query)
    assert said in caught.value.message
    assert brought(shop, tmp_path, "SELECT count(*) AS n FROM prices").path.read_text() == "n\n5000\n"


def test_a_server_that_does_not_answer_or_let_in(shop: str, tmp_path: Path) -> None:
    wrong = shop.replace(PASSWORD, "another")
    for address in (wrong, "postgresql://ana@127.0.0.1:1/shop", shop.replace("/shop", "/absent")):
        with pytest.raises(ExternalError) as caught:
            brought(address, tmp_path, "SELECT 1")
        assert caught.value.code == "data-unreachable"
        assert "another" not in f"{caught.value.message} {caught.value.hint}"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a data set, where the hub's library looks before it asks the hub."""
    pytest.importorskip("datasets")
    monkeypatch.chdir(tmp_path)
    for name in ("one", "several"):
        data = tmp_path / "owner" / name / "data"
        data.mkdir(parents=True)
        for split in ("train",) if name == "one" else ("test", "validation"):
            (data / f"{split}.csv").write_text("size,city\n" + "1,Köln\n" * 60, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_data_set_of_the_hub(copy: Path) -> None:
    import duckdb

    read = brought("hf://owner/one", copy)
    assert (read.path.name, read.note) == (
        "one.parquet",
        "hf://owner/one was read, its split 'train'; what is kept is one.parquet",
    )
    assert duckdb.sql(f"SELECT count(*), min(city) FROM '{read.path}'").fetchall() == [(60, "Köln")]
    with pytest.raises(UsageError, match="several of split") as caught:
        brought("hf://owner/several", copy)
    cure = caught.value.hint.removeprefix("--data '").partition("'")[0]
    assert brought(cure, copy).note.startswith(
        "hf://owner/several?split=validation was read, its split 'validation'"
    )
    for said, hint in (("split=dev", "split=validation"), ("config=b", "config=default")):
        with pytest.raises(UsageError, match="has no") as caught:
            brought(f"hf://owner/several?{said}", copy)
        assert f"'hf://owner/several?{hint}'" in caught.value.hint
    with pytest.raises(UsageError, match="--query asks"):
        brought("hf://owner/one", copy, "SELECT 1")
