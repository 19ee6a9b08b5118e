"""What the jobs can install of the packages that a repository asks for."""

from __future__ import annotations

import pytest

from mlgit.adoption.packages import packages
from tests.unit.adoption.files import standing

PROJECT = '[project]\nname = "churn"\ndependencies = ["pandas"]\n'
GROUPS = '[dependency-groups]\ntrain = ["pandas"]\n'
POETRY = '[tool.poetry.dependencies]\npandas = "*"\n[build-system]\nrequires = ["poetry-core"]\n'


@pytest.mark.parametrize(
    ("files", "path", "said"),
    [
        ({"requirements.txt": "", "requirements.lock": ""}, "requirements.lock", "requirements.lock"),
        ({"requirements.txt": "", "pyproject.toml": PROJECT}, "requirements.txt", "requirements.txt"),
        ({"src/requirements.txt": ""}, "src/requirements.txt", "src/requirements.txt"),
        (
            {"requirements-dev.txt": "", "requirements/train.txt": ""},
            "requirements/train.txt",
            "-r requirements-dev.txt",
        ),
        (
            {"app/requirements.txt": "", "ml/requirements.txt": "", "ml/dvc.yaml": ""},
            "ml/requirements.txt",
            "not app/requirements.txt",
        ),
        ({"pyproject.toml": PROJECT}, "pyproject.toml", "extras and groups"),
        ({"pyproject.toml": GROUPS}, "pyproject.toml", "extras and groups"),
        ({"pyproject.toml": PROJECT, "uv.lock": ""}, "uv.lock", "the jobs read as requirements"),
        ({"pyproject.toml": POETRY, "poetry.lock": ""}, "poetry.lock", "the jobs read as requirements"),
        ({"pyproject.toml": POETRY}, "pyproject.toml", "the dependencies of pyproject.toml"),
        ({"Pipfile": "", "Pipfile.lock": "{}"}, "Pipfile.lock", "the jobs read as requirements"),
        ({"Pipfile": "[packages]\n"}, "Pipfile", "the dependencies of Pipfile"),
        ({"setup.py": "setup(install_requires=['pandas'])"}, "setup.py", "the dependencies of setup.py"),
        ({"environment.yml": "dependencies: [numpy]"}, "environment.yml", "all of it from Python's index"),
        (
            {"envs/environment-gpu.yaml": "dependencies: [numpy, cudnn]"},
            "envs/environment-gpu.yaml",
            "only Conda has cudnn",
        ),
    ],
)
def test_what_can_be_installed(files: dict[str, str], path: str, said: str) -> None:
    found = packages(standing(files))
    assert (found.path, found.good) == (path, True)
    assert said in f"{found.detail} {found.hint}"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"renv.lock": "{}"}, "no job installs packages of R"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "no file says which packages"),
        ({"setup.py": "setup()"}, "no file says which packages"),
        ({"environment.yml": "name: [x"}, "no file says which packages"),
        ({}, "no file says which packages"),
    ],
)
def test_what_cannot(files: dict[str, str], said: str) -> None:
    found = packages(standing(files))
    assert (found.path, found.good) == ("", False)
    assert found.hint
    assert said in f"{found.detail} {found.hint}"
