"""Each table that is refused says a cure; here each is carried out, and the table is one then."""

from __future__ import annotations

import bz2
import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import Struct

from mlgit.data import split
from mlgit.data.asked import Asked
from mlgit.data.imported import imported
from mlgit.data.profiling import profile_file
from mlgit.errors import UsageError

HEAD = "size,age,note,churned\n"
ROWS = [f"{n * 7 % 61},{n % 7},w{n % 5},{'yes' if n % 3 else 'no'}\n" for n in range(120)]
GOOD = HEAD + "".join(ROWS)


class Look(Struct, frozen=True, kw_only=True):
    """What a person names: a file, its target and what they say of it."""

    file: str = "t.csv"
    target: str = "churned"
    query: str = ""
    asked: Asked = Asked()
    largest: int = 1_000_000_000


class Bad(NamedTuple):
    """A table that is refused: its content, the code of the error, and what a person does who reads the hint."""

    content: bytes
    code: str
    cure: Callable[[Path, str, Look], Look]
    look: Look = Look()


def look_at(folder: Path, look: Look) -> None:
    """Go the way of `mlgit init`: read, look, draw the test set."""
    read = imported(folder / look.file, folder / "made", look.file, look.query, look.largest)
    profile = profile_file(read.path, look.target, shown=look.file, asked=look.asked)
    assert split.split_file(read.path, profile, shown=look.file)


def command(folder: Path, hint: str, look: Look) -> Look:
    """Run the command that the hint is, and look at what it writes."""
    line = hint.partition(": ")[2] if hint.startswith(("take it out", "export")) else hint
    line = line.partition("   (")[0]
    subprocess.run(("bash", "-ec", line), cwd=folder, check=True, capture_output=True)
    written = line.partition(" > ")[2].strip("'")
    return Look(file=written or look.file, target=look.target)


def written(content: str, **changed: str) -> Callable[[Path, str, Look], Look]:
    """Return a cure that is done by hand: the table is written so, and these words of the hint say it."""

    def cure(folder: Path, hint: str, look: Look) -> Look:
        assert changed["said"] in hint
        (folder / changed.get("file", look.file)).write_text(content, encoding="utf-8")
        return Look(file=changed.get("file", look.file), target=changed.get("target", look.target))

    return cure


def fetched(folder: Path, hint: str, look: Look) -> Look:
    """Fetch the file again."""
    assert "fetch" in hint
    (folder / look.file).write_text(GOOD, encoding="utf-8")
    return look


def target(name: str, said: str) -> Callable[[Path, str, Look], Look]:
    """Return a cure that names another target."""

    def cure(_: Path, hint: str, look: Look) -> Look:
        assert said in hint
        return Look(file=look.file, target=name)

    return cure


def plainly(_: Path, hint: str, look: Look) -> Look:
    """Leave out what was said."""
    assert "leave --" in hint or "out of the options" in hint
    return Look(file=look.file, target=look.target)


def queried(_: Path, hint: str, look: Look) -> Look:
    """Ask with the query of the hint."""
    return Look(file=look.file, query=hint.removeprefix("--query '").removesuffix("'"))


def meant(_: Path, hint: str, look: Look) -> Look:
    """Drop the column that was meant."""
    del look
    return Look(asked=Asked(drop=(hint.removeprefix("did you mean '").removesuffix("'?"),)))


def smaller(_: Path, hint: str, look: Look) -> Look:
    """Start with a part of the file."""
    assert "--sample" in hint
    return Look(file=look.file)


def beside(_: Path, hint: str, look: Look) -> Look:
    """Name the file that was meant."""
    return Look(file=hint.removeprefix("did you mean ").removesuffix("?"))


def column(values: list[str]) -> str:
    """Return the table with other labels."""
    return HEAD + "".join(
        f"{row.rpartition(',')[0]},{value}\n" for row, value in zip(ROWS, values, strict=True)
    )


LATIN = GOOD.replace("w1", "Köln").encode("latin-1")
RECORDS = json.dumps(
    [dict(zip(HEAD.strip().split(","), row.strip().split(","), strict=True)) for row in ROWS]
)
BAD: dict[str, Bad] = {
    "another target": Bad(
        GOOD.encode(), "data-target-unknown", target("churned", "'churned'"), Look(target="churn")
    ),
    "no such column": Bad(
        GOOD.encode(),
        "data-column-unknown",
        meant,
        Look(asked=Asked(drop=("nots",))),
    ),
    "the target in an option": Bad(
        GOOD.encode(), "data-column-target", plainly, Look(asked=Asked(drop=("churned",)))
    ),
    "numbers as words": Bad(GOOD.encode(), "data-column-kind", plainly, Look(asked=Asked(text=("age",)))),
    "a regression of words": Bad(GOOD.encode(), "data-task", plainly, Look(asked=Asked(task="regression"))),
    "a constant target": Bad(
        column(["yes"] * 120).encode(), "data-target-constant", target("age", "another column")
    ),
    "no label at all": Bad(column([""] * 120).encode(), "data-target-empty", target("age", "another column")),
    "a name in each row": Bad(
        column([f"name-{n}" for n in range(120)]).encode(), "data-target-id", target("age", "values repeat")
    ),
    "dates to predict": Bad(
        column([f"2026-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(120)]).encode(),
        "data-target-date",
        written(column([str(n % 31) for n in range(120)]), said="number of days"),
    ),
    "five rows": Bad(
        (HEAD + "".join(ROWS[:5])).encode(), "data-too-few-rows", written(GOOD, said="add rows")
    ),
    "one column": Bad(
        b"churned\n" + b"yes\nno\n" * 30, "data-one-column", written(GOOD, said="divided by a comma")
    ),
    "nothing": Bad(b"", "data-empty", fetched),
    "blanks": Bad(b"\n\n \n", "data-blank-header", written(GOOD, said="write a header")),
    "a header alone": Bad(HEAD.encode(), "data-no-rows", fetched),
    "a name twice": Bad(
        GOOD.replace("age", "size", 1).encode(), "data-duplicate-header", written(GOOD, said="rename")
    ),
    "a column without a name": Bad(
        GOOD.replace("age", "", 1).encode(), "data-blank-header", written(GOOD, said="name it")
    ),
    "a broken letter": Bad(
        GOOD.replace("w1", "Köln").encode() + b"1,2,K\xf6ln,yes\n", "data-encoding", command
    ),
    "utf-16 without its mark": Bad(
        GOOD.encode("utf-16-le"), "data-binary", written(GOOD, said="CSV in UTF-8")
    ),
    "a short line": Bad((GOOD + "1,2\n").encode(), "data-ragged", written(GOOD, said="cut off")),
    "a delimiter in a value": Bad(
        (GOOD + "1,2,a,b,yes\n").encode(), "data-ragged", written(GOOD + '1,2,"a,b",yes\n', said="in quotes")
    ),
    "a quote in a value": Bad(
        (GOOD + '1,2,"say "ho" to",yes\n').encode(),
        "data-quotes",
        written(GOOD + '1,2,"say ""ho"" to",yes\n', said="written twice"),
    ),
    "an empty line": Bad(
        (HEAD + "".join(ROWS[:9]) + "\n" + "".join(ROWS[9:])).encode(), "data-blank-line", command
    ),
    "two kinds of line ends": Bad(
        (HEAD + "".join(ROWS[:50])).encode() + "".join(ROWS[50:]).replace("\n", "\r\n").encode(),
        "data-line-ends",
        command,
    ),
    "returns that stand alone": Bad(
        (HEAD + "".join(ROWS[:50])).encode() + "".join(ROWS[50:]).replace("\n", "\r").encode(),
        "data-line-ends",
        command,
    ),
    "bzip2": Bad(
        bz2.compress(GOOD.encode()),
        "data-packed",
        lambda folder, hint, look: Look(file=command(folder, hint, look).file.removesuffix(".bz2")),
        Look(file="t.csv.bz2"),
    ),
    "a pickle": Bad(
        b"\x80\x04\x95" + bytes(50),
        "data-packed",
        written(GOOD, said="as CSV", file="t.csv"),
        Look(file="t.pkl"),
    ),
    "a page": Bad(b"<!DOCTYPE html><html><body>Sign in</body></html>", "data-other-format", fetched),
    "a page in place of JSON": Bad(
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        "data-other-format",
        written(RECORDS, said="fetch the file itself", file="t.json"),
        Look(file="t.json"),
    ),
    "XML": Bad(b"<?xml version='1.0'?><rows/>", "data-other-format", written(GOOD, said="as CSV")),
    "JSON without rows": Bad(
        b'{"status": "error"}',
        "data-json",
        written(RECORDS, said="list of records", file="t.json"),
        Look(file="t.json"),
    ),
    "JSON that is cut off": Bad(
        b'[{"size": 1',
        "data-json",
        written(RECORDS, said="list of records", file="t.json"),
        Look(file="t.json"),
    ),
    "Parquet that is cut off": Bad(
        b"PAR1" + b"\x15\x04" * 200, "data-truncated", fetched, Look(file="t.csv")
    ),
    "a pointer of LFS": Bad(
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n",
        "data-lfs-pointer",
        written(GOOD, said="git lfs pull --include t.csv"),
    ),
    "another name": Bad(GOOD.encode(), "data-missing", beside, Look(file="tt.csv")),
    "too large": Bad(
        GOOD.encode(),
        "data-too-large",
        smaller,
        Look(largest=100),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_the_cure_of_a_bad_table_works(name: str, tmp_path: Path) -> None:
    content, code, cure, look = BAD[name]
    (tmp_path / "made").mkdir()
    (tmp_path / ("t.csv" if name == "another name" else look.file)).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        look_at(tmp_path, look)
    assert caught.value.code == code
    assert "\n" not in caught.value.message
    assert caught.value.hint
    look_at(tmp_path, cure(tmp_path, caught.value.hint, look))


def test_the_tables_of_a_database_are_named(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("CREATE TABLE people (size, age, note, churned)")
        connection.executemany(
            "INSERT INTO people VALUES (?, ?, ?, ?)", [row.strip().split(",") for row in ROWS]
        )
    connection.close()
    look = Look(file="t.db")
    with pytest.raises(UsageError) as caught:
        look_at(tmp_path, look)
    look_at(tmp_path, queried(tmp_path, caught.value.hint, look))


def test_a_merge_that_stands_in_the_table(tmp_path: Path) -> None:
    def git(*words: str, fails: bool = False) -> None:
        done = subprocess.run(("git", *words), cwd=tmp_path, check=False, capture_output=True)
        assert (done.returncode != 0) == fails, done.stderr

    git("init", "--quiet")
    for branch, row in (("start", "1,1,w1,no\n"), ("theirs", "2,2,w2,no\n"), ("ours", "3,3,w3,no\n")):
        git(
            "switch",
            "--quiet",
            *(("--create", branch) if branch != "ours" else ("--create", branch, "start")),
        )
        (tmp_path / "t.csv").write_text(GOOD + row)
        git("add", "t.csv")
        git("commit", "--quiet", "--message", branch)
    git("merge", "theirs", fails=True)
    (tmp_path / "made").mkdir()
    with pytest.raises(UsageError) as caught:
        look_at(tmp_path, Look())
    assert caught.value.code == "data-conflict"
    look_at(tmp_path, command(tmp_path, caught.value.hint, Look()))
    assert (tmp_path / "t.csv").read_text() == GOOD + "3,3,w3,no\n"
