"""What was asked, in the text form of Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds up to which a request was answered."""
HELP = {
    "mlgit_requests_total": "Requests by path and status.",
    "mlgit_rows_total": "Rows that were answered, by version.",
    "mlgit_refused_total": "Values that broke a rule of the schema, by column and rule.",
    "mlgit_swaps_total": "Changes of what runs, by outcome.",
    "mlgit_log_lost_lines": "Lines of the log of predictions that could not be written.",
}
Labels = tuple[tuple[str, str], ...]


class Counts(Struct, frozen=True, kw_only=True):
    """What was counted, as a value."""

    counted: tuple[tuple[str, Labels, int], ...]
    buckets: tuple[int, ...]
    seconds: float


class Counters:
    """Counters by name and labels, and one histogram of the seconds of a request."""

    def __init__(self, before: Iterable[Counts] = ()) -> None:
        """Begin with what was counted `before`."""
        self._counted: Counter[tuple[str, Labels]] = Counter()
        self._buckets = [0] * (len(BUCKETS) + 1)
        self._seconds = 0.0
        for one in before:
            self._counted.update({(name, labels): number for name, labels, number in one.counted})
            self._buckets = [a + b for a, b in zip(self._buckets, one.buckets, strict=True)]
            self._seconds += one.seconds

    @property
    def counts(self) -> Counts:
        """Everything that was counted."""
        counted = tuple((name, labels, number) for (name, labels), number in self._counted.items())
        return Counts(counted=counted, buckets=tuple(self._buckets), seconds=self._seconds)

    def count(self, name: str, labels: Labels = (), number: int = 1) -> None:
        """Count something."""
        self._counted[name, labels] += number

    def took(self, seconds: float) -> None:
        """Count a prediction that took so long."""
        self._buckets[bisect_left(BUCKETS, seconds)] += 1
        self._seconds += seconds

    def text(self, info: Iterable[Mapping[str, str]]) -> str:
        """Return everything as Prometheus reads it; `info` are the versions that run."""
        lines: list[str] = []
        for name, said in HELP.items():
            lines += [f"# HELP {name} {said}", f"# TYPE {name} counter"]
            lines += [
                f"{name}{labelled(key[1])} {number}"
                for key, number in self._counted.items()
                if key[0] == name
            ]
        lines += [
            "# HELP mlgit_request_seconds Time of a prediction.",
            "# TYPE mlgit_request_seconds histogram",
        ]
        reached = 0
        for bound, number in zip((*BUCKETS, "+Inf"), self._buckets, strict=True):
            reached += number
            lines.append(f'mlgit_request_seconds_bucket{{le="{bound}"}} {reached}')
        lines += [f"mlgit_request_seconds_sum {self._seconds}", f"mlgit_request_seconds_count {reached}"]
        lines.append("# TYPE mlgit_model_info gauge")
        lines += [f"mlgit_model_info{labelled(tuple(one.items()))} 1" for one in info]
        return "\n".join(lines) + "\n"


def labelled(labels: Labels) -> str:
    """Return labels in braces."""
    return "{" + ",".join(f'{name}="{escaped(value)}"' for name, value in labels) + "}" if labels else ""


def escaped(text: str) -> str:
    """Return a value of a label."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
