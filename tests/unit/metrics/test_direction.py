"""Which way a metric is better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.metrics.direction import direction_of, is_counter


@pytest.mark.parametrize(
    "name",
    [
        "accuracy", "Accuracy", "balanced_accuracy", "f1", "f1_macro", "macro avg.f1-score", "roc_auc", "auc", "test_auc",
        "r2", "r2_score", "precision", "recall@5", "neg_log_loss", "neg_mean_squared_error", "mcc", "average_precision",
        "val.accuracy", "baseline.accuracy", "throughput", "explained_variance_score", "top_5_accuracy", "kappa",
    ],
)  # fmt: skip
def test_higher_is_better(name: str) -> None:
    assert direction_of(name, {}) == "higher"


@pytest.mark.parametrize(
    "name",
    [
        "loss", "log_loss", "logloss", "val_loss", "train.loss", "mae", "rmse", "mse", "mean_absolute_error", "max_error",
        "brier", "brier_score", "brier_score_loss", "latency_ms", "latency_p95", "p95_latency", "model_size", "size_mb",
        "mean_pinball_loss", "fpr", "perplexity", "loss.train", "root_mean_squared_error",
    ],
)  # fmt: skip
def test_lower_is_better(name: str) -> None:
    assert direction_of(name, {}) == "lower"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "n",
        "rows",
        "test_rows",
        "test_size",
        "accuracy_std",
        "std",
        "threshold",
        "depth",
        "support",
        "..",
        "é",
    ],
)
def test_a_name_that_does_not_tell(name: str) -> None:
    assert direction_of(name, {}) == "unknown"


def test_the_configuration_wins_by_full_name_then_by_the_last_part() -> None:
    assert direction_of("a.loss", {"loss": "higher"}) == "higher"
    assert direction_of("a.loss", {"loss": "higher", "a.loss": "lower"}) == "lower"
    assert direction_of("b.speed", {"speed": "higher"}) == "higher"


@given(st.text(max_size=30))
def test_any_name_has_an_answer(name: str) -> None:
    assert direction_of(name, {}) in ("higher", "lower", "unknown")


@pytest.mark.parametrize(
    "name", ["epoch", "train.epoch", "global_step", "best_epoch", "n_iter", "weighted avg.support", "Step"]
)
def test_a_counter_is_no_metric(name: str) -> None:
    assert is_counter(name)


@pytest.mark.parametrize(
    "name", ["", "..", "seconds_per_epoch", "my_kpi", "word_count", "samples_per_step", "step_loss"]
)
def test_what_only_sounds_like_a_counter(name: str) -> None:
    assert not is_counter(name)
