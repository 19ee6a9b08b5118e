"""One thing that is to exist on a forge: found again or created, never doubled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from mlgit.host.forge import ExistsError, UncertainError

ATTEMPTS = 4
"""How often a thing is created at most, each time after a look that did not find it."""

T = TypeVar("T")


def once(
    look: Callable[[], T | None], create: Callable[[], T]
) -> tuple[T, Literal["found", "created", "landed"]]:
    """Return the thing, and whether it was there, is new, or was found after an answer that left it open.

    After such an answer it looks before it tries again. Raises what `create` raises when nothing else helps.
    """
    for attempt in range(ATTEMPTS):
        found = look()
        if found is not None:
            return found, "landed" if attempt else "found"
        try:
            return create(), "created"
        except (UncertainError, ExistsError) as error:
            doubt = error
    found = look()
    if found is None:
        raise doubt
    return found, "landed"
