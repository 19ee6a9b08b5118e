"""What the gates need of the base and the cache lacks: named without the head's settings, fetched, then judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.cached_predictions import cached, cloned, trained
from tests.driver import Person

UNDECIDED = 3


@pytest.fixture
def clone(tmp_path: Path) -> Person:
    return cloned(cached(tmp_path / "desk"))


def fetched(clone: Person, *arguments: str) -> str:
    said = clone.mlgit("gate", *(arguments or ("main", "HEAD")), "--needs", "../needs").out
    clone.dvc("--cd", "../needs", "fetch", "--quiet")
    return said


def test_the_baseline_is_fetched_by_its_digest_and_the_gate_decides(clone: Person) -> None:
    assert "not available" in clone.mlgit("gate", "main", "HEAD", exit_code=UNDECIDED).out
    before = clone.contents()
    said = fetched(clone)
    assert "  predictions/test.csv\n" in said
    assert "dvc --cd ../needs fetch" in said
    assert set(clone.contents()) - set(before) == {
        path for path in clone.contents() if path.startswith(".dvc/cache/") and path not in before
    }
    assert (clone.folder.parent / "needs").stat().st_mode & 0o077 == 0
    assert "PASS" in clone.mlgit("gate", "main", "HEAD").out
    again = clone.mlgit("gate", "main", "HEAD", "--needs", "../again").out
    assert again.startswith("nothing has to be fetched")
    assert not (clone.folder.parent / "again").exists()


def test_a_folder_of_predictions_is_fetched_with_its_list(tmp_path: Path) -> None:
    clone = cloned(cached(tmp_path / "desk", out="out/test.csv", output="out"))
    clone.mlgit("gate", "main", "HEAD", exit_code=UNDECIDED)
    fetched(clone)
    assert "PASS" in clone.mlgit("gate", "main", "HEAD").out


def test_an_output_with_a_remote_of_its_own(tmp_path: Path) -> None:
    person = cached(tmp_path / "desk")
    person.git("switch", "--quiet", "main")
    person.dvc("remote", "add", "--quiet", "other", "../other")
    person.write(
        "dvc.yaml",
        person.read("dvc.yaml").replace(
            "outs: [predictions/test.csv]", "outs:\n      - predictions/test.csv: {remote: other}"
        ),
    )
    trained(person, wrong=5)
    person.git("branch", "--force", "better")
    person.git("switch", "--quiet", "better")
    trained(person, wrong=4)
    clone = cloned(person)
    fetched(clone)
    assert "PASS" in clone.mlgit("gate", "main", "HEAD").out


def test_nothing_of_the_head_says_what_is_fetched_or_from_where(tmp_path: Path) -> None:
    person = cached(tmp_path / "desk")
    person.write(
        ".dvc/config",
        "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../evil\n    user = evil\n",
    )
    person.write(".dvc/config.local", "['remote \"storage\"']\n    url = https://evil.example\n")
    person.git("add", "--force", ".dvc/config.local")
    person.write("dvc.lock", person.read("dvc.lock").replace("md5: ", "md5: 0", 1))
    person.write("mlgit.yaml", "version: 1\n")
    person.commit("Point elsewhere")
    place = tmp_path / "ci"
    person.git("clone", "--quiet", "--branch", "better", str(person.folder), str(place))
    clone = Person(place)
    clone.git("branch", "--quiet", "main", "origin/main")
    fetched(clone)
    names = (".dvc/config", ".dvc/config.local", "1.dvc")
    written = {name: (tmp_path / "needs" / name).read_text() for name in names}
    assert "evil" not in "".join(written.values())
    assert clone.git("show", "main:.dvc/config") == written[".dvc/config"].strip()
    assert f"url = {tmp_path / 'storage'}" in written[".dvc/config.local"]
    assert "PASS" not in clone.mlgit("gate", "main", "HEAD", exit_code=None).out


def test_what_this_machine_alone_says_of_the_remote_counts(clone: Person, tmp_path: Path) -> None:
    (tmp_path / "storage").rename(tmp_path / "moved")
    clone.write(".dvc/config.local", "['remote \"storage\"']\n    url = ../../moved\n")
    fetched(clone)
    assert "PASS" in clone.mlgit("gate", "main", "HEAD").out


def test_a_base_without_gates_needs_nothing(repository: Person) -> None:
    repository.commit("Start")
    assert "nothing has to be fetched" in repository.mlgit("gate", "--needs", "../needs").out


def test_a_folder_that_is_there_or_inside_is_refused(clone: Person, tmp_path: Path) -> None:
    (tmp_path / "needs").mkdir()
    answer = clone.mlgit("gate", "main", "HEAD", "--needs", "../needs", exit_code=2)
    assert "../needs is there already" in answer.err
    assert "lies in this repository" in clone.mlgit("gate", "--needs", "a/needs", exit_code=2).err
    assert not (clone.folder / "a").exists()
    assert "nothing to record" in clone.mlgit("gate", "--needs", "../n", "--record", exit_code=2).err


@pytest.mark.parametrize("broken", ["[core\n", "no section = 1\n", "\udcff"])
def test_broken_settings_of_the_base_are_named(tmp_path: Path, broken: str) -> None:
    person = cached(tmp_path / "desk")
    person.git("switch", "--quiet", "main")
    (person.folder / ".dvc/config").write_bytes(broken.encode("utf-8", "surrogateescape"))
    person.commit("Break the settings")
    person.git("branch", "--force", "better")
    clone = tmp_path / "ci"
    person.git("clone", "--quiet", str(person.folder), str(clone))
    answer = Person(clone).mlgit("gate", "main", "HEAD", "--needs", "../needs", exit_code=2)
    assert ".dvc/config" in answer.err
