"""A verdict as it stands in every view."""

from __future__ import annotations

from mlgit.stats.decision import Verdict
from mlgit.views.cells import Own, Tone

TONES: dict[Verdict, Tone] = {Verdict.PASS: "good", Verdict.FAIL: "bad", Verdict.UNDECIDED: "warn"}


def badge(verdict: Verdict) -> Own:
    """Return a verdict in its tone."""
    return Own(str(verdict), TONES[verdict], badge=True)
