"""Every table and place that cannot become a repository: one sentence, a hint, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.driver import Person

ROWS = "".join(f"{n},{n % 7},{'yes' if n % 3 else 'no'}\n" for n in range(60))
GOOD = "size,age,churned\n" + ROWS

BAD_TABLES: dict[str, tuple[bytes, str]] = {
    "no such target": (GOOD.replace("churned", "churn_flag").encode(), "churn_flag"),
    "constant target": (
        ("size,age,churned\n" + "".join(f"{n},{n % 7},yes\n" for n in range(60))).encode(),
        "churned",
    ),
    "empty file": (b"", "empty"),
    "header only": (b"size,age,churned\n", "no row"),
    "one column": (("churned\n" + "yes\nno\n" * 30).encode(), "column"),
    "duplicate header": (("size,size,churned\n" + ROWS).encode(), "size"),
    "blank header": (("size,,churned\n" + ROWS).encode(), "name"),
    "one broken letter": (
        ("size,age,churned\n" + ROWS.replace("yes", "Müller")).encode() + b"1,2,M\xfcller\n",
        "UTF-8",
    ),
    "utf-16 without a mark": (GOOD.encode("utf-16-le"), "UTF-8"),
    "a database": (b"SQLite format 3\0" + bytes(1000), "database"),
    "json of no table": (b'{"status": "error"}', "records"),
    "broken json": (b'[{"size": 1', "records"),
    "ragged": ((GOOD + "1,2\n").encode(), ":62"),
    "too many fields": ((GOOD + "1,2,yes,4\n").encode(), ":62"),
    "all labels missing": (
        ("size,age,churned\n" + "".join(f"{n},{n % 7},\n" for n in range(60))).encode(),
        "churned",
    ),
    "a label of its own for each row": (
        ("size,age,churned\n" + "".join(f"{n % 5},{n % 7},name-{n}\n" for n in range(60))).encode(),
        "churned",
    ),
    "git lfs pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12\n",
        "LFS",
    ),
    "merge conflict": (
        (GOOD + "<<<<<<< HEAD\n1,2,yes\n=======\n1,2,no\n>>>>>>> other\n").encode(),
        "conflict",
    ),
    "binary": (bytes(range(256)) * 40, "table.csv"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_refused_with_a_cure(person: Person, name: str) -> None:
    content, word = BAD_TABLES[name]
    (person.folder / "table.csv").write_bytes(content)
    refused(person, "table.csv", word)


def refused(person: Person, file: str, word: str, *more: str) -> None:
    before = sorted(path.name for path in person.folder.iterdir())
    answer = person.mlgit(
        "init", "p", "--data", file, "--target", "churned", "--no-input", *more, exit_code=None
    )
    assert answer.exit_code in (2, 4), str(answer)
    lines = answer.err.strip().splitlines()
    assert lines[0].startswith("error["), str(answer)
    assert any(line.startswith("hint: ") for line in lines), str(answer)
    assert word in answer.err, str(answer)
    assert sorted(path.name for path in person.folder.iterdir()) == before


def test_a_file_of_a_gigabyte_has_a_remedy(person: Person) -> None:
    with (person.folder / "huge.csv").open("wb") as stream:
        stream.write(GOOD.encode())
        stream.truncate(1_000_000_001)
    refused(person, "huge.csv", "--sample")


def test_a_truncated_parquet_file(person: Person) -> None:
    (person.folder / "table.parquet").write_bytes(b"PAR1" + b"\x15\x04" * 200)
    refused(person, "table.parquet", "table.parquet")


def test_missing_file_and_folder(person: Person) -> None:
    refused(person, "nowhere.csv", "nowhere.csv")
    (person.folder / "folder.csv").mkdir()
    refused(person, "folder.csv", "folder")


def test_wrong_usage(person: Person) -> None:
    person.write("table.csv", GOOD)
    assert "--target" in person.mlgit("init", "p", "--data", "table.csv", "--no-input", exit_code=2).err
    assert "--data" in person.mlgit("init", "p", "--target", "churned", "--no-input", exit_code=2).err
    refused(person, "table.csv", "ftp", "--remote", "ftp://example.org/x")
    refused(person, "table.csv", "password", "--remote", "ssh://me:secret@example.org/x")
    refused(person, "table.csv", "sample", "--sample", "0")
    assert not (person.folder / "p").exists()


def test_places_that_do_not_fit(person: Person) -> None:
    person.write("taken", "a file")
    assert "is a file" in person.mlgit("init", "taken", "--no-input", exit_code=2).err
    person.git("init", "--quiet", "outer")
    assert "inside the repository" in person.mlgit("init", "outer/inner", "--no-input", exit_code=2).err
    assert not (person.folder / "outer" / "inner").exists()
    person.write("notes/readme.txt", "hello")
    assert "--data" in person.mlgit("init", "notes", "--no-input", exit_code=2).err
    assert [path.name for path in (person.folder / "notes").iterdir()] == ["readme.txt"]


def test_a_folder_that_cannot_be_written(person: Person, tmp_path: Path) -> None:
    person.write("file", "x")
    answer = person.mlgit("init", "file/below", "--no-input", exit_code=None)
    assert answer.exit_code in (2, 4)
    assert person.read("file") == "x"


def test_a_folder_beside_a_repository_is_not_inside_it(person: Person) -> None:
    """Asked from inside the repository: the path is what it leads to, not what it says."""
    (person.folder / "outer").mkdir()
    inside = person.into("outer")
    inside.git("init", "--quiet")
    answer = inside.mlgit(
        "init", "../other", "--data", "missing.csv", "--target", "x", "--no-input", exit_code=2
    )
    assert "inside the repository" not in answer.err
    assert "missing.csv" in answer.err
    assert "inside the repository" in inside.mlgit("init", "../outer/x", "--no-input", exit_code=2).err


@pytest.mark.parametrize(
    "address", ["ssh://me:pw12345@host/p", "s3://id:pw12345@bucket/p", "azure://c?sig=pw12345"]
)
def test_an_address_with_a_secret_is_refused_and_nowhere_kept(person: Person, address: str) -> None:
    person.write("t.csv", GOOD)
    words = ("--data", "t.csv", "--target", "churned", "--remote", address, "--no-input")
    answer = person.mlgit("init", "made", *words, exit_code=2)
    assert "error[remote-secret]" in answer.err
    assert "pw12345" not in answer.out + answer.err
    assert [one for one in person.contents() if one != "t.csv"] == []
