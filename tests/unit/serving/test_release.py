"""What a release is made of, and the digest of all that its answers depend on."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgit.serving.release import identity, release_of
from tests.small_onnx import slope

SETTINGS = """\
version: 1
models: {half: {artifact: half.onnx, serve: {loader: load.py, table: t}}}
data: {t: {path: t.csv, schema: schema.yaml}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "half.onnx").write_bytes(slope(0.5))
    (tmp_path / "mlgit.yaml").write_text(SETTINGS)
    (tmp_path / "schema.yaml").write_text("version: 1\ncolumns:\n  x: {type: float}\n")
    (tmp_path / "load.py").write_text("def load(path): ...\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("half.onnx", "another"),
        ("schema.yaml", "version: 1\ncolumns:\n  x: {type: float, max: 3}\n"),
        ("load.py", "def load(path): return 1\n"),
        ("export.json", "{}"),
        ("mlgit.yaml", SETTINGS.replace("loader: load.py", "loader: load.py, pickle: true")),
    ],
)
def test_each_thing_that_answers_depend_on_changes_the_identity(
    folder: Path, name: str, content: str
) -> None:
    before = identity(release_of(folder / "half.onnx"))
    assert identity(release_of(folder / "half.onnx")) == before
    (folder / "notes.txt").write_text("nothing")
    assert identity(release_of(folder / "half.onnx")) == before
    (folder / name).write_text(content)
    assert identity(release_of(folder / "half.onnx")) != before
