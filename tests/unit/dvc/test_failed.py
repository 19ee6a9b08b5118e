"""What is told of a command of DVC that failed: the line that names the file."""

from __future__ import annotations

import pytest

from mlgit.dvc.command import failed


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ERROR: no space\nmore", "dvc add failed: no space"),
        ("'./data/a.csv.dvc' is invalid.\n  while parsing\nat line 3", "dvc add failed: './data/a.csv.dvc' is invalid."),
        ("'dvc.yaml' validation failed.\nextra keys", "dvc add failed: 'dvc.yaml' validation failed."),
        ("one\n\nlast words\n", "dvc add failed: last words"),
        ("", "dvc add failed: exit code 7"),
    ],
)  # fmt: skip
def test_the_line_that_tells(said: str, told: str) -> None:
    assert failed("add", said, 7).message == told
