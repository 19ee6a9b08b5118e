"""`mlgit demo`: the whole story, and a folder that stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.driver import Person


def break_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Git refuse to start, so that the first step of the story fails."""
    configuration = tmp_path / "gitconfig"
    configuration.write_text("[broken\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configuration))


def test_an_existing_folder_is_left_alone(person: Person) -> None:
    person.write("mlgit-demo/mine.txt", "x")
    answer = person.mlgit("demo", exit_code=2)
    assert "mlgit demo mlgit-demo-2" in answer.err
    assert person.contents() == {"mlgit-demo/mine.txt": b"x"}


def test_a_folder_asked_for_inside_a_repository_is_refused_before_anything_is_written(
    repository: Person,
) -> None:
    before = repository.contents()
    answer = repository.mlgit("demo", "here", exit_code=2)
    assert answer.err.startswith("error[demo-inside-repository]: ")
    assert f"hint: mlgit demo {repository.folder.parent / 'mlgit-demo'}\n" in answer.err
    assert repository.contents() == before


def test_inside_a_repository_it_plays_beside_it_and_a_step_that_fails_leaves_nothing(
    repository: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_git(tmp_path, monkeypatch)
    before = repository.contents()
    repository.write("deep/below/file.txt", "x")
    place = repository.folder.parent / "mlgit-demo"
    answer = repository.into("deep", "below").mlgit("demo", exit_code=4)
    assert f"The story is played in {place}\n" in answer.err
    assert "error[demo-step-failed]: mlgit init tumours" in answer.err
    assert f"{place} was removed again\n" in answer.err
    assert not place.exists()
    assert repository.contents() == {**before, "deep/below/file.txt": b"x"}


def test_folders_made_on_the_way_are_removed_too(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_git(tmp_path, monkeypatch)
    person.mlgit("demo", "some/where", exit_code=4)
    assert list(person.folder.iterdir()) == []


@pytest.mark.slow
def test_the_whole_story(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name)
    answer = person.mlgit("demo")
    assert "$ mlgit init tumours --data january/tumours.csv --target diagnosis --no-input" in answer.err
    assert "the data" not in answer.out
    made = person.into("mlgit-demo", "tumours")
    assert made.git("status", "--porcelain") == ""
    assert set(made.git("branch", "--format=%(refname:short)").split()) == {
        "main",
        "boosting",
        "february",
    }
    assert (person.folder / "mlgit-demo" / "comparison.html").stat().st_size > 100_000
    assert "$ mlgit gate main HEAD --at pull_request\n  UNDECIDED: main -> HEAD" in answer.err
    comment = (person.folder / "mlgit-demo" / "comment.md").read_text()
    assert comment.startswith("<!-- mlgit")
    assert "roc_auc" in comment
    made.mlgit("compare", "main", "boosting")
    assert "  cd mlgit-demo/tumours\n" in answer.out
