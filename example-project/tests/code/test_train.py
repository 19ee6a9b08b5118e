"""Stage train: the trees, their weights, the baseline, and files that are the same bytes at every run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from export import difference, export_onnx, plain_value, verdict
from files import EXPORT, MODEL, ONNX, load_model, save_model
from settings import Settings
from tables import Table
from train import baseline, build_model, class_weight, common


def table_of(rows: int = 60) -> Table:
    """Return a table in which size and colour decide."""
    size = np.arange(rows, dtype=np.float32)
    size[::7] = np.nan
    colour = np.array([("red", "blue", "green")[position % 3] for position in range(rows)], dtype=object)
    labels = np.where((np.nan_to_num(size) > rows / 2) | (colour == "red"), "yes", "no")
    return Table(list(range(rows)), labels, pd.DataFrame({"size": size, "colour": colour}))


def test_the_model_learns(tiny: Callable[..., Settings]) -> None:
    table = table_of()
    model = build_model(tiny(), table).fit(table.rows, table.labels)
    assert np.mean(model.predict(table.rows) == table.labels) > 0.9
    assert model.classes_.tolist() == ["no", "yes"]


def test_the_settings_reach_the_trees(tiny: Callable[..., Settings]) -> None:
    table = table_of()
    trees = build_model(tiny(seed=3), table).fit(table.rows, table.labels)[-1]
    assert trees.n_iter_ == 10
    assert (trees.learning_rate, trees.max_leaf_nodes, trees.min_samples_leaf) == (0.3, 4, 2)
    assert (trees.l2_regularization, trees.class_weight, trees.random_state) == (0.0, None, 3)


def test_two_runs_write_the_same_bytes(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings, table = tiny(), table_of()
    contents = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        save_model(build_model(settings, table).fit(table.rows, table.labels), folder)
        contents.append((folder / MODEL).read_bytes())
    assert contents[0] == contents[1]


def test_a_saved_model_predicts_the_same(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings, table = tiny(), table_of()
    model = build_model(settings, table).fit(table.rows, table.labels)
    save_model(model, tmp_path)
    loaded = load_model(tmp_path, settings.trusted_types)
    assert np.array_equal(loaded.predict_proba(table.rows), model.predict_proba(table.rows))


def test_a_type_that_is_not_trusted_is_refused(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    table = table_of()
    save_model(build_model(tiny(), table).fit(table.rows, table.labels), tmp_path)
    with pytest.raises(Exception, match="TreePredictor"):
        load_model(tmp_path, [])


def test_onnx_is_kept_when_it_agrees(tiny: Callable[..., Settings]) -> None:
    settings, table = tiny(), table_of()
    model = build_model(settings, table).fit(table.rows, table.labels)
    settings.model.mkdir()
    export_onnx(model, table, settings)
    assert (settings.model / EXPORT).exists()
    labels, largest = difference(model, (settings.model / ONNX).read_bytes(), table)
    assert labels == 0
    assert largest < 1e-6


def test_onnx_is_not_kept_when_it_disagrees(tiny: Callable[..., Settings]) -> None:
    settings, table = tiny(export_tolerance=-1.0), table_of()
    model = build_model(settings, table).fit(table.rows, table.labels)
    settings.model.mkdir()
    assert "numbers differ" in export_onnx(model, table, settings)
    assert not (settings.model / ONNX).exists()


@pytest.mark.parametrize(
    ("labels", "largest", "said"),
    [
        (0, 1e-5, ""),
        (2, 0.0, "2 labels differ"),
        (0, 1e-3, "differ by up to"),
        (0, float("nan"), "differ by up to"),
    ],
)
def test_what_keeps_onnx_out(labels: int, largest: float, said: str) -> None:
    found = verdict(labels, largest, 1e-4)
    assert found.startswith(said) if not said else said in found
    assert bool(found) == bool(said)


def test_numpy_integers_become_plain() -> None:
    plain = plain_value([np.uint32(3), np.bool_(True), False])
    assert plain == [3, 1, 0]
    assert {type(item) for item in plain} == {int}
    assert plain_value("LOGISTIC") == "LOGISTIC"


def test_rare_classes_are_weighed_up() -> None:
    rare = np.array(["no"] * 95 + ["yes"] * 5)
    even = np.array(["no"] * 50 + ["yes"] * 50)
    assert class_weight("auto", rare) == "balanced"
    assert class_weight("auto", even) is None
    assert class_weight("none", rare) is None
    assert class_weight("balanced", even) == "balanced"
    with pytest.raises(ValueError, match="heavy"):
        class_weight("heavy", even)


def test_rare_categories_are_left_to_the_rest() -> None:
    rows = pd.DataFrame({"colour": np.array(["b", "b", "c", "a", "c", "d"], dtype=object)})
    assert common(Table([], np.array([]), rows), "colour", 2) == ["b", "c"]


def test_the_baseline_is_shares_or_the_mean(tiny: Callable[..., Settings]) -> None:
    assert baseline(tiny(), np.array(["no", "no", "no", "yes"])) == {"shares": {"no": 0.75, "yes": 0.25}}
    assert baseline(tiny(task="regression"), np.array([1.0, 2.0, 6.0])) == {"mean": 3.0}
