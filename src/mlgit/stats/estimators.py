"""The estimator of each metric, by its name."""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from mlgit.stats.class_estimators import confusion_estimates, share_of_hits
from mlgit.stats.confusion import METRICS
from mlgit.stats.estimates import Estimator
from mlgit.stats.label_sets import SET_ESTIMATORS
from mlgit.stats.losses import absolute_errors, pinball_losses, squared_errors
from mlgit.stats.number_estimators import explained_spread, number_loss_estimates, root_errors
from mlgit.stats.score_estimators import (
    average_precisions,
    brier_estimates,
    log_loss_estimates,
    roc_areas,
    roc_areas_of_classes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

ESTIMATORS: Mapping[str, Estimator] = MappingProxyType(
    {
        "accuracy": partial(share_of_hits, wrong=False),
        "error_rate": partial(share_of_hits, wrong=True),
        **{
            name: partial(confusion_estimates, name=name)
            for name in METRICS
            if name not in ("accuracy", "error_rate")
        },
        "roc_auc": roc_areas,
        "roc_auc_ovr": roc_areas_of_classes,
        "average_precision": average_precisions,
        "log_loss": log_loss_estimates,
        "brier": brier_estimates,
        "mae": partial(number_loss_estimates, loss=lambda truth, guess, _: absolute_errors(truth, guess)),
        "mse": partial(number_loss_estimates, loss=lambda truth, guess, _: squared_errors(truth, guess)),
        "pinball": partial(
            number_loss_estimates,
            loss=lambda truth, guess, options: pinball_losses(truth, guess, options.quantile),
        ),
        "rmse": root_errors,
        "r2": explained_spread,
        **SET_ESTIMATORS,
    }
)
"""The estimator of every metric that can be compared with an interval, by the metric's name."""
