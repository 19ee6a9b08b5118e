"""`mlgit data update`: new data come in when they keep their schema; else everything is as it was."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path

import pytest

from tests.driver import Person
from tests.isolation import isolated_environment

HEADER = "id,age,churned\n"
ROWS = [f"{number},{20 + number % 50},{'yes' if number % 3 else 'no'}\n" for number in range(60)]
COPY = "import pathlib, sys; pathlib.Path(sys.argv[2]).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())"


def with_source(command: list[str] | None) -> str:
    source = f", source: {json.dumps(command)}" if command else ""
    return f"version: 1\ndata:\n  people: {{path: data/people.csv, schema: schemas/people.yaml{source}}}\n"


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository with a table that came from the file `origin.csv` beside it, and the schema of it."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "origin.csv").write_text(HEADER + "".join(ROWS))
    (folder / "shop" / "data").mkdir(parents=True)
    person = Person(folder / "shop")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated_environment(tmp_path_factory.mktemp("home")).items():
            patch.setenv(name, value)
        person.git("init", "--quiet", ".")
        person.dvc("init", "--quiet")
        person.write("mlgit.yaml", with_source(None))
        person.dvc("import-url", "--quiet", "../../origin.csv", "data/people.csv")
        person.mlgit("data", "schema", "people", "--target", "churned")
        person.commit("Start")
        yield folder


@pytest.fixture
def shop(made_once: Path, tmp_path: Path) -> Person:
    copy = tmp_path / "made"
    shutil.copytree(made_once, copy)
    return Person(copy / "shop")


def origin(person: Person, text: str) -> None:
    (person.folder.parent / "origin.csv").write_text(text)


def by_command(person: Person) -> None:
    """Let the table come from a command instead of an import."""
    person.write("mlgit.yaml", with_source([sys.executable, "-c", COPY, "../origin.csv", "{path}"]))
    content = (person.folder / "data" / "people.csv").read_bytes()
    digest = md5(content).hexdigest()
    kept = f"outs:\n- {{md5: {digest}, size: {len(content)}, hash: md5, path: people.csv}}\n"
    person.write("data/people.csv.dvc", kept)
    person.commit("A command")


MORE = HEADER + "".join([*ROWS, "60,33,yes\n", "61,34,no\n"])
BAD = HEADER + "".join(["x,not a number,perhaps\n" for _ in range(60)])
both = pytest.mark.parametrize("way", ["import", "command"])


def prepared(person: Person, way: str) -> str:
    if way == "command":
        by_command(person)
    return "command" if way == "command" else "dvc import-url"


def tree(person: Person) -> dict[str, bytes]:
    return {path: content for path, content in person.contents().items() if not path.startswith(".dvc/")}


@both
def test_good_data_come_in(shop: Person, way: str) -> None:
    source = prepared(shop, way)
    origin(shop, MORE)
    answer = shop.mlgit("data", "update", "people")
    assert (
        f"new   people: 60 rows, {len(HEADER + ''.join(ROWS))} B -> 62 rows, {len(MORE)} B from {source}"
        in answer.out
    )
    assert shop.read("data/people.csv") == MORE
    assert shop.git("status", "--porcelain") == "M data/people.csv.dvc"
    assert "data/people.csv.dvc:" not in shop.dvc("status").out
    assert "same  people" in shop.mlgit("data", "update").out


@both
def test_bad_data_leave_everything_as_it_was(shop: Person, way: str) -> None:
    prepared(shop, way)
    before = tree(shop)
    origin(shop, BAD)
    answer = shop.mlgit("data", "update", exit_code=1)
    assert "FAIL  people: 60 rows" in answer.out
    assert "the data break their schema; everything is as it was" in answer.out
    assert "data/people.csv:2" in answer.out
    assert tree(shop) == before
    assert shop.git("status", "--porcelain") == ""
    (one,) = json.loads(shop.mlgit("data", "update", "--json", exit_code=1).out)["tables"]
    assert (one["state"], one["changed"], one["check"]["passed"]) == ("refused", [], False)


@both
def test_a_table_that_is_not_here(shop: Person, way: str) -> None:
    prepared(shop, way)
    (shop.folder / "data" / "people.csv").unlink()
    before = tree(shop)
    origin(shop, BAD)
    shop.mlgit("data", "update", exit_code=1)
    assert tree(shop) == before
    origin(shop, MORE)
    shop.mlgit("data", "update")
    assert shop.read("data/people.csv") == MORE


@both
def test_a_source_that_fails_leaves_everything_as_it_was(shop: Person, way: str) -> None:
    prepared(shop, way)
    before = tree(shop)
    (shop.folder.parent / "origin.csv").unlink()
    answer = shop.mlgit("data", "update", exit_code=4)
    said = {"import": "does not exist", "command": "the source of people failed: FileNotFoundError"}
    assert said[way] in answer.err
    assert tree(shop) == before


@both
def test_a_table_that_was_changed_by_hand_is_not_lost(shop: Person, way: str) -> None:
    prepared(shop, way)
    (shop.folder / "data" / "people.csv").unlink()
    shop.write("data/people.csv", HEADER)
    origin(shop, MORE)
    answer = shop.mlgit("data", "update", exit_code=2)
    assert "is not what its .dvc file says, and would be lost" in answer.err
    assert shop.read("data/people.csv") == HEADER


def test_a_command_that_writes_nothing(shop: Person) -> None:
    by_command(shop)
    shop.write("mlgit.yaml", with_source([sys.executable, "-c", "pass", "{path}"]))
    answer = shop.mlgit("data", "update", exit_code=4)
    assert "it wrote no {path}" in answer.err


def test_two_sources(shop: Person) -> None:
    shop.write("mlgit.yaml", with_source(["fetch", "{path}"]))
    answer = shop.mlgit("data", "update", exit_code=2)
    assert "people has a source: and was brought by dvc import-url" in answer.err


def test_no_shell_stands_between(shop: Person) -> None:
    by_command(shop)
    shop.write(
        "mlgit.yaml", with_source([sys.executable, "-c", COPY, "../origin.csv", "{path}", "; touch ../evil"])
    )
    origin(shop, MORE)
    shop.mlgit("data", "update")
    assert sorted(path.name for path in shop.folder.parent.iterdir()) == ["origin.csv", "shop"]


def test_a_table_that_git_keeps(shop: Person) -> None:
    by_command(shop)
    text = shop.read("data/people.csv")
    shop.git("rm", "--quiet", "data/people.csv.dvc", "data/.gitignore")
    (shop.folder / "data" / "people.csv").unlink(missing_ok=True)
    shop.write("data/people.csv", text)
    shop.commit("In Git")
    origin(shop, MORE)
    assert "changed: data/people.csv\n" in shop.mlgit("data", "update").out
    assert shop.read("data/people.csv") == MORE


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        (with_source(["fetch", "somewhere"]), (), "source has to name the file to write by {path}"),
        (with_source(None), ("nobody",), "there is no table 'nobody'"),
    ],
)
def test_bad_input(shop: Person, text: str, arguments: tuple[str, ...], said: str) -> None:
    shop.write("mlgit.yaml", text)
    assert said in shop.mlgit("data", "update", *arguments, exit_code=2).err


def test_nothing_tells_where_it_comes_from(shop: Person) -> None:
    shop.write("data/people.csv.dvc", "outs:\n- md5: " + "a" * 32 + "\n  path: people.csv\n")
    answer = shop.mlgit("data", "update", exit_code=2)
    assert "nothing tells where people comes from" in answer.err
