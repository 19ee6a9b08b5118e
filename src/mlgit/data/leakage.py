"""How much of the target one column, or the place of a row, tells by itself: what tells nearly all of it has leaked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from mlgit.data.profile import Value

SAMPLE = 5_000
"""So many rows are enough to see a leak."""
BINS = 50
BINS_OF_A_CLASS = 5
"""The rows of a rare class lie in so many."""
ROWS_OF_A_BIN = 5
"""A bin holds so many rows at least, one of a rare class so many of its rows."""
STARTS = (0.0, 0.5)
"""Bins of classes begin in two ways: the border between two classes lies near that of two bins in one of them."""
FEWEST = 60
"""With fewer rows nothing is said."""
FEWEST_OF_A_CLASS = 10
LEAKED = 0.9
"""A column that tells more than this of the target, and did not before, has leaked."""
MOST_CLASSES = 50


def told(values: Sequence[Any], target: Sequence[Any], *, classes: bool) -> float | None:
    """Return the share of the error of guessing that a column takes away, from 0 to 1; None when too little is there.

    Every row is guessed from the other rows whose value lies in the same bin: its class by the most frequent one, the rank
    of its number by the mean. Whether there is a value at all may tell more: a day of leaving that only those have who left.
    """
    pairs = [(a, b) for a, b in zip(values, target, strict=True) if b is not None]
    filled = [(a, b) for a, b in pairs if a is not None]
    shares = [told_by_value(filled, classes=classes)]
    if min(len(filled), len(pairs) - len(filled)) >= FEWEST_OF_A_CLASS:
        shares.append(told_by_value([(a is None, b) for a, b in pairs], classes=classes))
    return max((share for share in shares if share is not None), default=None)


def told_by_value(pairs: Sequence[tuple[Any, Any]], *, classes: bool) -> float | None:
    """Return what values tell of the target that stands beside each."""
    if len(pairs) < FEWEST:
        return None
    known = [b for _, b in pairs]
    asked = [a for a, _ in pairs]
    if not classes:
        return told_numbers(binned(asked, []), ranks(known))
    shares = [told_classes(binned(asked, known, start), known) for start in STARTS]
    return max((share for share in shares if share is not None), default=None)


def told_by_place(target: Sequence[Any], *, classes: bool) -> float | None:
    """Return how much of the target the place of a row tells; nearly all of it in a table that is sorted by its target."""
    return told(range(len(target)), target, classes=classes)


def told_by_id(ids: Sequence[Any], target: Sequence[Any], *, classes: bool) -> float | None:
    """Return how much of the target the order of the ids tells, texts by their alphabet: nearly all where one class was numbered after another."""
    known = [one for one in ids if one is not None]
    rank = {one: place for place, one in enumerate(sorted(set(known)))}
    return told([rank.get(one) for one in ids], target, classes=classes)


def binned(values: list[Any], classes: list[Any], start: float = 0.0) -> list[Value]:
    """Return the bin of each value: itself while there are few, else one of 50 at most of about equally many rows.

    The first bin is narrower by the part `start`. The rows of a rare class count for more, or one bin would hold them all among many times as many.
    """
    if len(set(values)) <= BINS or isinstance(values[0], str):
        return values
    usual = min(1 / ROWS_OF_A_BIN, BINS / len(values))
    parts = {
        one: max(usual, min(1 / ROWS_OF_A_BIN, BINS_OF_A_CLASS / rows))
        for one, rows in Counter(classes).items()
    }
    widths: dict[Any, float] = defaultdict(float)
    for number, value in enumerate(values):
        widths[value] += parts[classes[number]] if classes else usual
    bins, passed = {}, start
    for value in sorted(widths):
        bins[value] = int(passed + widths[value] / 2)
        passed += widths[value]
    return [bins[value] for value in values]


def ranks(values: list[Any]) -> list[float]:
    """Return the middle rank of each value, equal values sharing theirs."""
    counts = Counter(values)
    places, passed = {}, 0
    for value in sorted(counts):
        places[value] = passed + (counts[value] - 1) / 2
        passed += counts[value]
    return [places[value] for value in values]


def told_classes(bins: list[Value], target: list[Value]) -> float | None:
    """Return how many of the wrong guesses go away, for a target of classes."""
    classes = Counter(target)
    largest = max(classes.values())
    others = len(target) - largest
    if others < FEWEST_OF_A_CLASS or len(classes) > MOST_CLASSES:
        return None
    in_bins: dict[Value, Counter[Value]] = defaultdict(Counter)
    for one, label in zip(bins, target, strict=True):
        in_bins[one][label] += 1
    right = sum(guessed_right(counts) for counts in in_bins.values())
    return max(0.0, 1.0 - (len(target) - right) / others)


def guessed_right(counts: Counter[Value]) -> int:
    """Return how many rows of one bin are guessed by the most frequent class among the others."""
    ordered = counts.most_common(2)
    second = ordered[1][1] if len(ordered) > 1 else 0
    return ordered[0][1] if ordered[0][1] - 1 > second or (second == 0 and ordered[0][1] > 1) else 0


def told_numbers(bins: list[Value], target: list[float]) -> float | None:
    """Return the share of the squared error that goes away, for a target of numbers."""
    mean = sum(target) / len(target)
    whole = sum((value - mean) ** 2 for value in target)
    if whole == 0:
        return None
    sums: dict[Value, list[float]] = defaultdict(lambda: [0, 0.0])
    for one, value in zip(bins, target, strict=True):
        sums[one][0] += 1
        sums[one][1] += value
    left = 0.0
    for one, value in zip(bins, target, strict=True):
        number, total = sums[one]
        guess = (total - value) / (number - 1) if number > 1 else mean
        left += (value - guess) ** 2
    return max(0.0, 1.0 - left / whole)
