"""The space that experiments search: which parameters take which values, as a grid or drawn at random. Pure.

model=linear,forest          each of these values
learning_rate=0.01..0.3      any value between them, a whole number where both ends are
learning_rate=0.01..0.3:log  the same, as often in each tenfold
"""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from msgspec import Struct

from mlgit import yamlfile
from mlgit.errors import UsageError

Settings = dict[str, Any]
"""Values by the dotted names of parameters."""
BETWEEN = ".."
LOG = ":log"
HINT = "mlgit experiments sweep NAME=1,2,3 NAME=0.01..0.3:log"
DIGITS = 8
MOST_TRIES = 10_000


class Range(Struct, frozen=True, kw_only=True):
    """Any value from `low` to `high`, both among them; `log`: as often in each tenfold."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


Dimension = tuple[Any, ...] | Range
Space = Mapping[str, Dimension]


def parsed(words: Sequence[str]) -> Space:
    """Return the space that words of the command line name; raises `UsageError` (`experiments-space`)."""
    found: dict[str, Dimension] = {}
    for word in words:
        name, sign, values = word.partition("=")
        if not sign or not name or not values or name in found:
            raise space_error(f"{word!r} names no parameter with its values")
        found[name] = dimension(name, values)
    return found


def dimension(name: str, values: str) -> Dimension:
    """Return the values of one parameter."""
    if BETWEEN in values:
        text, log = values.removesuffix(LOG), values.endswith(LOG)
        low, high = (scalar(one) for one in text.split(BETWEEN, 1))
        return ranged(name, low, high, log=log)
    return tuple(scalar(one) for one in values.split(","))


def scalar(text: str) -> Any:
    """Return a value as a YAML file would give it."""
    return yamlfile.read(text.encode(), "the command line").value


def ranged(name: str, low: Any, high: Any, *, log: bool) -> Range:
    """Return a range; raises `UsageError` for one that is none."""
    numbers = all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        for one in (low, high)
    )
    if not numbers or not low < high or (log and low <= 0):
        raise space_error(f"{name} has no range from {low} to {high}{', above 0 for log' if log else ''}")
    return Range(low=low, high=high, log=log, whole=isinstance(low, int) and isinstance(high, int))


def read_space(value: Any, where: str) -> Space:
    """Return the space that a file of parameters holds below `sweep`: lists of values, or `{from: 1, to: 9, log: true}`."""
    if not isinstance(value, dict) or not value:
        raise space_error("sweep names no parameters with their values", where)
    found: dict[str, Dimension] = {}
    for name, one in value.items():
        if isinstance(one, list) and one:
            found[str(name)] = tuple(one)
        elif isinstance(one, dict) and {"from", "to"} <= set(one) <= {"from", "to", "log"}:
            found[str(name)] = ranged(str(name), one["from"], one["to"], log=bool(one.get("log")))
        else:
            raise space_error(f"sweep: {name} is neither a list nor {{from: 1, to: 9}}", where)
    return found


def space_error(message: str, where: str = "") -> UsageError:
    """Return the error for a space that cannot be searched."""
    return UsageError("experiments-space", message, hint=HINT, where=where)


def grid(space: Space) -> Iterator[Settings]:
    """Give every combination, the last parameter changing first; raises `UsageError` for a range, which has no end of values."""
    for name, values in space.items():
        if isinstance(values, Range):
            raise UsageError(
                "experiments-grid",
                f"{name} is a range, and a grid takes values",
                hint="--method random, or name the values: NAME=0.01,0.1",
            )
    return (dict(zip(space, chosen, strict=True)) for chosen in product(*space.values()))  # type: ignore[arg-type]


def drawn(space: Space, tries: int, seed: int) -> Iterator[Settings]:
    """Give `tries` different settings at random, fewer where there are no more; a seed gives the same ones again."""
    chance, known = random.Random(seed), set[str]()  # noqa: S311 - no secret
    for _ in range(min(MOST_TRIES, 50 * tries)):
        settings = {name: one_of(values, chance) for name, values in space.items()}
        name = name_of(settings)
        if name not in known:
            known.add(name)
            yield settings
        if len(known) >= tries:
            return


def one_of(values: Dimension, chance: random.Random) -> Any:
    """Return a value at random."""
    if not isinstance(values, Range):
        return chance.choice(values)
    low, high = (math.log(values.low), math.log(values.high)) if values.log else (values.low, values.high)
    if values.whole and not values.log:
        return chance.randint(int(low), int(high))
    found = chance.uniform(low, high)
    found = math.exp(found) if values.log else found
    return (
        min(max(round(found), int(values.low)), int(values.high)) if values.whole else float(f"{found:.4g}")
    )


def name_of(settings: Settings) -> str:
    """Return the name of the experiment with these settings: the same for the same, in any order."""
    text = json.dumps(settings, sort_keys=True, default=str)
    return "sweep-" + hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def assignments(settings: Settings) -> list[str]:
    """Return settings as DVC takes them: `name=value`, a text in quotes where it would be read as something else."""
    return [f"{name}={written(value)}" for name, value in settings.items()]


def written(value: Any) -> str:
    """Return a value as DVC reads it back."""
    return value if isinstance(value, str) and scalar(value) == value else json.dumps(value)
