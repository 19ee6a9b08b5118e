"""A retraining as text."""

from __future__ import annotations

from mlgit.retraining.handover import Retrained


def retrain_text(result: Retrained) -> str:
    """Return what was decided and why, and what came of it."""
    claimed = result.claimed
    lines = [f"asked for by {claimed.trigger.cause} at {claimed.base[:12]} of {claimed.branch}"]
    if claimed.answered:
        lines.append("this trigger was answered before: nothing to do")
    for skip in claimed.skip:
        lines.append(f"{skip.unit}: not trained ({skip.because}): {skip.text}")
    for one in claimed.train:
        expected = f", {one.estimate / 60:.1f} minutes expected" if one.estimate is not None else ""
        verb = "would be trained" if result.dry else "trained"
        lines.append(f"{one.unit.name}: {verb} (attempt {one.attempt}{expected}) because {one.unit.stale[0]}")
    for done in result.concluded:
        place = f": {done.url}" if done.url else ""
        lines.append(f"{done.unit}: {done.ending}: {done.text}{place}")
        lines += [f"  {note}" for note in done.notes]
    return "".join(f"{line}\n" for line in lines)
