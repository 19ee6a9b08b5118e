"""A model on disk: as ONNX where that predicts the same, else as skops, and asked with a table or with raw rows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlgit import report
from mlgit.report.models import rounded
from mlgit.report.onnx_export import plain_value, verdict
from mlgit.report.skops_file import UntrustedError

COLUMNS = report.Columns(numbers=["size"], dates=["day"], categories=["colour"])
TREES = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def table_of(classes: tuple[str, ...] = ("no", "yes"), rows: int = 80) -> report.Table:
    random = np.random.default_rng(0)
    size = random.normal(size=rows)
    raw = {
        "size": size,
        "day": np.array(["2024-01-01"], "M8[us]") + random.integers(0, 400, rows).astype("m8[D]"),
        "colour": random.choice(np.array(["red", "blue"], dtype=object), rows),
    }
    labels = np.array(classes)[(size > 0).astype(int)] if classes else size * 3 + 1
    return report.Table(
        ids=list(range(rows)), labels=labels, raw=raw, columns=COLUMNS, held_out=np.arange(rows) < 20,
        classes=classes, positive=classes[1] if classes else None,
    )  # fmt: skip


def trained(table: report.Table, estimator: Any) -> Pipeline:
    parts = [
        ("numbers", StandardScaler(), table.numbers),
        ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), table.categories),
    ]
    model = Pipeline([("features", ColumnTransformer(parts, sparse_threshold=0)), ("model", estimator)])
    return model.fit(table.train.rows, table.train.labels)


def test_a_model_that_onnx_predicts_the_same_is_kept_as_onnx(tmp_path: Path) -> None:
    table = table_of()
    model = trained(table, HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5))
    assert report.save(model, tmp_path, table) == "ONNX predicts the same"
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", "export.json", "choice.json"}
    loaded = report.load(tmp_path)
    said = loaded.predict(table.test.rows)
    assert said.labels.tolist() == model.predict(table.test.rows).tolist()
    assert said.chances == pytest.approx(model.predict_proba(table.test.rows), abs=1e-6)
    assert (loaded.classes, loaded.columns.names) == (table.classes, table.columns.names)


def test_a_raw_row_gets_the_answer_of_its_row_in_the_table(tmp_path: Path) -> None:
    table = table_of()
    report.save(
        trained(table, HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=5)), tmp_path, table
    )
    loaded = report.load(tmp_path)
    whole = loaded.predict(table.test.rows)
    raw = {
        name: [values[3].item() if hasattr(values[3], "item") else values[3]]
        for name, values in table.test.raw.items()
    }
    assert loaded.predict_raw(raw).chances == pytest.approx(whole.chances[3:4])


def test_a_model_that_differs_is_kept_as_skops_with_the_reason(tmp_path: Path) -> None:
    table = table_of(classes=())
    model = trained(table, Ridge())
    assert "numbers differ" in report.save(model, tmp_path, table, tolerance=-1.0)
    assert not (tmp_path / "model.onnx").exists()
    assert json.loads((tmp_path / "export.json").read_text())["format"] == "skops"
    said = report.load(tmp_path).predict(table.test.rows)
    assert said.labels == pytest.approx(model.predict(table.test.rows))
    assert said.chances is None


def of_words(vectorizer: TfidfVectorizer) -> tuple[report.Table, Pipeline]:
    random = np.random.default_rng(0)
    kinds = {"no": ["Größe", "тёплый"], "yes": ["Grüße", "тёмный"]}
    labels = np.array(["no", "yes"])[np.arange(80) % 2]
    said = [" ".join(random.permutation([str(random.choice(kinds[label])), "CAFÉ", "a"])) for label in labels]
    table = replace(
        table_of(), columns=report.Columns(texts=["said"]), raw={"said": np.array(said, dtype=object)}, labels=labels
    )  # fmt: skip
    words = ColumnTransformer([("words", vectorizer, "said")], sparse_threshold=0)
    model = Pipeline([("features", words), ("model", LogisticRegression(C=10))])
    return table, model.fit(table.train.rows, table.train.labels)


def test_words_of_any_alphabet_are_found_by_onnx_without_a_locale(tmp_path: Path) -> None:
    table, model = of_words(TfidfVectorizer(lowercase=False))
    assert report.save(model, tmp_path, table) == "ONNX predicts the same"
    assert b"StringNormalizer" not in (tmp_path / "model.onnx").read_bytes()
    rows = ["GRÜSSE", "Größe!", "", "тёмный-café café", "x"]
    expected = model.predict_proba(pd.DataFrame({"said": [row.lower() for row in rows]}))
    assert report.load(tmp_path).predict_raw({"said": rows}).chances == pytest.approx(expected, abs=1e-6)


def test_words_that_onnx_counts_in_another_way_are_kept_as_skops(tmp_path: Path) -> None:
    table, model = of_words(TfidfVectorizer(lowercase=False, sublinear_tf=True))
    assert "sublinear_tf" in report.save(model, tmp_path, table, trusted=["*"])


def test_a_type_that_nobody_trusts_is_neither_written_nor_read(tmp_path: Path) -> None:
    table = table_of()
    model = trained(table, HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=5))
    with pytest.raises(UntrustedError, match=r"TreePredictor.*trusted_types"):
        report.save(model, tmp_path, table, tolerance=-1.0)
    report.save(model, tmp_path, table, tolerance=-1.0, trusted=["sklearn.*", "numpy.dtype"])
    with pytest.raises(UntrustedError):
        report.load(tmp_path, [TREES.removesuffix("Predictor")])


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    table = table_of()
    for name in ("one", "two"):
        model = trained(table, KNeighborsClassifier())
        report.save(model, tmp_path / name, table, tolerance=-1.0, trusted=["*"])
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two")
    )
    assert one == two
    assert "model.skops" in one


def test_the_baseline_looks_at_no_row(tmp_path: Path) -> None:
    table = table_of()
    report.save(trained(table, KNeighborsClassifier()), tmp_path, table, trusted=["*"])
    said = report.load(tmp_path, ["*"]).predict_trivially(2)
    share = float(np.mean(table.train.labels == "no"))
    assert said.chances == pytest.approx(np.array([[share, 1 - share]] * 2))
    assert said.labels.tolist() == ["no" if share >= 0.5 else "yes"] * 2


def test_a_model_without_chances_is_certain() -> None:
    assert report.certain(np.array(["b", "a"]), ("a", "b")).tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("labels", "largest", "said"),
    [
        (0, 1e-5, ""),
        (2, 0.0, "2 labels differ"),
        (0, 1e-3, "numbers differ by up to 0.001, more than 0.0001"),
        (0, float("nan"), "numbers differ by up to nan, more than 0.0001"),
    ],
)
def test_what_keeps_onnx_out(labels: int, largest: float, said: str) -> None:
    assert verdict(labels, largest, 1e-4) == said


def test_numbers_of_numpy_become_plain() -> None:
    plain = plain_value([np.uint32(3), np.bool_(True), False])
    assert plain == [3, 1, 0]
    assert {type(item) for item in plain} == {int}
    assert plain_value("LOGISTIC") == "LOGISTIC"


def test_numbers_are_rounded_to_nine_digits() -> None:
    assert rounded(np.array([[0.12345678949, 1e-12 / 3]])).tolist() == [[0.123456789, 3.33333333e-13]]
