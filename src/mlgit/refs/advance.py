"""Move a ref by what is decided from where it stands: when a rival was quicker it is decided again.

Many may write at once: of each round one gets through, and the others wait a little longer before the next. How long all
of it may take is a matter of the clock, not of a number of rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from mlgit.git.repository import Repository
from mlgit.refs.swap import ATTEMPTS, busy, pause, swap, tip

PATIENT = 300.0
"""Seconds after which a ref is given up that others write all the time."""


def advance(
    repository: Repository,
    remote: str,
    ref: str,
    choose: Callable[[str | None], str | None],
    move: Callable[[str, str | None], bool] | None = None,
) -> str | None:
    """Point a ref to what `choose` returns for the commit it stands at (None: it does not exist); return where it stands.

    The same commit again: there is nothing to do. `move` swaps the ref in another way. Raises `ExternalError`
    (`ref-push`, `ref-busy`), and whatever `choose` raises.
    """
    begun, rounds = time.monotonic(), 0
    while rounds < ATTEMPTS or time.monotonic() - begun < PATIENT:
        old = tip(repository, remote, ref)
        new = choose(old)
        if new is None or new == old:
            return old
        if move(new, old) if move else swap(repository, remote, ref, new, old):
            return new
        rounds += 1
        pause()
    raise busy(ref)
