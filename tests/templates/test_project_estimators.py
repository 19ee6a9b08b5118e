"""Another estimator is put in: the project trains and its tests pass, with none of them edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from .sample_tables import write_table
from .scaffolding import PACKAGE, Project, make_project

pytestmark = pytest.mark.slow

ONE = '    return {"mine": Pipeline([("features", features(table, numbers=SCALED, words=100)), ("model", MODEL)])}\n'
OWN = '''

class Own(ClassifierMixin, BaseEstimator):
    """The class whose rows have the nearest mean."""

    def fit(self, rows: Any, labels: Any) -> Own:
        """Learn the means."""
        self.classes_ = np.unique(labels)
        self.means_ = np.array([rows[labels == name].mean(axis=0) for name in self.classes_])
        return self

    def predict_proba(self, rows: Any) -> Any:
        """Return a chance for every class."""
        near = np.exp(-((rows[:, None, :] - self.means_) ** 2).mean(axis=2)) + 1e-9
        return near / near.sum(axis=1, keepdims=True)

    def predict(self, rows: Any) -> Any:
        """Return the nearest class."""
        return self.classes_[self.predict_proba(rows).argmax(axis=1)]


def candidates(table'''
ESTIMATORS = {
    "forest": ("from sklearn.ensemble import RandomForestClassifier", "RandomForestClassifier(random_state=0)"),
    "linear": ("from sklearn.linear_model import LogisticRegression", "LogisticRegression(max_iter=2000)"),
    "lightgbm": ("from lightgbm import LGBMClassifier", "LGBMClassifier(n_estimators=20, random_state=0, verbose=-1)"),
    "neighbours": ("from sklearn.neighbors import KNeighborsClassifier", "KNeighborsClassifier()"),
    "own": ("from sklearn.base import BaseEstimator, ClassifierMixin", "Own()"),
}  # fmt: skip


def with_estimator(project: Project, name: str) -> None:
    """Put an estimator in as a person would: an import, and one line in `candidates`."""
    path = f"src/{PACKAGE}/pipeline.py"
    text = project.read(path)
    imported, made = ESTIMATORS[name]
    text = text.replace("from sklearn.base import clone\n", f"from sklearn.base import clone\n{imported}\n")
    start = text.index("    found = linear(table)")
    end = text.index("\n\ndef linear")
    one = ONE.replace("SCALED", "FILLED") if name == "forest" else ONE
    text = text[:start] + one.replace("MODEL", made) + text[end:]
    if name == "own":
        text = text.replace("\n\ndef candidates(table", OWN, 1)
    project.write(path, text)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_another_estimator_needs_no_other_test(name: str, tmp_path: Path) -> None:
    if name == "lightgbm":
        pytest.importorskip("lightgbm")
    project = make_project(tmp_path / "project", *write_table("mixed", tmp_path))
    with_estimator(project, name)
    project.train()
    assert project.test().returncode == 0, project.test().stdout
    checked = project.run("mlgit", "check", "model", check=False)
    assert checked.returncode == 0, checked.stdout
    if name == "forest":
        assert project.export()["reason"] == "", (
            "scaled numbers are rounded otherwise in ONNX, filled ones are not"
        )
