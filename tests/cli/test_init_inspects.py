"""What `init` finds in a repository that it adopts: what mlgit.yaml takes over, what will be green, what mends the rest."""

from __future__ import annotations

import pytest

from tests.driver import Person

PIPELINE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    outs: [model.txt]
"""
LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - {path: train.py, hash: md5, md5: a0000000000000000000000000000000, size: 1}
    outs:
    - {path: model.txt, hash: md5, md5: b0000000000000000000000000000000, size: 1}
"""
CML = """\
name: cml
on: push
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - run: |
          dvc repro
          cml comment create report.md
"""
THEIRS = {
    ".dvc/config": "",
    "dvc.yaml": PIPELINE,
    "dvc.lock": LOCK,
    "train.py": "print(1)\n",
    "pyproject.toml": '[project]\nname = "churn"\nrequires-python = ">=3.9,<3.11"\ndependencies = ["pandas"]\n',
    "uv.lock": "version = 1\n",
    "tests/test_train.py": "def test_sum():\n    assert 1 + 1 == 2\n",
    ".github/workflows/cml.yaml": CML,
    ".gitignore": "*.json\n/.mlgit/install/\n",
}


@pytest.fixture
def theirs(person: Person) -> Person:
    """A person in a repository of somebody who never heard of mlgit."""
    person.git("init", "--quiet", ".")
    for path, text in THEIRS.items():
        person.write(path, text)
    person.commit("Mine")
    return person


def test_what_the_repository_says_goes_into_mlgit_yaml(theirs: Person) -> None:
    theirs.mlgit("init", "--no-input")
    assert 'ci:\n  python: "3.10"\n  requirements: pyproject.toml\n' in theirs.read("mlgit.yaml")
    setup = theirs.read(".github/actions/mlgit-setup/action.yml")
    assert 'python-version: "3.10"' in setup
    assert 'UV_PYTHON=3.12 uv venv --quiet "$TOOLS"' in setup
    assert 'default: "pyproject.toml"' in setup
    assert "REQUIREMENTS: ${{ inputs.requirements }}" in setup


def test_init_says_what_will_be_green_and_what_mends_the_rest(theirs: Person) -> None:
    said = theirs.mlgit("init", "--no-input").out
    assert "Python: 3.10, as pyproject.toml says" in said
    assert "packages: the dependencies of pyproject.toml" in said
    assert "uv export --format requirements-txt --output-file requirements.lock" in said
    assert "tests: mlgit check code runs those in tests\n" in said
    assert "workflows: .github/workflows/cml.yaml calls cml and dvc, as mlgit-ci does now" in said
    assert "model, not green yet: 1 of 1 stage out of date: train" in said
    assert "ignored, not green yet: Git ignores .mlgit/" in said
    assert "git add --force .mlgit\n" in said


def test_the_command_that_init_names_brings_what_git_ignores(theirs: Person) -> None:
    theirs.mlgit("init", "--no-input")
    theirs.git("add", "--all")
    assert ".mlgit/install/jobs.txt" not in theirs.git("diff", "--cached", "--name-only")
    theirs.git("add", "--force", ".mlgit")
    staged = theirs.git("diff", "--cached", "--name-only").splitlines()
    assert {".mlgit/install/jobs.txt", ".mlgit/schema/mlgit.schema.json"} <= set(staged)


def test_tests_that_are_not_kept_apart_are_tests_of_the_code(theirs: Person) -> None:
    theirs.mlgit("init", "--no-input")
    assert "passed   code   tests: 1 passed" in theirs.mlgit("check", "code").out
    theirs.write("tests/test_train.py", "def test_sum():\n    assert 1 + 1 == 3\n")
    assert "python -m pytest tests\n" in theirs.mlgit("check", "code", exit_code=1).out
    theirs.write("tests/code/test_more.py", "def test_more():\n    assert True\n")
    assert "tests/code" in theirs.mlgit("check", "code").out
