"""Stage train: the choice of a model, the baseline, and files that are the same bytes at every run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from export import difference, export_onnx, plain_value, verdict
from files import EXPORT, MODEL, ONNX, load_model, save_model
from models import (
    Candidate,
    baseline,
    build_model,
    candidates,
    choose,
    common,
    folds,
    rank,
    trivial_loss,
)
from settings import Settings
from tables import Table

BOOSTING = Candidate("boosting", iterations=10)
EVERY = [Candidate("linear"), BOOSTING, Candidate("forest")]


def trained(settings: Settings, table: Table, candidate: Candidate = BOOSTING) -> Any:
    """Return a model trained on a table."""
    return build_model(settings, table, candidate).fit(table.rows, table.labels)


def table_of(rows: int = 60) -> Table:
    """Return a table in which size and colour decide."""
    size = np.arange(rows, dtype=np.float32)
    size[::7] = np.nan
    colour = np.array([("red", "blue", "green")[position % 3] for position in range(rows)], dtype=object)
    labels = np.where((np.nan_to_num(size) > rows / 2) | (colour == "red"), "yes", "no")
    return Table(list(range(rows)), labels, pd.DataFrame({"size": size, "colour": colour}))


def words_of(rows: int = 60) -> Table:
    """Return a table in which a word decides, with two groups for each of ten things."""
    texts = np.array([f"{('good', 'bad')[row % 2]} thing number {row}" for row in range(rows)], dtype=object)
    labels = np.where(np.arange(rows) % 2 == 0, "yes", "no")
    groups = np.array([str(row // 6) for row in range(rows)])
    return Table(list(range(rows)), labels, pd.DataFrame({"said": texts}), ("said",), groups)


@pytest.mark.parametrize("candidate", EVERY, ids=str)
@pytest.mark.parametrize("make", [table_of, words_of])
def test_every_model_learns(
    tiny: Callable[..., Settings], candidate: Candidate, make: Callable[[], Table]
) -> None:
    table = make()
    model = trained(tiny(), table, candidate)
    assert np.mean(model.predict(table.rows) == table.labels) > 0.8
    assert model.classes_.tolist() == ["no", "yes"]


def test_the_settings_reach_the_trees(tiny: Callable[..., Settings]) -> None:
    trees = trained(tiny(seed=3), table_of())[-1]
    assert trees.n_iter_ == 10
    assert (trees.learning_rate, trees.max_leaf_nodes, trees.min_samples_leaf) == (0.3, 4, 2)
    assert (trees.l2_regularization, trees.class_weight, trees.random_state) == (0.0, None, 3)


def test_classes_are_weighed_when_asked(tiny: Callable[..., Settings]) -> None:
    weighed = tiny(training=replace(tiny().training, class_weight="balanced"))
    for candidate in EVERY:
        assert build_model(weighed, table_of(), candidate)[-1].class_weight == "balanced"
        assert build_model(tiny(), table_of(), candidate)[-1].class_weight is None


def test_the_best_by_the_main_metric_is_chosen(tiny: Callable[..., Settings]) -> None:
    chosen, found = choose(tiny(), table_of())
    assert found[str(chosen)]["roc_auc"] == max(one["roc_auc"] for one in found.values())
    assert set(found) == {str(one) for one in candidates(tiny())}


def test_where_nothing_can_be_learned_the_chances_are_the_shares(tiny: Callable[..., Settings]) -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"size": random.normal(size=200).astype(np.float32)})
    table = Table(list(range(200)), random.choice(["no", "yes"], 200), rows)
    chosen, found = choose(tiny(), table)
    assert found[str(chosen)]["log_loss"] < trivial_loss(tiny(), table.labels) + 0.02


def test_a_worse_loss_than_the_shares_is_no_choice(tiny: Callable[..., Settings]) -> None:
    wild, calm = {"roc_auc": 0.9, "log_loss": 0.8}, {"roc_auc": 0.6, "log_loss": 0.6}
    assert rank(tiny(), calm, 0.69) < rank(tiny(), wild, 0.69)
    assert rank(tiny(), wild, 0.9) < rank(tiny(), calm, 0.9)
    errors = tiny(task="regression", main_metric="rmse")
    assert rank(errors, {"rmse": 1.0}, 5.0) < rank(errors, {"rmse": 2.0}, 5.0)


def test_a_model_can_be_named(tiny: Callable[..., Settings]) -> None:
    named = tiny(training=replace(tiny().training, model="forest"))
    assert choose(named, table_of()) == (Candidate("forest"), {})
    unknown = tiny(training=replace(tiny().training, model="oracle"))
    with pytest.raises(ValueError, match="best, linear, boosting or forest"):
        build_model(unknown, table_of(), choose(unknown, table_of())[0])


def test_no_group_is_on_both_sides_of_a_fold(tiny: Callable[..., Settings]) -> None:
    table = words_of()
    assert table.groups is not None
    for train, judge in folds(tiny(), table):
        assert not set(table.groups[train]) & set(table.groups[judge])


def test_two_runs_write_the_same_bytes(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings, table = tiny(), table_of()
    contents = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        save_model(trained(settings, table), folder)
        contents.append((folder / MODEL).read_bytes())
    assert contents[0] == contents[1]


def test_a_saved_model_predicts_the_same(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    settings, table = tiny(), table_of()
    model = trained(settings, table)
    save_model(model, tmp_path)
    loaded = load_model(tmp_path, settings.trusted_types)
    assert np.array_equal(loaded.predict_proba(table.rows), model.predict_proba(table.rows))


def test_a_type_that_is_not_trusted_is_refused(tiny: Callable[..., Settings], tmp_path: Path) -> None:
    table = table_of()
    save_model(trained(tiny(), table), tmp_path)
    with pytest.raises(Exception, match="TreePredictor"):
        load_model(tmp_path, [])


def test_onnx_is_kept_when_it_agrees(tiny: Callable[..., Settings]) -> None:
    settings, table = tiny(), table_of()
    model = trained(settings, table)
    settings.model.mkdir()
    export_onnx(model, table, settings)
    assert (settings.model / EXPORT).exists()
    labels, largest = difference(model, (settings.model / ONNX).read_bytes(), table)
    assert labels == 0
    assert largest < 1e-6


def test_onnx_is_not_kept_when_it_disagrees(tiny: Callable[..., Settings]) -> None:
    settings, table = tiny(export_tolerance=-1.0), table_of()
    model = trained(settings, table)
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


def test_rare_categories_are_left_to_the_rest() -> None:
    rows = pd.DataFrame({"colour": np.array(["b", "b", "c", "a", "c", "d"], dtype=object)})
    assert common(Table([], np.array([]), rows), "colour", 2) == ["b", "c"]


def test_the_baseline_is_shares_or_the_mean(tiny: Callable[..., Settings]) -> None:
    assert baseline(tiny(), np.array(["no", "no", "no", "yes"])) == {"shares": {"no": 0.75, "yes": 0.25}}
    assert baseline(tiny(task="regression"), np.array([1.0, 2.0, 6.0])) == {"mean": 3.0}
