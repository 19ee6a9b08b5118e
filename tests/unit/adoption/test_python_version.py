"""The Python that a repository is written for, from each file in which people say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from mlgit.adoption.python_version import MINORS, allowed, python_version
from tests.unit.adoption.files import standing


@pytest.mark.parametrize(
    ("files", "version", "path"),
    [
        ({".python-version": "3.10.4\n"}, "3.10", ".python-version"),
        ({".python-version": "cpython-3.9\n"}, "3.9", ".python-version"),
        ({"runtime.txt": "python-3.8.12"}, "3.8", "runtime.txt"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.9"\n'}, "3.12", "pyproject.toml"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.8,<3.11"\n'}, "3.10", "pyproject.toml"),
        ({"pyproject.toml": '[project]\nrequires-python = ">=3.13"\n'}, "3.13", "pyproject.toml"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"\n'}, "3.12", "pyproject.toml"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "~3.9"\n'}, "3.9", "pyproject.toml"),
        ({"setup.cfg": "[options]\npython_requires = >=3.7, <3.9\n"}, "3.8", "setup.cfg"),
        ({"setup.py": "setup(python_requires='==3.10.*')"}, None, ""),
        ({"environment.yml": "dependencies:\n  - python=3.9\n  - numpy\n"}, "3.9", "environment.yml"),
        ({"environment.yml": "dependencies:\n  - python>=3.10\n"}, "3.12", "environment.yml"),
        (
            {".github/workflows/train.yml": 'with:\n  python-version: "3.8"  # old\n'},
            "3.8",
            ".github/workflows/train.yml",
        ),
        (
            {".python-version": "3.9", "pyproject.toml": '[project]\nrequires-python = ">=3.11"\n'},
            "3.9",
            ".python-version",
        ),
        ({".python-version": "churn-environment\n"}, None, ""),
        ({".python-version": "2.7.18\n"}, None, ""),
        ({"pyproject.toml": "[project\n"}, None, ""),
        ({"pyproject.toml": "[project]\nrequires-python = [3]\n"}, None, ""),
        ({}, None, ""),
    ],
)
def test_the_version(files: dict[str, str], version: str | None, path: str) -> None:
    told = python_version(standing(files))
    assert (told.version if told else None, told.path if told else "") == (version, path)


CLAUSES = st.builds("{}3.{}".format, st.sampled_from([">=", "<=", "==", "!=", "<", ">"]), st.integers(7, 14))


@given(st.lists(CLAUSES, min_size=1, max_size=3))
def test_a_range_is_read_as_the_standard_has_it(clauses: list[str]) -> None:
    text = ", ".join(clauses)
    by_standard = SpecifierSet(text)
    # A minor version fits where one of its patch versions does.
    fitting = [minor for minor in MINORS if any(f"3.{minor}.{patch}" in by_standard for patch in (0, 1))]
    assert set(fitting) - set(allowed(text)) <= patched(clauses)
    assert set(allowed(text)) <= set(fitting) | patched(clauses)


def patched(clauses: list[str]) -> set[int]:
    """The minor versions that a clause names without a patch: there people mean all of them, the standard the first."""
    return {int(clause.rpartition(".")[2]) for clause in clauses}
