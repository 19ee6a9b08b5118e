"""Which way is better: what the name of a metric tells, unless mlgit.yaml says it.

Source of the names: scikit-learn's convention that `*_score` is to be maximised and `*_error` and `*_loss` minimised,
and the usual names of the measures of classification, regression, ranking, text and speed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

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
    for part in reversed(name.split(".")):
        told = told_by(part)
        if told != "unknown":
            return told
    return "unknown"


def is_baseline(name: str) -> bool:
    """Tell whether a metric is that of the trivial model beside ours: context, nothing to decide."""
    return "baseline" in name.split(".")


def told_by(part: str) -> Direction:
    """Return the direction that one part of a dotted name tells."""
    words = [word for word in SEPARATORS.sub("_", part.lower()).split("_") if word]
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
