"""Metrics of items that have several labels at once, written as `news|sport`; `|` alone is an item without any.

Subset accuracy, Hamming loss and F1 by item are means of one number an item; the micro F1 is the ratio of two sums; the macro F1
is the mean over the labels of the truth, by what each item moves it by (`linear`), and needs 20 items of the rarest. The item is
what is sampled, or its group: its labels hang together. G. Tsoumakas, I. Katakis, I. Vlahavas, Mining Multi-label Data (2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.class_estimators import hit_estimates
from mlgit.stats.columns import mean_estimates, ratio_estimates
from mlgit.stats.errors import StatisticsError, UndefinedMetricError
from mlgit.stats.estimates import Estimates, estimates_of
from mlgit.stats.evidence import texts
from mlgit.stats.influence import Influence
from mlgit.stats.linear import rarest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlgit.stats.arrays import Array, Booleans, Floats, Integers
    from mlgit.stats.estimates import Estimator
    from mlgit.stats.evidence import Evidence
    from mlgit.stats.options import Options

SEPARATOR = "|"
SHARE = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class LabelSets:
    """Which labels are true of each item and which either model gives it, each of shape (n, labels); `known` in the truth."""

    truth: Booleans
    base: Booleans
    head: Booleans
    known: int
    """So many labels, the first ones, occur in the truth; the others a model made up."""
    changed: int
    groups: Integers | None


def label_sets(evidence: Evidence) -> LabelSets:
    """Return the sets of labels of each item; `StatisticsError` without predictions or without any label in the truth."""
    if evidence.base_predictions is None or evidence.head_predictions is None:
        raise StatisticsError("the evidence has no predictions")
    sides = [split(one) for one in (evidence.labels, evidence.base_predictions, evidence.head_predictions)]
    known = sorted({name for names, _ in sides[:1] for one in names for name in one})
    if not known:
        raise UndefinedMetricError("no item has a label")
    made_up = {name for names, _ in sides[1:] for one in names for name in one}.difference(known)
    columns = {name: place for place, name in enumerate([*known, *sorted(made_up)])}
    truth, base, head = (indicators(names, places, columns) for names, places in sides)
    return LabelSets(
        truth=truth,
        base=base,
        head=head,
        known=len(known),
        changed=int(np.count_nonzero((base != head).any(axis=1))),
        groups=evidence.group_codes,
    )


def split(values: Array) -> tuple[list[frozenset[str]], Integers]:
    """Return the different sets of labels in a column of shape (n,), and which of them each item has."""
    found, places = np.unique(texts(np.asarray(values)), return_inverse=True)
    sets = [frozenset(part.strip() for part in one.split(SEPARATOR)) - {""} for one in found.tolist()]
    return sets, places


def indicators(sets: list[frozenset[str]], places: Integers, columns: Mapping[str, int]) -> Booleans:
    """Return which labels each item has, shape (n, labels)."""
    table = np.zeros((len(sets), len(columns)), dtype=np.bool_)
    for row, names in enumerate(sets):
        table[row, [columns[name] for name in names]] = True
    found: Booleans = table[places]
    return found


def subset_accuracy(sets: LabelSets) -> Estimates:
    """Return the estimates of the share of items of which every label is told right and none too many."""
    base, head = ((side == sets.truth).all(axis=1) for side in (sets.base, sets.head))
    return hit_estimates(base, head, sets.changed, sets.groups)


def hamming_loss(sets: LabelSets) -> Estimates:
    """Return the estimates of the mean share of the labels that are told wrong, each of those in the truth counting alike.

    An item with more wrong ones than there are labels, of which a model makes some up, counts as wrong in all.
    """
    base, head = (
        np.minimum(1.0, (side != sets.truth).sum(axis=1) / sets.known) for side in (sets.base, sets.head)
    )
    return mean_estimates(base, head, groups=sets.groups, bounds=SHARE)


def f1_by_item(sets: LabelSets) -> Estimates:
    """Return the estimates of the mean over the items of the F1 of its labels; 1 where there are none on either side."""
    sides = [sums(sets, side) for side in (sets.base, sets.head)]
    base, head = (np.divide(top, bottom, out=np.ones_like(top), where=bottom > 0.0) for top, bottom in sides)
    return mean_estimates(base, head, groups=sets.groups, bounds=SHARE)


def f1_micro(sets: LabelSets) -> Estimates:
    """Return the estimates of the F1 of all labels of all items together."""
    base, head = (sums(sets, side) for side in (sets.base, sets.head))
    return ratio_estimates(base, head, groups=sets.groups, bounds=SHARE)


def sums(sets: LabelSets, side: Booleans) -> tuple[Floats, Floats]:
    """Return of each item twice its right labels, and how many labels it has and is given."""
    right = (sets.truth & side).sum(axis=1)
    return 2.0 * right, (sets.truth.sum(axis=1) + side.sum(axis=1)).astype(np.float64)


def f1_macro(sets: LabelSets) -> Estimates:
    """Return the estimates of the mean over the labels of the truth of their F1."""
    first, second = (macro(sets, side) for side in (sets.base, sets.head))
    return estimates_of(first.alone(), second.alone(), second.minus(first), sets.changed)


def macro(sets: LabelSets, side: Booleans) -> Influence:
    """Return the macro F1 of a side with what each item moves it by; the unseen item has every label and is given none, or all."""
    truth, given = (one[:, : sets.known].astype(np.float64) for one in (sets.truth, side))
    both, whole = truth * given, truth + given
    counts = whole.sum(axis=0)
    found = 2.0 * both.sum(axis=0) / counts
    moved = ((2.0 * both - found * whole) / counts).mean(axis=1)
    return Influence(
        estimate=float(found.mean()),
        influence=moved,
        fall=float((found / (counts + 1.0)).mean()),
        rise=float(((2.0 - 2.0 * found) / (counts + 2.0)).mean()),
        rarest=rarest((sets.truth[:, label] for label in range(sets.known)), sets.groups),
        groups=sets.groups,
    )


def estimates_of_sets(
    evidence: Evidence, seed: int, options: Options, *, law: Callable[[LabelSets], Estimates]
) -> Estimates:
    """Return the estimates of a metric of sets of labels."""
    del seed, options
    return law(label_sets(evidence))


SET_ESTIMATORS: Mapping[str, Estimator] = {
    name: partial(estimates_of_sets, law=law)
    for name, law in (
        ("subset_accuracy", subset_accuracy),
        ("hamming_loss", hamming_loss),
        ("multilabel_f1_macro", f1_macro),
        ("multilabel_f1_micro", f1_micro),
        ("multilabel_f1_samples", f1_by_item),
    )
}
"""The estimator of every metric of items with several labels, by the metric's name."""
