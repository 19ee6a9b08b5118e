"""What the jobs can install of the packages that a repository asks for."""

from __future__ import annotations

import pytest

from mlgit.adoption.packages import packages
from tests.unit.adoption.files import standing

PROJECT = '[project]\nname = "churn"\ndependencies = ["pandas"]\n'
POETRY = '[tool.poetry.dependencies]\npandas = "*"\n[build-system]\nrequires = ["poetry-core"]\n'


@pytest.mark.parametrize(
    ("files", "path", "said"),
    [
        ({"requirements.txt": "", "requirements.lock": ""}, "requirements.lock", "requirements.lock"),
        ({"requirements.txt": "", "pyproject.toml": PROJECT}, "requirements.txt", "requirements.txt"),
        ({"src/requirements.txt": ""}, "src/requirements.txt", "src/requirements.txt"),
        ({"pyproject.toml": PROJECT}, "pyproject.toml", "the dependencies of pyproject.toml"),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, "pyproject.toml", "uv export"),
        ({"pyproject.toml": POETRY, "poetry.lock": ""}, "pyproject.toml", "poetry export"),
    ],
)
def test_what_can_be_installed(files: dict[str, str], path: str, said: str) -> None:
    found = packages(standing(files))
    assert (found.path, found.good) == (path, True)
    assert said in f"{found.detail} {found.hint}"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"poetry.lock": ""}, "poetry export"),
        ({"Pipfile.lock": "{}"}, "pipenv requirements"),
        ({"environment.yml": "dependencies: [numpy]"}, "environment.yml is read by its own program only"),
        ({"renv.lock": "{}"}, "no job installs packages of R"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "no file says which packages"),
        ({}, "no file says which packages"),
    ],
)
def test_what_cannot(files: dict[str, str], said: str) -> None:
    found = packages(standing(files))
    assert (found.path, found.good) == ("", False)
    assert found.hint
    assert said in f"{found.detail} {found.hint}"
