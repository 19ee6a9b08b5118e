"""Which stages are out of date for no other reason than new data: what a retraining after the merge takes care of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlgit.dvc.paths import below
from mlgit.dvc.staleness import ANOTHER, Reason, StageState


def waiting_for_training(states: Sequence[StageState], tables: Iterable[str]) -> frozenset[str]:
    """Return the addresses of the stages that only new data in `tables` (paths) made stale, directly or not.

    Any other reason beside, such as changed code, a changed schema or a missing output, leaves a stage out, and with it
    all that come after it. A dependency on a folder around a table may have changed for another file: it is no such
    reason.
    """
    known = tuple(tables)
    stale = {state.address: state.reasons for state in states if state.state == "stale"}
    waiting: frozenset[str] = frozenset()
    while True:
        more = frozenset(
            address
            for address, reasons in stale.items()
            if all(is_new_data(one, known) or is_after(one, waiting) for one in reasons)
        )
        if more == waiting:
            return waiting
        waiting = more


def is_new_data(reason: Reason, tables: Sequence[str]) -> bool:
    """Tell whether a reason is that a table, or a file in it, has another content."""
    changed = reason.cause == "dependency" and reason.text == ANOTHER
    return changed and any(below(table, reason.name) for table in tables)


def is_after(reason: Reason, waiting: frozenset[str]) -> bool:
    """Tell whether a reason is that a stage before would be made again, which waits for nothing but a training."""
    return reason.cause == "upstream" and reason.name in waiting
