"""Where DVC is set up, how it calls things there, and which root is trained first."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.errors import UsageError
from mlgit.project.roots import by_root, from_the_top, in_turn, roots_among, within


def test_a_path_is_held_by_the_nearest_root(tmp_path: Path) -> None:
    for place in (".dvc", "a/.dvc", "a/b/c/.dvc"):
        (tmp_path / place).mkdir(parents=True)
    paths = ["dvc.yaml", "a/dvc.yaml", "a/b/dvc.yaml", "a/b/c/dvc.yaml", "ab/dvc.yaml"]
    assert by_root(tmp_path, paths) == {
        "": ["dvc.yaml", "ab/dvc.yaml"],
        "a": ["a/dvc.yaml", "a/b/dvc.yaml"],
        "a/b/c": ["a/b/c/dvc.yaml"],
    }
    assert by_root(tmp_path / "ab", ["dvc.yaml"]) == {"": ["dvc.yaml"]}, (
        "none: the top, where DVC says so itself"
    )


def test_what_git_holds_tells_the_roots() -> None:
    assert roots_among(["b/.dvc/config", ".dvc/config", "a.dvc/config", "b/x.dvc"]) == ["", "b"]
    assert roots_among(["x.dvc"]) == [""]


@pytest.mark.parametrize(
    ("root", "there", "here"),
    [
        ("", "train", "train"),
        ("a/b", "train", "a/b/dvc.yaml:train"),
        ("a/b", "c/dvc.yaml:train@1.5", "a/b/c/dvc.yaml:train@1.5"),
        ("a/b", "raw/x.csv.dvc", "a/b/raw/x.csv.dvc"),
    ],
)
def test_names_of_a_root_are_told_from_the_top_and_back(root: str, there: str, here: str) -> None:
    assert from_the_top(root, there) == here
    assert within(root, here) == (f"dvc.yaml:{there}" if root and there == "train" else there)


def test_the_root_that_others_read_from_is_trained_first() -> None:
    roots = {"a": ["a", "a/x"], "b": ["b"], "c": ["c"]}
    uses = {"a": ["b"], "a/x": ["a"], "b": ["c", "nowhere"]}
    assert in_turn(roots, uses) == ["c", "b", "a"]
    with pytest.raises(UsageError, match="DVC is set up in a and b and c, and the pipelines there read"):
        in_turn(roots, {**uses, "c": ["a/x"]})
