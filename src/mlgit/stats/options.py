"""What a metric needs of the evidence, or a clear word that it is not there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlgit.stats.arrays import Array, Booleans, Floats, Integers, finite_vector
from mlgit.stats.draws import RESAMPLES
from mlgit.stats.errors import OneClassError, StatisticsError, UnknownLabelError
from mlgit.stats.evidence import Evidence, texts

if TYPE_CHECKING:
    from mlgit.stats.confusion import Average


@dataclass(frozen=True, kw_only=True)
class Options:
    """What some metrics need to know besides the data.

    `average` over the classes (None: binary with two classes, macro with more) and the `positive` class (None:
    the last in sorted order) concern f1, precision and recall, `positive` also ROC AUC, log-loss and Brier;
    `quantile` in (0, 1) concerns pinball. What is None is read from the labels (`settle`); for a slice, settle
    the options on all the items first, for a slice may lack a class.
    """

    average: Average | None = None
    positive: object = None
    quantile: float = 0.5
    resamples: int = RESAMPLES


def settle(evidence: Evidence, options: Options) -> Options:
    """Return options whose average and positive class are fixed by the labels where they were None.

    Only labels count, not predictions: a model that invents a third class must not change what is measured.
    """
    classes = np.unique(evidence.labels)
    average: Average = options.average or ("binary" if len(classes) <= 2 else "macro")
    positive = options.positive
    if positive is None and len(classes) == 2:
        positive = classes[1].item()
    return replace(options, average=average, positive=positive)


def class_codes(evidence: Evidence) -> tuple[Array, Integers, Integers, Integers]:
    """Return the classes, and the labels and both predictions as codes into them."""
    if evidence.class_codes is None:
        raise StatisticsError("the evidence has no predictions")
    return evidence.class_codes


def both_scores(evidence: Evidence) -> tuple[Floats, Floats]:
    """Return both models' scores, each of shape (n,)."""
    if evidence.base_scores is None or evidence.head_scores is None:
        raise StatisticsError("the evidence has no scores")
    return evidence.base_scores, evidence.head_scores


def class_scores(evidence: Evidence) -> tuple[Integers, Floats, Floats]:
    """Return the labels as places among the classes, and both models' scores of each class, shape (n, classes).

    Raises `StatisticsError` where a label has no column of scores or there are none, `NotFiniteError` for what is no number.
    """
    names = list(evidence.base_class_scores)
    places = {name: number for number, name in enumerate(names)}
    missing = sorted(set(texts(evidence.labels).tolist()) - places.keys())
    if len(names) < 2 or missing:
        lacks = f"score_{missing[0]}" if names and missing else "score_<class> for each class"
        raise StatisticsError(f"the evidence has no column {lacks}")
    codes = np.array([places[name] for name in texts(evidence.labels).tolist()], dtype=np.intp)
    sides = (evidence.base_class_scores, evidence.head_class_scores)
    base, head = (
        np.stack([finite_vector(f"score_{name}", side[name]) for name in names], axis=1) for side in sides
    )
    return codes, base, head


def truth_and_numbers(evidence: Evidence) -> tuple[Floats, Floats, Floats]:
    """Return labels and both models' predictions as numbers; the scores where no predictions were given."""
    truth = finite_vector("labels", evidence.labels)
    if evidence.base_predictions is None or evidence.head_predictions is None:
        return truth, *both_scores(evidence)
    base = finite_vector("base predictions", evidence.base_predictions)
    return truth, base, finite_vector("head predictions", evidence.head_predictions)


def positive_labels(evidence: Evidence, positive: object) -> Booleans:
    """Say which items are positive; the labels must hold exactly two classes (`OneClassError`)."""
    classes, codes = np.unique(evidence.labels, return_inverse=True)
    if len(classes) != 2:
        raise OneClassError(f"the labels must hold two classes, not {len(classes)}")
    chosen: Booleans = codes == positive_code(classes, positive)
    return chosen


def positive_code(classes: Array, positive: object) -> int:
    """Return the place of the positive class among the sorted classes: the last of two unless it is named."""
    if positive is None:
        if len(classes) > 2:
            raise UnknownLabelError(f"with {len(classes)} classes the positive one must be named")
        return 1
    names, wanted = texts(classes).tolist(), str(texts(np.asarray([positive]))[0])
    if wanted not in names:
        raise UnknownLabelError(f"the positive class {positive} is not among {', '.join(names[:10])}")
    return int(names.index(wanted))
