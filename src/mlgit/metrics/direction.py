"""Which way is better: what the name of a metric tells, unless mlgit.yaml says it.

Source of the names: scikit-learn's convention that `*_score` is to be maximised and `*_error` and `*_loss` minimised,
and the usual names of the measures of classification, regression, ranking, text and speed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from mlgit.stats.naming import named_metric

Direction = Literal["higher", "lower", "unknown"]


def named(words: str) -> frozenset[str]:
    """Return words that are written one after the other."""
    return frozenset(words.split())


HIGHER = named(
    "accuracy acc auc auroc auprc roc_auc pr_auc average_precision ap map precision recall sensitivity specificity "
    "tpr tnr f1 f2 fbeta f_measure r2 mcc matthews kappa jaccard iou miou dice ndcg mrr score explained_variance "
    "spearman pearson kendall bleu rouge meteor psnr ssim throughput silhouette hit_rate"
)
LOWER = named(
    "loss error mae mse rmse rmsle msle mape smape wape medae brier brier_score logloss log_loss cross_entropy nll "
    "perplexity pinball deviance hinge hamming fpr fnr fdr eer ece mce wer cer fid latency duration runtime time "
    "seconds milliseconds ms size bytes memory"
)
NEITHER = named("sample_size samples_size test_size train_size batch_size n_size step_size window_size")
COUNTERS = named(
    "epoch epochs step steps iteration iterations iter iters batch batches fold folds round rounds trial trials seed "
    "count support n timestamp"
)
"""Numbers that say where or over how much a measure was taken, and are none."""
OF_COUNTERS = named("best global current last final num number n total completed training early stopping")
UNITS = named("ms seconds milliseconds bytes")
VAGUE = frozenset(("score",))
"""What tells a direction by custom and does not say which measure it is."""
SEPARATORS = re.compile(r"[^a-z0-9]+")
NEGATED = frozenset(("neg", "negative"))
SETTINGS = named(
    "mean avg average min max median macro micro weighted samples p50 p90 p95 p99 total train test valid val "
    "validation dev holdout cv at top k positive class all overall mb kb gb balanced squared"
)
"""Words that say over what or how a measure is taken, not which measure it is."""


def direction_of(name: str, declared: Mapping[str, Direction]) -> Direction:
    """Return which way the metric called `name` is better; `unknown` when neither mlgit.yaml nor the name tells.

    `declared` maps a full dotted name, or its last part, to a direction.
    """
    last = name.rpartition(".")[2]
    for spelling in (name, last):
        if spelling in declared:
            return declared[spelling]
    metric = named_metric(last)
    if metric is not None:
        return "higher" if metric.higher_is_better else "lower"
    for part in reversed(name.split(".")):
        told = told_by(part)
        if told != "unknown":
            return told
    return "unknown"


def known_direction(name: str, declared: Mapping[str, Direction]) -> Direction:
    """Return which way a metric is better where that is no guess: mlgit.yaml says it, or its last part is an exact name.

    `test_accuracy` is one, its first word says over what it is measured; of `error_score` and `my_kpi` nobody knows.
    """
    last = name.rpartition(".")[2]
    if name in declared or last in declared:
        return direction_of(name, declared)
    words = words_of(last)
    negated = bool(words) and words[0] in NEGATED
    found = exact_direction(words[negated:])
    if negated:
        return "higher" if found == "lower" else "unknown"
    return found


def exact_direction(words: list[str]) -> Direction:
    """Return which way a measure is better whose words are a name by themselves, but for what says over what it is taken."""
    whole = "_".join(words)
    if whole in NEITHER:
        return "unknown"
    metric = named_metric(whole)
    if metric is not None:
        return "higher" if metric.higher_is_better else "lower"
    core = [word for word in words if word not in SETTINGS | UNITS and not word.isdigit()]
    spellings = {whole, "_".join(core)} - VAGUE
    if spellings & HIGHER:
        return "higher"
    return "lower" if spellings & LOWER else "unknown"


def is_counter(name: str) -> bool:
    """Tell whether a number counts something (`epoch`, `global_step`, `weighted avg.support`): nothing to judge by.

    >>> is_counter("train.epoch"), is_counter("seconds_per_epoch")
    (True, False)
    """
    words = words_of(name.rpartition(".")[2])
    others = {word for word in words[:-1] if not word.isdigit()}
    return bool(words) and words[-1] in COUNTERS and others <= COUNTERS | OF_COUNTERS | SETTINGS


def is_baseline(name: str) -> bool:
    """Tell whether a metric is that of the trivial model beside ours: context, nothing to decide."""
    return "baseline" in name.split(".")


def words_of(part: str) -> list[str]:
    """Return the words of one part of a dotted name."""
    return [word for word in SEPARATORS.sub("_", part.lower()).split("_") if word]


def told_by(part: str) -> Direction:
    """Return the direction that one part of a dotted name tells."""
    words = words_of(part)
    if not words or "std" in words or "_".join(words) in NEITHER:
        return "unknown"
    if words[0] in NEGATED:
        return "higher"
    for spelling in (words, [word for word in words if word not in SETTINGS and not word.isdigit()]):
        for start in range(len(spelling)):
            ending = "_".join(spelling[start:])
            if ending in LOWER:
                return "lower"
            if ending in HIGHER:
                return "higher"
    return "unknown"
