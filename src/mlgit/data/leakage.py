"""How much of the target one column tells by itself: a column that tells nearly all of it has leaked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from mlgit.data.profile import Value

SAMPLE = 5_000
"""So many rows are enough to see a leak."""
BINS = 50
FEWEST = 60
"""With fewer rows nothing is said."""
FEWEST_OF_A_CLASS = 10
LEAKED = 0.9
"""A column that tells more than this of the target, and did not before, has leaked."""
MOST_CLASSES = 50


def told(values: Sequence[Any], target: Sequence[Any], *, classes: bool) -> float | None:
    """Return the share of the error of guessing that a column takes away, from 0 to 1; None when too little is there.

    Every row is guessed from the other rows whose value lies in the same of 50 bins: its class by the most frequent one,
    the rank of its number by the mean.
    """
    pairs = [(a, b) for a, b in zip(values, target, strict=True) if a is not None and b is not None]
    if len(pairs) < FEWEST:
        return None
    bins = binned([a for a, _ in pairs])
    if classes:
        return told_classes(bins, [b for _, b in pairs])
    return told_numbers(bins, ranks([b for _, b in pairs]))


def binned(values: list[Any]) -> list[Value]:
    """Return the bin of each value: itself while there are few, else one of 50 of about equally many rows."""
    if len(set(values)) <= BINS or isinstance(values[0], str):
        return values
    return [round(rank * BINS / len(values) - 0.5) for rank in ranks(values)]


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
