"""`mlgit demo`: the whole story, and a folder that stays."""

from __future__ import annotations

import pytest

from tests.driver import Person


def test_an_existing_folder_is_left_alone(person: Person) -> None:
    person.write("mlgit-demo/mine.txt", "x")
    answer = person.mlgit("demo", exit_code=2)
    assert "mlgit demo mlgit-demo-2" in answer.err
    assert person.contents() == {"mlgit-demo/mine.txt": b"x"}


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
        "faster-learning",
        "february",
    }
    assert (person.folder / "mlgit-demo" / "comparison.html").stat().st_size > 100_000
    assert "$ mlgit gate main HEAD --at pull_request\n  PASS  main -> HEAD" in answer.err
    comment = (person.folder / "mlgit-demo" / "comment.md").read_text()
    assert comment.startswith("<!-- mlgit")
    assert "roc_auc" in comment
    made.mlgit("compare", "main", "faster-learning")
