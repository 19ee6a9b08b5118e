"""What Poetry, Pipenv and Conda keep of packages, as requirements that the standard reads."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from mlgit.adoption.requirements import requirements, standard
from mlgit.errors import UsageError

POETRY_LOCK = """\
[[package]]
name = "numpy"
version = "1.26.4"
files = [{file = "a.whl", hash = "sha256:aa"}]
[[package]]
name = "colorama"
version = "0.4"
files = [{file = "b.whl", hash = "sha256:bb"}]
[[package]]
name = "pandas"
version = "2.0.0"
files = [{file = "c.whl", hash = "sha256:cc"}]
[package.dependencies]
numpy = [{version = ">=1.20", markers = "python_version < '3.10'"}, {version = ">=1.21"}]
colorama = {version = "*", markers = "sys_platform == 'win32'"}
"""
OLD_LOCK = """\
[[package]]
name = "tomli"
version = "2.0"
python-versions = ">=3.8"
[[package]]
name = "tomli"
version = "1.2"
python-versions = ">=3.6,<3.8"
[[package]]
name = "ours"
version = "0.1"
[package.source]
type = "git"
url = "https://git.example.org/ours.git"
resolved_reference = "abc"
[[package]]
name = "beside"
version = "0.1"
[package.source]
type = "directory"
url = "../beside"
[metadata.files]
tomli = [{file = "a.whl", hash = "sha256:aa"}]
"""
PROJECT = """\
[project]
name = "churn"
dependencies = ["numpy>1"]
[project.optional-dependencies]
train = ["pandas"]
all = ["churn[train]"]
docs = ["sphinx"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
[tool.poetry.dependencies]
python = "^3.9"
scikit-learn = "^1.2"
torch = {version = "~2.1", extras = ["x"], markers = "sys_platform == 'linux'"}
ours = {git = "https://git.example.org/ours.git", rev = "abc"}
beside = {path = "../beside"}
perhaps = {version = "*", optional = true}
[tool.poetry.group.test.dependencies]
hypothesis = "*"
"""
PIPFILE_LOCK = """\
{"default": {"numpy": {"version": "==1.26.4", "hashes": ["sha256:aa"], "markers": "python_version >= '3.9'"}},
 "develop": {"pytest": {"version": "==8.0", "hashes": ["sha256:bb"]}}}
"""
CONDA = """\
dependencies:
  - python=3.9
  - conda-forge::pandas=1.5
  - numpy>=1.2,<2
  - scikit-learn 1.0.*
  - pytorch==1.9.0=py3_cuda
  - lightgbm=3.3.2=py39_0
  - cudatoolkit=11
  - r-base
  - dvc
  - pip:
    - dvc-s3==2.10
"""


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        (
            "poetry.lock",
            POETRY_LOCK,
            [
                "numpy==1.26.4 --hash=sha256:aa",
                "colorama==0.4 ; ((sys_platform == 'win32')) --hash=sha256:bb",
                "pandas==2.0.0 --hash=sha256:cc",
            ],
        ),
        (
            "a/poetry.lock",
            OLD_LOCK,
            [
                'tomli==2.0 ; python_full_version >= "3.8"',
                'tomli==1.2 ; python_full_version >= "3.6" and python_full_version < "3.8"',
                "ours @ git+https://git.example.org/ours.git@abc",
            ],
        ),
        (
            "pyproject.toml",
            PROJECT,
            [
                "numpy>1",
                "pandas",
                "pytest",
                "scikit-learn>=1.2,<2",
                "torch[x]>=2.1,<2.2 ; sys_platform == 'linux'",
                "ours @ git+https://git.example.org/ours.git@abc",
                "hypothesis",
            ],
        ),
        (
            "Pipfile.lock",
            PIPFILE_LOCK,
            [
                "pytest==8.0 --hash=sha256:bb",
                "numpy==1.26.4 ; python_version >= '3.9' --hash=sha256:aa",
            ],
        ),
        ("Pipfile", '[packages]\nnumpy = "*"\npandas = {version = ">=1"}\n', ["numpy", "pandas>=1"]),
        (
            "environment.yml",
            CONDA,
            [
                "# only Conda has it: python",
                "pandas==1.5.*",
                "numpy>=1.2,<2",
                "scikit-learn==1.0.*",
                "torch==1.9.0",
                "lightgbm==3.3.2",
                "# only Conda has it: cudatoolkit",
                "# only Conda has it: r-base",
                "dvc",
                "dvc-s3==2.10",
            ],
        ),
        ("environment.yml", "name: x\n", []),
    ],
)
def test_each_file_becomes_requirements_of_the_standard(path: str, text: str, lines: list[str]) -> None:
    found = requirements(text.encode(), path).splitlines()
    assert found == lines
    for line in found:
        if not line.startswith("#"):
            Requirement(line.partition(" --hash=")[0])


@pytest.mark.parametrize(
    ("asked", "inside", "outside"),
    [
        ("^1.2.3", "1.9", "2.0"),
        ("^0.2.3", "0.2.9", "0.3"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("~1.2", "1.2.9", "1.3"),
        ("~1", "1.9", "2.0"),
        (">=1.2, <1.5", "1.4", "1.5"),
        ("1.2.3", "1.2.3", "1.2.4"),
        ("~=1.2", "1.9", "2.0"),
    ],
)
def test_ranges_of_poetry(asked: str, inside: str, outside: str) -> None:
    kept = SpecifierSet(standard(asked))
    assert inside in kept
    assert outside not in kept


def test_a_file_that_nobody_reads_so() -> None:
    with pytest.raises(UsageError, match="no file of packages that mlgit reads"):
        requirements(b"", "uv.lock")
