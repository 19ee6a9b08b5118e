"""Tests of what a model does, a line each in `tests/model`: invariance, direction, minimum functionality, slices, limits.

    from mlgit.report import behaviour

    behaviour.same(model.predict, rows, rows.assign(name="Anna"), what="the name")
    behaviour.rises(chance_of_churn, rows, rows.assign(complaints=rows.complaints + 5), what="complaints")
    behaviour.not_beaten(labels, predictions, simpler=baseline.predict(rows))

`predict` takes rows and gives one value for each: a class, or a number. A test that fails raises `BehaviourError`, an
`AssertionError` that says how many rows, which, and what stood there; one that passes returns what was measured. After
M. T. Ribeiro et al., Beyond accuracy: behavioral testing of NLP models with CheckList (ACL 2020). Numpy is all it needs.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

Predict = Callable[[Any], Any]
SHOWN = 5
CONFIDENT = 1.96
"""Standard errors of a 95 % interval."""


class BehaviourError(AssertionError):
    """A model does what it should not; the message names rows and values."""


class Measured(NamedTuple):
    """What a test measured: `value` as its docstring says, over so many `items`; `note` says what was not judged."""

    value: float
    items: int
    note: str = ""


def same(
    predict: Predict, rows: Any, changed: Any, *, tolerance: float = 0.0, allowed: float = 0.0, what: str = ""
) -> Measured:
    """Invariance: what should not matter changed, so no prediction does. The value is the share of rows that changed.

    Numbers may differ by `tolerance`, a share of `allowed` rows (0 to 1) may differ at all.
    """
    import numpy as np

    before, after = both(predict, rows, changed)
    differ = ~(np.abs(after - before) <= tolerance) if numeric(before) else before != after
    return judged(differ, before, after, allowed, f"changed with {what or 'what should not matter'}")


def rises(
    predict: Predict, rows: Any, changed: Any, *, tolerance: float = 0.0, allowed: float = 0.0, what: str = ""
) -> Measured:
    """Direction: the prediction of every changed row is at least that of the row it came from. The value is the share that fell.

    A fall of at most `tolerance` is none; a share of `allowed` rows (0 to 1) may fall.
    """
    before, after = both(predict, rows, changed)
    need_numbers(before)
    return judged(~(after >= before - tolerance), before, after, allowed, f"fell with {what or 'the change'}")


def falls(
    predict: Predict, rows: Any, changed: Any, *, tolerance: float = 0.0, allowed: float = 0.0, what: str = ""
) -> Measured:
    """Direction: the prediction of every changed row is at most that of the row it came from. The value is the share that rose.

    A rise of at most `tolerance` is none; a share of `allowed` rows (0 to 1) may rise.
    """
    before, after = both(predict, rows, changed)
    need_numbers(before)
    return judged(~(after <= before + tolerance), before, after, allowed, f"rose with {what or 'the change'}")


def right(
    predict: Predict,
    rows: Any,
    expected: Sequence[Any],
    *,
    tolerance: float = 0.0,
    allowed: float = 0.0,
    what: str = "",
) -> Measured:
    """Minimum functionality: cases that any usable model gets right. The value is the share of wrong ones.

    Numbers may be off by `tolerance`, a share of `allowed` cases (0 to 1) may be wrong.
    """
    import numpy as np

    got, wanted = values(predict(rows)), values(expected)
    equal_length(got, wanted, "predictions", "expected values")
    wrong = ~(np.abs(got - wanted) <= tolerance) if numeric(got) and numeric(wanted) else got != wanted
    return judged(wrong, wanted, got, allowed, f"wrong on {what or 'cases that any model gets right'}")


def slices(
    labels: Sequence[Any],
    predictions: Sequence[Any],
    groups: Sequence[Any],
    *,
    at_least: float,
    fewest: int = 30,
) -> Measured:
    """Slices: the accuracy of no group is below `at_least`, beyond what chance explains. The value is the lowest of the judged.

    A group fails when the whole 95 % interval (Wilson) of its accuracy lies below; one of fewer rows than `fewest` is not judged.
    Needs msgspec besides numpy.
    """
    import numpy as np

    from mlgit.stats.proportions import wilson_bounds

    hits, names = values(labels) == values(predictions), values(groups)
    equal_length(hits, names, "predictions", "groups")
    lowest, small, low_ones = 1.0, [], []
    for name in np.unique(names):
        here = hits[names == name]
        if len(here) < fewest:
            small.append(f"{name!s} ({len(here)} rows)")
            continue
        share = float(here.mean())
        lowest = min(lowest, share)
        if wilson_bounds(int(here.sum()), len(here), 0.95)[1] < at_least:
            low_ones.append(f"{name!s}: {share:.3f} of {len(here)} rows")
    if low_ones:
        raise BehaviourError(f"accuracy is below {at_least:g} for {listed(low_ones)}")
    return Measured(
        lowest, len(hits), f"not judged, fewer than {fewest} rows: {listed(small)}" if small else ""
    )


def not_beaten(
    labels: Sequence[Any], predictions: Sequence[Any], *, simpler: Sequence[Any], margin: float = 0.0
) -> Measured:
    """Hold a model beside a simpler one, which is not to be better. The value is its loss minus the model's: positive is good.

    The loss is 1 for a wrong class, else the absolute error. It fails when the simpler model is better by more than `margin`
    with the whole 95 % interval of the paired difference.
    """
    import numpy as np

    truth, own, other = values(labels), values(predictions), values(simpler)
    equal_length(truth, own, "labels", "predictions")
    equal_length(truth, other, "labels", "predictions of the simpler model")
    gain = losses(truth, other) - losses(truth, own)
    mean = float(np.mean(gain))
    reach = CONFIDENT * float(np.std(gain, ddof=1)) / math.sqrt(len(gain)) if len(gain) > 1 else math.inf
    if mean + reach < -margin:
        interval = f"{mean - reach:+.4g} to {mean + reach:+.4g}"
        raise BehaviourError(
            f"the simpler model is better: its loss is {-mean:.4g} lower on {len(gain)} rows (difference {interval})"
        )
    note = "" if mean - reach > 0 else "the rows do not tell the two models apart"
    return Measured(mean, len(gain), note)


def fast(predict: Predict, rows: Any, *, seconds: float, times: int = 20, share: float = 0.95) -> Measured:
    """Latency: `share` of `times` calls on these rows take at most `seconds`. The value is that quantile; the first call warms up."""
    import numpy as np

    predict(rows)
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        predict(rows)
        taken.append(time.perf_counter() - start)
    reached = float(np.quantile(taken, share))
    if reached > seconds:
        raise BehaviourError(
            f"{share:.0%} of {times} calls took up to {reached:.4g} s, at most {seconds:g} s wanted"
        )
    return Measured(reached, times)


def small(path: str | os.PathLike[str], *, megabytes: float) -> Measured:
    """Size: a file, or all files of a folder, take at most so many megabytes of 10^6 bytes. The value is what they take."""
    place = Path(path)
    files = [one for one in place.rglob("*") if one.is_file()] if place.is_dir() else [place]
    taken = sum(one.stat().st_size for one in files) / 1e6
    if taken > megabytes:
        raise BehaviourError(f"{place} takes {taken:.3g} MB, at most {megabytes:g} MB wanted")
    return Measured(taken, len(files))


def both(predict: Predict, rows: Any, changed: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the predictions of rows and of the same rows changed."""
    before, after = values(predict(rows)), values(predict(changed))
    equal_length(before, after, "rows", "changed rows")
    return before, after


def values(given: Any) -> NDArray[Any]:
    """Return values as an array of one dimension; raises `ValueError` for another shape, and for none at all."""
    import numpy as np

    made = np.asarray(given)
    made = made.reshape(-1) if made.ndim == 2 and made.shape[1] == 1 else made
    if made.ndim != 1 or not len(made):
        raise ValueError(f"one value for each row is needed, and at least one row; the shape is {made.shape}")
    return made


def equal_length(one: NDArray[Any], other: NDArray[Any], first: str, second: str) -> None:
    """Raise `ValueError` for two arrays that do not belong together."""
    if len(one) != len(other):
        raise ValueError(f"{len(one)} {first} and {len(other)} {second}")


def numeric(given: NDArray[Any]) -> bool:
    """Tell whether values are numbers; classes that are numbered count as numbers, which are the same when equal."""
    return given.dtype.kind in "iuf"


def need_numbers(given: NDArray[Any]) -> None:
    """Raise `ValueError` for classes, which neither rise nor fall."""
    if not numeric(given):
        raise ValueError("a direction needs numbers: let predict return the chance of a class, or a number")


def losses(truth: NDArray[Any], predicted: NDArray[Any]) -> NDArray[Any]:
    """Return the loss of each row: the absolute error of numbers with fractions, else 1 for what is wrong."""
    import numpy as np

    fractions = "f" in (truth.dtype.kind, predicted.dtype.kind) and numeric(truth) and numeric(predicted)
    made: NDArray[Any] = np.abs(truth - predicted) if fractions else (truth != predicted).astype(float)
    return made


def judged(
    failed: NDArray[Any], before: NDArray[Any], after: NDArray[Any], allowed: float, what: str
) -> Measured:
    """Return the share of rows that failed; raises `BehaviourError` where it is more than is allowed."""
    share = float(failed.mean())
    if share > allowed:
        places = [int(place) for place in failed.nonzero()[0]]
        rows = [f"row {place}: {before[place]!s} -> {after[place]!s}" for place in places]
        limit = f", at most {allowed:.1%} allowed" if allowed else ""
        raise BehaviourError(f"{len(places)} of {len(failed)} predictions {what}{limit}: {listed(rows)}")
    return Measured(share, len(failed))


def listed(parts: Sequence[str]) -> str:
    """Return the first few of many parts."""
    more = f"; and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return "; ".join(parts[:SHOWN]) + more
