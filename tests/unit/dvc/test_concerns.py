"""What a change concerns, path by path; what nothing is known of concerns everything."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlgit.config import reader
from mlgit.dvc import pipeline
from mlgit.dvc.concerns import SUBJECTS, Affected, affected, everything
from mlgit.dvc.state import FileError, PipelineState
from mlgit.host.choose import automation

CONFIGURATION = reader.read(
    """\
version: 1
models:
  churn: {task: regression, pipeline: models/churn, metrics: [models/churn/metrics/test.json], predictions: out/predictions.csv}
  price: {task: regression, pipeline: models/price}
  shared: {task: regression}
data:
  customers: {path: data/raw/customers.csv, schema: schemas/customers.yaml}
"""
)
ROOT = """\
stages:
  prepare: {cmd: x, deps: [data/raw/customers.csv, src/prepare.py], params: [share], outs: [data/prepared]}
"""
CHURN = """\
stages:
  train:
    cmd: x
    deps: [../../data/prepared/train.csv, train.py, ../../src/shared, notes.md]
    params: [own.yaml: [depth]]
    outs: [model.bin]
    metrics: [metrics/test.json: {cache: false}]
"""
PRICE = "stages:\n  train: {cmd: x, deps: [../../data/price.csv, train.py], outs: [model.bin]}\n"


def state(folder: str, text: str) -> PipelineState:
    return PipelineState(folder=folder, exists=True, pipeline=pipeline.read(text))


PIPELINES = (state("", ROOT), state("models/churn", CHURN), state("models/price", PRICE))


def concerned(*paths: str) -> Affected:
    return affected(CONFIGURATION, PIPELINES, paths, automation())


def words(result: Affected) -> str:
    names = [name for name in SUBJECTS if getattr(result, name)]
    return " ".join([*names, *(f"@{name}" for name in result.models)])


ALL = "code data model @churn @price @shared"
CASES = {
    "mlgit.yaml": ALL,
    "requirements.lock": ALL,
    "pyproject.toml": ALL,
    ".dvc/config": ALL,
    ".mlgit/lock.yaml": ALL,
    ".mlgit/runs/models/churn/20260105T120000Z-000000000000.json": "",
    ".mlgit/runs/.gitattributes": "",
    ".mlgit/runs/dvc.yaml": ALL,
    ".github/workflows/mlgit-ci.yml": ALL,
    ".github/actions/mlgit-setup/action.yml": ALL,
    "Makefile": ALL,
    "src/unknown.py": ALL,
    "notebooks/look.ipynb": ALL,
    ".github/workflows/release.yml": "code",
    "tests/code/test_a.py": "code",
    "tests/data/test_a.py": "data",
    "tests/model/test_a.py": "model @churn @price @shared",
    "tests/conftest.py": ALL,
    "README.md": "",
    "docs/a.rst": "",
    "LICENSE": "",
    ".gitignore": "",
    "data/raw/.gitignore": "",
    "schemas/customers.yaml": "data model",
    "data/raw/customers.csv.dvc": "data model @churn @shared",
    "data/price.csv.dvc": "data model @price",
    "data/other.csv.dvc": "data model @churn @price @shared",
    "dvc.yaml": "data model @churn @shared",
    "models/price/dvc.lock": "data model @price",
    "params.yaml": "data model @churn @shared",
    "models/churn/own.yaml": "data model @churn",
    "models/churn/train.py": "code data model @churn",
    "models/churn/notes.md": "data model @churn",
    "src/shared/deep/inside.py": "code data model @churn",
    "src/prepare.py": "code data model @churn @shared",
    "models/churn/metrics/test.json": "data model @churn",
    "out/predictions.csv": "data model @churn",
    "models/churn/out/predictions.csv": ALL,
}


@pytest.mark.parametrize("path", CASES)
def test_one_path(path: str) -> None:
    assert words(concerned(path)) == CASES[path]
    (concern,) = concerned(path).concerns
    assert concern.path == path
    assert concern.because


def test_nothing_changed() -> None:
    assert words(concerned()) == ""


def test_several_paths_are_taken_together() -> None:
    assert (
        words(concerned("README.md", "tests/code/a.py", "models/price/dvc.lock")) == "code data model @price"
    )


def test_a_pipeline_that_cannot_be_read_makes_everything_concerned() -> None:
    broken = PipelineState(
        folder="", exists=True, errors=(FileError(file="dvc.yaml", message="no", where="dvc.yaml:1"),)
    )
    result = affected(CONFIGURATION, (broken,), ["README.md"], automation())
    assert words(result) == ALL
    assert "dvc.yaml cannot be read" in result.doubt


def test_a_templated_pipeline_is_known_as_far_as_it_is_written() -> None:
    text = "stages:\n  train: {cmd: x, deps: ['${file}', plain.py], outs: [m]}\n"
    result = affected(
        CONFIGURATION,
        (state("models/price", text),),
        ["models/price/plain.py", "models/price/other.csv"],
        automation(),
    )
    assert words(result) == ALL


paths = st.lists(st.sampled_from([*CASES, "a", "b/c.py"]), max_size=6)


@given(paths, paths)
def test_more_changes_never_concern_less(some: list[str], more: list[str]) -> None:
    few, many = concerned(*some), concerned(*some, *more)
    for name in SUBJECTS:
        assert getattr(many, name) >= getattr(few, name)
    assert set(few.models) <= set(many.models)


@example("/")
@example("//a")
@example("/0")
@given(st.text(min_size=1, max_size=40))
def test_any_path_is_looked_at(path: str) -> None:
    (concern,) = concerned(path).concerns
    assert set(concern.subjects) <= set(SUBJECTS)


def test_everything_without_a_configuration() -> None:
    assert everything(None, "no") == Affected(code=True, data=True, model=True, doubt="no")
