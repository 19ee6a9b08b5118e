"""What the metrics are called: the names a gate may use, and which estimator each stands for. Needs no numpy."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Averaging = Literal["binary", "macro", "micro", "weighted"]
ESTIMATED = (
    "accuracy", "error_rate", "f1", "precision", "recall", "specificity", "balanced_accuracy", "mcc", "kappa",
    "roc_auc", "roc_auc_ovr", "average_precision", "log_loss", "brier", "mae", "mse", "pinball", "rmse", "r2",
    "subset_accuracy", "hamming_loss", "multilabel_f1_macro", "multilabel_f1_micro", "multilabel_f1_samples",
)  # fmt: skip
"""Every metric with an estimator of its own in `estimators`, which a test compares with this list."""
LOSSES = frozenset({"error_rate", "log_loss", "brier", "mae", "mse", "pinball", "rmse", "hamming_loss"})
"""The metrics that are better low."""
NUMERIC = frozenset({"mae", "mse", "rmse", "r2", "pinball"})
"""The metrics whose labels and predictions are numbers."""
OF_SETS = frozenset(
    {"subset_accuracy", "hamming_loss", "multilabel_f1_macro", "multilabel_f1_micro", "multilabel_f1_samples"}
)
"""The metrics of items with several labels at once."""
BY_SCORE = frozenset({"roc_auc", "average_precision", "log_loss", "brier"})
"""The metrics that are computed from scores of two classes."""
AVERAGED = ("f1", "precision", "recall")
AVERAGES: tuple[Averaging, ...] = ("macro", "micro", "weighted")
OTHER_NAMES = {
    "acc": "accuracy",
    "auc": "roc_auc",
    "auroc": "roc_auc",
    "ap": "average_precision",
    "brier_score": "brier",
    "logloss": "log_loss",
    "cross_entropy": "log_loss",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse",
    "matthews_corrcoef": "mcc",
    "cohen_kappa": "kappa",
}


class NamedMetric(Struct, frozen=True, kw_only=True):
    """A metric by its estimator, and over which classes it is averaged (None: what the labels suggest)."""

    estimator: str
    average: Averaging | None = None

    @property
    def higher_is_better(self) -> bool:
        """Which way is better."""
        return self.estimator not in LOSSES

    @property
    def concerns_one_class(self) -> bool:
        """Whether it matters which of two classes is the positive one."""
        if self.estimator in AVERAGED:
            return self.average in (None, "binary")
        return self.estimator in BY_SCORE or self.estimator == "specificity"


def named_metric(name: str) -> NamedMetric | None:
    """Return the metric of a name such as `roc_auc`, `f1_macro` or `brier_score`; None for one without an estimator."""
    known = OTHER_NAMES.get(name, name)
    if known in ESTIMATED:
        return NamedMetric(estimator=known)
    estimator, _, ending = name.rpartition("_")
    for average in AVERAGES:
        if estimator in AVERAGED and ending == average:
            return NamedMetric(estimator=estimator, average=average)
    return None


def metric_names() -> tuple[str, ...]:
    """Return every name that `named_metric` knows, in a stable order."""
    averaged = (f"{name}_{average}" for name in AVERAGED for average in AVERAGES)
    return (*ESTIMATED, *averaged, *OTHER_NAMES)
