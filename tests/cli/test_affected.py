"""`mlgit affected` on real repositories: what changed, and every doubt on the side of running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.driver import Person
from tests.workflows.small import code_only, with_model

NONE = "0" * 40


def decision(person: Person, *arguments: str) -> dict[str, object]:
    value = json.loads(person.mlgit("affected", *arguments, "--json").out)
    return {name: value[name] for name in ("code", "data", "model")}


def test_a_test_of_code_concerns_the_code(tmp_path: Path) -> None:
    person = code_only(tmp_path / "desk")
    answer = person.mlgit("affected", "main")
    assert "tests/code/test_more.py: code (it tests the code)" in answer.out
    assert decision(person) == {"code": True, "data": False, "model": False}
    assert decision(person, "main", "main") == {"code": False, "data": False, "model": False}


def test_a_parameter_concerns_data_and_model(tmp_path: Path) -> None:
    person = with_model(tmp_path / "desk")
    assert decision(person, "main") == {"code": False, "data": True, "model": True}
    assert json.loads(person.mlgit("affected", "main", "--json").out)["models"] == ["small"]


def test_what_the_base_gained_meanwhile_is_no_change_of_ours(tmp_path: Path) -> None:
    person = with_model(tmp_path / "desk")
    person.git("switch", "--quiet", "--create", "words", "main")
    person.write("README.md", "words\n")
    person.commit("Words")
    person.git("switch", "--quiet", "main")
    person.write("train.py", "print('other')\n")
    person.commit("Another trainer")
    person.git("switch", "--quiet", "words")
    assert decision(person, "main") == {"code": False, "data": False, "model": False}


@pytest.mark.parametrize("base", [NONE, "f" * 40, "no-such-branch", "--upload-pack=x"])
def test_a_base_that_is_not_here_makes_everything_concerned(tmp_path: Path, base: str) -> None:
    person = with_model(tmp_path / "desk")
    answer = person.mlgit("affected", "--json", "--", base)
    value = json.loads(answer.out)
    assert (value["code"], value["data"], value["model"], value["models"]) == (True, True, True, ["small"])
    assert value["doubt"]


def test_a_shallow_clone_and_histories_without_a_common_commit(tmp_path: Path) -> None:
    person = with_model(tmp_path / "desk")
    person.git("clone", "--quiet", "--depth", "1", person.folder.as_uri(), str(tmp_path / "shallow"))
    shallow = Person(tmp_path / "shallow")
    assert "shallow" in shallow.mlgit("affected", "HEAD").out
    person.git("switch", "--quiet", "--orphan", "other")
    person.write("mlgit.yaml", "version: 1\n")
    person.commit("Another beginning")
    assert "no commit in common" in person.mlgit("affected", "main").out


def test_broken_files_make_everything_concerned(tmp_path: Path) -> None:
    person = with_model(tmp_path / "desk")
    person.write("dvc.yaml", "stages: [\n")
    person.commit("Break it")
    assert "dvc.yaml" in person.mlgit("affected", "main").out
    assert decision(person, "main") == {"code": True, "data": True, "model": True}
    person.write("mlgit.yaml", "version: 9\n")
    person.commit("Break more")
    assert decision(person, "main") == {"code": True, "data": True, "model": True}


def test_a_repository_without_models_has_none_concerned(repository: Person) -> None:
    repository.write("a.py", "")
    repository.commit("Start")
    assert decision(repository, NONE) == {"code": True, "data": False, "model": False}


def test_the_decision_goes_to_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    person = code_only(tmp_path / "desk")
    assert "error[github-output]" in person.mlgit("affected", "main", "--github-output", exit_code=2).err
    output = tmp_path / "output"
    output.write_text("before=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    person.mlgit("affected", "main", "--github-output")
    assert output.read_text() == "before=1\ncode=true\ndata=false\nmodel=false\nbase=main\njobs=[]\n"
