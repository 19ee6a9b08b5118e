"""The example table: made quickly, without heavy imports, and known in advance."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from mlgit.data import bundled, inference, schema_file
from mlgit.data.bundled import bundled_breast_cancer, measured
from mlgit.errors import ExternalError


def test_what_is_shipped_is_what_a_look_at_the_table_finds(tmp_path: Path) -> None:
    path = tmp_path / "breast_cancer.csv"
    ready = bundled_breast_cancer(path)
    assert ready == measured(path, path.read_bytes())
    assert ready == msgspec.json.decode(bundled.READY.read_bytes(), type=bundled.Bundled)


def test_the_table_has_names_classes_and_scikit_learns_numbers(tmp_path: Path) -> None:
    from sklearn.datasets import load_breast_cancer

    loaded = load_breast_cancer()
    bundled_breast_cancer(tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert header == [*loaded.feature_names, "diagnosis"]
    assert [[float(value) for value in row[:-1]] for row in rows] == loaded.data.tolist()
    assert [row[-1] for row in rows] == [str(loaded.target_names[label]) for label in loaded.target]


def test_its_profile_says_what_a_person_would(tmp_path: Path) -> None:
    ready = bundled_breast_cancer(tmp_path / "t.csv")
    profile = ready.profile
    assert (profile.rows, profile.task, profile.target) == (569, "binary-classification", "diagnosis")
    assert (profile.classes, profile.positive_class) == (("benign", "malignant"), "malignant")
    assert sum(one.role == "feature" and one.kind == "number" for one in profile.columns) == 30
    assert (profile.id_column, profile.warnings) == (None, ())
    assert len(ready.test_ids) == 142
    text = schema_file.write(inference.infer(profile), "breast_cancer", profile.rows)
    assert schema_file.read(text, "s.yaml") == inference.infer(profile)


def test_another_version_of_the_file_is_looked_at_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = bundled.raw_breast_cancer().replace(b"17.99,10.38", b"17.98,10.38", 1)
    monkeypatch.setattr(bundled, "raw_breast_cancer", lambda: raw)
    answer = bundled_breast_cancer(tmp_path / "t.csv")
    assert answer.profile.rows == 569
    assert answer.sha256 != msgspec.json.decode(bundled.READY.read_bytes(), type=bundled.Bundled).sha256


@pytest.mark.parametrize("raw", [b"", b"569,30,malignant,benign\n1,2,0\n", b"something else"])
def test_a_file_that_is_another_is_an_error(raw: bytes) -> None:
    with pytest.raises(ExternalError, match="do not look as expected"):
        bundled.table_of(raw)


def test_without_scikit_learn_the_error_names_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bundled, "find_spec", lambda name: None)
    with pytest.raises(ExternalError) as caught:
        bundled_breast_cancer(tmp_path / "t.csv")
    assert "pip install" in caught.value.hint
    assert not (tmp_path / "t.csv").exists()


def test_the_quick_way_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom mlgit.data import inference, schema_file\n"
        "from mlgit.data.bundled import bundled_breast_cancer\n"
        "known = bundled_breast_cancer(Path(sys.argv[1]))\n"
        "schema_file.write(inference.infer(known.profile), 't', 569)\n"
        "heavy = {'duckdb', 'numpy', 'sklearn', 'pandas', 'yaml', 'scipy', 'jinja2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "t.csv")], check=True, env=environment)
