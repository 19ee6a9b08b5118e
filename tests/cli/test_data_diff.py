"""`mlgit data diff`: what changed in tables and folders between two revisions, and how deep it could be looked at."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mlgit.cli.verbs import data
from mlgit.project.data_difference import difference
from mlgit.views.json_form import json_text
from mlgit.world.context import SilentConsole, real_context
from tests.driver import Person
from tests.isolation import in_isolation
from tests.unit.data.tables import HEADER, draw, write_rows

CONFIGURATION = """\
version: 1
data:
  customers: {path: data/customers.csv, schema: schemas/customers.yaml}
"""
TABLE = "data/customers.csv"


@pytest.fixture(scope="session")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository with a table and a folder that DVC keeps, and a table in Git; pushed to a folder."""
    with in_isolation(tmp_path_factory.mktemp("home")):
        person = Person(tmp_path_factory.mktemp("kept"))
        person.git("init", "--quiet")
        person.dvc("init", "--quiet")
        person.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
        person.write("mlgit.yaml", CONFIGURATION)
        (person.folder / "data").mkdir()
        write_rows(person.folder / TABLE, draw(400, 1))
        for number in range(3):
            person.write(f"images/{number}.txt", f"picture {number}\n")
        write_rows(person.folder / "codes.csv", [["a", "1"], ["b", "2"]], ("code", "value"))
        person.dvc("add", "--quiet", TABLE, "images")
        person.mlgit("data", "schema", "customers", "--target", "churned")
        person.commit("Add data")
        yield person.folder


@pytest.fixture
def kept(kept_once: Path, tmp_path: Path) -> Person:
    """The same, one's own."""
    copy = tmp_path / "kept"
    shutil.copytree(kept_once, copy, symlinks=True)
    return Person(copy)


def told(person: Person, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    """Return the JSON of a difference, its tables by name or path; in this process, which is a second faster."""
    parser = argparse.ArgumentParser()
    data.configure(parser)
    parsed = parser.parse_args(["diff", *arguments])
    context = real_context(SilentConsole()).at(person.folder)
    report = json.loads(json_text(difference(context, parsed.base, parsed.head, parsed.table)))
    assert bool(report["errors"]) == bool(exit_code)
    report["tables"] = {one["name"] or one["path"]: one for one in report["tables"]}
    return dict(report)


def rows(one: dict[str, Any]) -> tuple[Any, ...]:
    """Return how the rows of a table differ."""
    return tuple(one["rows"][key] for key in ("by", "added", "removed", "changed"))


def changed(rows: list[list[str]]) -> list[list[str]]:
    """Return rows of which two changed, one is gone and forty came."""
    made = [list(row) for row in rows[1:]]
    made[0][3], made[1][3] = "Bremen", "Bremen"
    return [*made, *draw(40, 9, first_id=1001)]


def test_rows_are_told_by_the_key_of_the_schema(kept: Person) -> None:
    assert told(kept, "HEAD") == {**told(kept, "HEAD", "HEAD"), "head": "working tree"}
    write_rows(kept.folder / TABLE, changed(draw(400, 1)))
    one = told(kept, "HEAD")["tables"]["customers"]
    assert (one["state"], one["looked_at"]) == ("changed", "rows")
    assert rows(one) == ("key", 40, 1, 2)
    assert one["rows"]["columns"] == [{"column": "city", "rows": 2}]
    assert one["rows"]["first"][-1]["values"][0]["head"] == "Bremen"
    assert [each["key"] for each in one["rows"]["first"] if each["state"] == "removed"] == ["1"]
    text = kept.mlgit("data", "diff", "HEAD").out
    assert "rows: 400 -> 439: 40 added, 1 removed, 2 changed; by the key customer_id" in text
    assert "told by the contents" in text
    assert "~ 2, city: Hamburg -> Bremen" in text or "~ 2, city: " in text


def test_rows_are_told_by_a_key_of_several_columns(person: Person) -> None:
    person.git("init", "--quiet")
    lines = [f"S{store},2025-01-{day:02},{store * day}" for store in range(5) for day in range(1, 29)]
    person.write("sales.csv", "\n".join(["store,day,sold", *lines]))
    person.write("mlgit.yaml", "version: 1\ndata:\n  sales: {path: sales.csv, schema: s.yaml}\n")
    columns = "  store: {type: string}\n  day: {type: date}\n  sold: {type: integer}\n"
    person.write("s.yaml", f'version: 1\nkey: ["store", "day"]\ncolumns:\n{columns}')
    person.commit("Sales")
    lines[3] = "S0,2025-01-04,77"
    person.write(
        "sales.csv",
        "\n".join(
            ["sold,day,store", *(",".join(one.split(",")[::-1]) for one in [*lines[1:], "S9,2025-01-01,4"])]
        ),
    )
    one = told(person, "HEAD")["tables"]["sales"]
    assert rows(one) == ("key", 1, 1, 1)
    assert one["rows"]["key"] == "store, day"
    assert one["rows"]["columns"] == [{"column": "sold", "rows": 1}]
    assert [(each["state"], each["key"]) for each in one["rows"]["first"]] == [
        ("added", "S9, 2025-01-01"),
        ("removed", "S0, 2025-01-01"),
        ("changed", "S0, 2025-01-04"),
    ]
    person.write("sales.csv", "\n".join(["store,day,sold", *lines, lines[5]]))
    one = told(person, "HEAD")["tables"]["sales"]
    assert rows(one)[0] == "whole rows"
    assert one["rows"]["note"] == "the key 'store', 'day' repeats or is empty in the head"
    person.write("sales.csv", "\n".join(["store,day,sold", *lines, ",2025-02-01,3"]))
    assert rows(told(person, "HEAD")["tables"]["sales"])[0] == "whole rows"
    more = [f"S{store},2025-02-{day:02},{store * day}" for store in range(5) for day in range(1, 15)]
    person.write("sales.csv", "\n".join(["store,day,sold", *lines, *more]))
    one = told(person, "HEAD")["tables"]["sales"]
    assert [each["reason"] for each in one["shifts"]["columns"]][:2] == ["", "days move on"]


def test_between_commits_what_is_gone_from_the_cache_is_found_in_the_remote_or_said(kept: Person) -> None:
    write_rows(kept.folder / TABLE, changed(draw(400, 1)))
    kept.write("images/3.txt", "picture 0\n")
    (kept.folder / "images/0.txt").unlink()
    kept.write("images/1.txt", "another picture\n")
    kept.dvc("add", "--quiet", TABLE, "images")
    kept.commit("New data")
    shutil.copytree(kept.folder / ".dvc/cache", kept.folder.parent / "storage")  # as dvc push would
    whole = told(kept, "HEAD~1", "HEAD")
    images = whole["tables"]["images"]
    assert (images["looked_at"], images["rows"]) == ("files", None)
    assert {each["path"]: (each["state"], each["renamed_from"]) for each in images["files"]["first"]} == {
        "3.txt": ("renamed", "0.txt"),
        "1.txt": ("changed", ""),
    }
    shutil.rmtree(kept.folder / ".dvc/cache")
    shutil.rmtree(kept.folder / "images")
    (kept.folder / TABLE).unlink()
    assert told(kept, "HEAD~1", "HEAD") == whole
    shutil.rmtree(kept.folder.parent / "storage")
    without = told(kept, "HEAD~1", "HEAD")["tables"]
    assert [without[name]["looked_at"] for name in ("customers", "images")] == ["versions", "versions"]
    assert without["customers"]["rows"]["hint"] == f"dvc fetch --all-commits {TABLE}"
    text = kept.mlgit("data", "diff", "HEAD~1", "HEAD").out
    assert "told by digests alone" in text
    assert "rows: not told, the content of data/customers.csv is neither in the cache nor in a folder" in text
    assert "files: not told, the list of the files in images" in text


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Give the address at which a folder is served on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class QuietHandler(SimpleHTTPRequestHandler):
    """A server that prints nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_lists_of_a_remote_that_is_no_folder_are_asked_of_dvc(kept: Person) -> None:
    with served(kept.folder.parent / "storage") as address:
        kept.dvc("remote", "modify", "--quiet", "storage", "url", address)
        kept.commit("A remote on a server")
        kept.write("images/3.txt", "picture 0\n")
        (kept.folder / "images/0.txt").unlink()
        kept.dvc("add", "--quiet", "images")
        kept.commit("New pictures")
        shutil.copytree(kept.folder / ".dvc/cache", kept.folder.parent / "storage")  # as dvc push would
        shutil.rmtree(kept.folder / ".dvc/cache")
        one = told(kept, "HEAD~1", "HEAD")["tables"]["images"]
    assert (one["looked_at"], one["files"]["base"], one["files"]["renamed"]) == ("files", 3, 1)
    assert not (kept.folder / ".dvc/cache/files").exists()
    kept.write("images/4.txt", "another\n")
    kept.dvc("add", "--quiet", "images")
    kept.commit("Pictures that nobody pushed")
    shutil.rmtree(kept.folder / ".dvc/cache")
    files = told(kept, "HEAD~1", "HEAD")["tables"]["images"]["files"]
    assert files["reason"].startswith(
        "the list of the files in images is not in the cache, and the remote storage (HTTP) did not give it: dvc list failed"
    )
    assert files["hint"] == "dvc fetch --all-commits images"


def test_without_a_key_rows_are_counted_whole(kept: Person) -> None:
    write_rows(kept.folder / "codes.csv", [["b", "2"], ["b", "2"], ["c", "3"]], ("code", "value"))
    one = told(kept, "HEAD")["tables"]["codes.csv"]
    assert rows(one) == ("whole rows", 2, 1, None)
    write_rows(kept.folder / "codes.csv", [["2", "b"], ["1", "a"]], ("value", "code"))
    assert rows(told(kept, "HEAD")["tables"]["codes.csv"]) == ("whole rows", 0, 0, None)
    assert "every value is the same: only the bytes differ" in kept.mlgit("data", "diff", "HEAD").out


def test_a_key_that_repeats_is_no_key(kept: Person) -> None:
    made = draw(400, 1)
    made[1][0] = made[0][0]
    write_rows(kept.folder / TABLE, made)
    one = told(kept, "HEAD")["tables"]["customers"]
    assert rows(one) == ("whole rows", 1, 1, None)
    assert one["rows"]["note"] == "the key 'customer_id' repeats or is empty in the head"


def test_columns_that_came_left_and_changed_their_type(kept: Person) -> None:
    header = (*HEADER[:1], "years", *HEADER[2:6], "churned")
    made = [[*row[:2], f"{row[2] or '0'} EUR", *row[3:]] for row in draw(400, 1)]
    write_rows(kept.folder / TABLE, made, header)
    one = told(kept, "HEAD")["tables"]["customers"]
    assert [(each["column"], each["state"], each["base"], each["head"]) for each in one["columns"]] == [
        ("age", "removed", "integer", ""),
        ("years", "added", "", "integer"),
        ("income", "type", "float", "string"),
    ]


def test_whole_numbers_written_with_a_fraction_are_the_same_values(kept: Person) -> None:
    made = [[row[0], f"{row[1]}.0", *row[2:]] for row in draw(400, 1)]
    write_rows(kept.folder / TABLE, made)
    one = told(kept, "HEAD")["tables"]["customers"]
    assert rows(one) == ("key", 0, 0, 0)
    assert [(each["column"], each["state"]) for each in one["columns"]] == [("age", "type")]


def test_parquet_beside_csv_and_a_table_that_became_a_folder(kept: Person) -> None:
    import duckdb

    made = changed(draw(400, 1))
    (kept.folder / "data/customers").mkdir()
    for number, part in enumerate((made[:200], made[200:])):
        place = write_rows(kept.folder / "part.csv", part)
        duckdb.sql(
            f"COPY (FROM read_csv('{place}', types={{'churned': 'VARCHAR'}})) TO '{kept.folder}/data/customers/{number}.parquet'"
        )
        place.unlink()
    kept.git("rm", "--quiet", f"{TABLE}.dvc")
    (kept.folder / TABLE).unlink()
    kept.write("mlgit.yaml", CONFIGURATION.replace(TABLE, "data/customers"))
    one = told(kept, "HEAD")["tables"]["customers"]
    assert (one["base"]["kind"], one["head"]["kind"]) == ("file", "folder")
    assert rows(one) == ("key", 40, 1, 2)
    text = kept.mlgit("data", "diff", "HEAD").out
    assert "was data/customers.csv; a file became a folder" in text


def test_a_table_that_was_renamed_added_or_removed(kept: Person) -> None:
    kept.git("mv", f"{TABLE}.dvc", "data/clients.csv.dvc")
    (kept.folder / TABLE).rename(kept.folder / "data/clients.csv")
    kept.write("data/clients.csv.dvc", kept.read("data/clients.csv.dvc").replace("customers", "clients"))
    kept.write("mlgit.yaml", CONFIGURATION.replace(TABLE, "data/clients.csv"))
    assert told(kept, "HEAD")["tables"]["customers"]["state"] == "renamed"
    kept.write("mlgit.yaml", "version: 1\n")
    kept.git("rm", "--quiet", "codes.csv")
    write_rows(kept.folder / "new.csv", [["a", "1"]], ("code", "value"))
    found = told(kept, "HEAD")["tables"]
    assert found["customers"]["state"] == "removed"
    assert (found["codes.csv"]["state"], found["new.csv"]["state"]) == ("removed", "added")


def test_a_table_in_git_that_got_another_name_and_files_that_are_no_tables(kept: Person) -> None:
    kept.write("weights.npy", "first\x00")
    kept.commit("Add weights")
    kept.git("mv", "codes.csv", "words.csv")
    kept.write("weights.npy", "second\x00")
    found = told(kept, "HEAD")["tables"]
    assert (found["words.csv"]["state"], found["words.csv"]["base"]["path"]) == ("renamed", "codes.csv")
    assert "only the bytes differ" not in kept.mlgit("data", "diff", "HEAD").out
    assert found["weights.npy"]["rows"]["reason"].startswith("rows are read of CSV, JSON lines and Parquet")


def test_a_pointer_of_git_lfs_is_not_told(kept: Person) -> None:
    digest = "0" * 64
    kept.write("codes.csv", f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12\n")
    one = told(kept, "HEAD")["tables"]["codes.csv"]
    assert (one["looked_at"], one["rows"]["hint"]) == ("versions", "git lfs pull")


def test_line_ends_are_no_change_of_rows(kept: Person) -> None:
    place = kept.folder / "codes.csv"
    place.write_bytes(place.read_bytes().replace(b"\n", b"\r\n"))
    assert rows(told(kept, "HEAD")["tables"]["codes.csv"]) == ("whole rows", 0, 0, None)
    kept.git("config", "core.autocrlf", "true")
    assert told(kept, "HEAD")["tables"] == {}


def test_a_file_that_is_broken_is_named_and_the_exit_code_is_1(kept: Person) -> None:
    kept.write("codes.csv", "code,value\na,1\nb\n")
    answer = kept.mlgit("data", "diff", "HEAD", exit_code=1)
    assert "not readable: codes.csv:3: " in answer.out
    report = json.loads(kept.mlgit("data", "diff", "HEAD", "--json", exit_code=1).out)
    assert report["errors"][0]["where"] == "codes.csv:3"


def test_only_the_named_table_is_told_even_where_it_is_the_same(kept: Person) -> None:
    write_rows(kept.folder / "codes.csv", [["c", "3"]], ("code", "value"))
    assert list(told(kept, "HEAD", "--table", "codes.csv")["tables"]) == ["codes.csv"]
    assert told(kept, "HEAD", "--table", "customers")["tables"]["customers"]["state"] == "unchanged"
    assert told(kept, "HEAD")["unchanged"] == 2
    answer = kept.mlgit("data", "diff", "HEAD", "--table", "costumers", exit_code=2)
    assert "error[table-unknown]" in answer.err


def test_a_revision_that_is_none(kept: Person) -> None:
    assert "error[revision-unknown]" in kept.mlgit("data", "diff", "nowhere", exit_code=2).err


def test_a_base_without_any_data(kept: Person) -> None:
    kept.git("checkout", "--quiet", "--orphan", "empty")
    kept.git("rm", "--quiet", "-r", "--cached", ".")
    kept.git("commit", "--quiet", "--allow-empty", "--message", "Nothing")
    found = told(kept, "HEAD")["tables"]
    assert {name: one["state"] for name, one in found.items()} == dict.fromkeys(
        ("customers", "images", "codes.csv"), "added"
    )


def test_a_shift_of_what_came_is_found_and_nothing_else(kept: Person) -> None:
    fresh = [[row[0], str(int(row[1]) + 12), *row[2:]] for row in draw(400, 5, first_id=1001)]
    write_rows(kept.folder / TABLE, [*draw(400, 1), *fresh])
    shifts = told(kept, "HEAD")["tables"]["customers"]["shifts"]
    states = {one["column"]: one["state"] for one in shifts["columns"]}
    assert [name for name, state in states.items() if state == "moved"] == ["age"]
    assert (states["customer_id"], states["joined"]) == ("not judged", "not judged")
    (age,) = (one for one in shifts["columns"] if one["column"] == "age")
    assert age["what"] == "mean"
    assert 0.7 < age["low"] < age["effect"] < age["high"] < 1.3
    for form in ("markdown", "html"):
        shown = kept.mlgit("data", "diff", "HEAD", "--format", form).out
        assert "1 of 5 columns moved" in shown


def test_a_number_that_is_another_in_every_row_is_not_judged(kept: Person) -> None:
    table = [[str(number), str(number % 7)] for number in range(300)]
    write_rows(kept.folder / "numbered.csv", table, ("number", "day"))
    kept.commit("Rows with a running number")
    more = [[str(number), str(number % 7)] for number in range(300, 400)]
    write_rows(kept.folder / "numbered.csv", [*table, *more], ("number", "day"))
    shifts = told(kept, "HEAD")["tables"]["numbered.csv"]["shifts"]["columns"]
    assert [(one["column"], one["state"], one["reason"]) for one in shifts] == [
        ("number", "not judged", "it numbers the rows"),
        ("day", "no shift seen", ""),
    ]


def test_few_rows_that_came_are_not_judged(kept: Person) -> None:
    write_rows(kept.folder / TABLE, [*draw(400, 1), *draw(29, 5, first_id=1001)])
    shifts = told(kept, "HEAD")["tables"]["customers"]["shifts"]
    assert {one["state"] for one in shifts["columns"]} == {"not judged"}
    assert "29 rows, at least 30 are needed" in kept.mlgit("data", "diff", "HEAD").out


def test_odd_names_and_values_stay_harmless(kept: Person) -> None:
    header = ("code`|", "<b>\u202e")
    write_rows(kept.folder / "codes.csv", [["a", "1"]], header)
    kept.commit("Odd")
    write_rows(kept.folder / "codes.csv", [["x" * 500, "<script>"]], header)
    page = kept.mlgit("data", "diff", "HEAD", "--format", "html").out
    assert "<script>\n" not in page.replace("<script></script>", "")
    assert "\u202e" not in kept.mlgit("data", "diff", "HEAD~1", "HEAD").out


@pytest.mark.slow
def test_a_million_rows_take_bounded_memory(person: Person) -> None:
    import duckdb

    person.git("init", "--quiet")
    person.write("mlgit.yaml", CONFIGURATION)
    person.write("schemas/customers.yaml", "version: 1\nid: id\ncolumns: {id: {type: integer}}\n")
    (person.folder / "data").mkdir()
    columns = ", ".join(f"(hash(i + {number}) % 100003) / 7.0 AS x{number}" for number in range(8))
    rows = f"SELECT i AS id, {columns}, 'c' || (i % 50) AS city FROM range({{}}) AS t(i)"
    duckdb.sql(f"COPY ({rows.format(1_000_000)}) TO '{person.folder / TABLE}' (FORMAT csv)")
    person.commit("A million rows")
    duckdb.sql(f"COPY ({rows.format('5, 1100000')}) TO '{person.folder / TABLE}' (FORMAT csv)")
    watched = (
        "import resource, sys; from mlgit.cli.main import main; code = main(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    answer = person.run(sys.executable, "-c", watched, "data", "diff", "HEAD")
    assert "1,000,000 -> 1,099,995: 100,000 added, 5 removed, 0 changed; by the key id" in answer.out
    assert int(answer.err.split()[-1]) < 1_600_000


def test_a_list_of_one_column_is_compared_and_a_result_of_a_model_left_to_compare(repository: Person) -> None:
    repository.write(
        "mlgit.yaml", "version: 1\nmodels: {a: {predictions: predictions.csv, artifact: model.csv}}\n"
    )
    repository.write("dvc.yaml", "stages: {}\nplots:\n- roc.csv: {x: a, y: b}\n")
    names = ("stop.csv", "predictions.csv", "model.csv", "roc.csv")
    for name in names:
        repository.write(name, "a\n1\n2\n")
    repository.commit("Start")
    for name in names:
        repository.write(name, "a\n1\n2\n3\n")
    report = told(repository, "HEAD")
    assert list(report["tables"]) == ["stop.csv"]
    assert rows(report["tables"]["stop.csv"]) == ("whole rows", 1, 0, None)
    assert list(told(repository, "HEAD", "--table", "roc.csv")["tables"]) == ["roc.csv"]
