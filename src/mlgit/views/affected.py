"""What a change concerns, as text."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.dvc.concerns import Affected
from mlgit.text import counted

SHOWN = 40


def affected_lines(result: Affected) -> Iterator[str]:
    """Yield what is concerned and why, a line each."""
    for name, value in (("code", result.code), ("data", result.data), ("model", result.model)):
        yield f"{name:<6} {'concerned' if value else 'not concerned'}"
    if result.models:
        yield "models " + ", ".join(result.models)
    if result.jobs:
        yield f"CI looks at them in {counted(len(result.jobs), 'job')}"
    if result.doubt:
        yield f"everything is concerned: {result.doubt}"
    for concern in result.concerns[:SHOWN]:
        subjects = ", ".join(concern.subjects) or "nothing"
        yield f"  {concern.path}: {subjects} ({concern.because})"
    if len(result.concerns) > SHOWN:
        yield f"  and {len(result.concerns) - SHOWN} more paths"
