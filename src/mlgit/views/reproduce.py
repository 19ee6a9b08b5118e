"""What came of training a commit again, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlgit.runs.reproduction import Difference, Reproduction
from mlgit.text import counted, visible


def reproduction_lines(results: Sequence[Reproduction]) -> Iterator[str]:
    """Yield the verdict on each pipeline, and what it rests on."""
    if not results:
        yield "no pipeline was run at this commit"
    for one in results:
        yield from result_lines(one)


def result_lines(one: Reproduction) -> Iterator[str]:
    """Yield the verdict on one pipeline, and what it rests on."""
    seconds = "" if one.seconds is None else f", trained in {one.seconds} s"
    name = ", ".join(one.models) or f"the pipeline in {one.pipeline}"
    yield visible(f"{name} at {one.commit[:9]}: {one.verdict}{seconds}")
    if one.differences:
        yield f"first difference: {difference_text(one.differences[0])}"
        yield from (f"  {difference_text(difference)}" for difference in one.differences[1:])
    elif one.other:
        yield f"  {counted(one.metrics, 'metric')} within {one.tolerance:g} of the committed ones"
        yield visible(f"  not byte for byte, so the metrics decide: {', '.join(one.other)}", 1000)
    if one.same:
        yield visible(f"  byte for byte: {', '.join(one.same)}", 1000)
    yield from (visible(f"  note: {note}", 400) for note in one.notes)


def difference_text(one: Difference) -> str:
    """Return a difference as a line."""
    return visible(f"{one.kind}: {one.path}: {one.text}", 400)
