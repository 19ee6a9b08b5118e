"""Which of several versions answers a request: by weights, the same one for the same key. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from msgspec import Struct

from mlgit.errors import UsageError

SHADOW = "shadow"
WHOLE = 1e-9
HINT = 'traffic: "v1.3.0=0.1, v1.4.0=shadow"; what is left goes to the version of the entry'


class Share(Struct, frozen=True, kw_only=True):
    """A version and its share of the requests, 0 to 1; a shadow is asked everything and never answers."""

    version: str
    weight: float = 0.0
    shadow: bool = False


def point(key: str, salt: str) -> float:
    """Return where a key lies between 0 and 1; another salt deals the keys anew."""
    digest = blake2b(f"{salt}\0{key}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def chosen(shares: Sequence[Share], key: str, salt: str) -> int:
    """Return the place of the version that answers a key; the first takes what the others leave.

    A key stays with its version when a share grows.
    """
    at, reached = point(key, salt), 0.0
    for place, share in enumerate(shares[1:], 1):
        if share.shadow:
            continue
        reached += share.weight
        if at < reached:
            return place
    return 0


def read(text: str, version: str, where: str = "") -> tuple[Share, ...]:
    """Return the shares that an entry names, the first that of its own version; raises `UsageError` (`deploy-traffic`)."""
    found: dict[str, Share] = {}
    for word in filter(None, (one.strip() for one in text.split(","))):
        name, _, said = (one.strip() for one in word.partition("="))
        weight = 0.0 if said == SHADOW else share_of(said)
        if weight is None or name in found or name == version or not name:
            raise UsageError("deploy-traffic", f"{word!r} is no share of the traffic", hint=HINT, where=where)
        found[name] = Share(version=name, weight=weight, shadow=said == SHADOW)
    rest = 1.0 - sum(one.weight for one in found.values())
    if rest < -WHOLE:
        raise UsageError("deploy-traffic", "the shares come to more than 1", hint=HINT, where=where)
    return (Share(version=version, weight=max(rest, 0.0)), *found.values())


def share_of(text: str) -> float | None:
    """Return a share from 0 to 1, None for what is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None
