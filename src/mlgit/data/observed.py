"""What a reference sample showed, beside its profile: the ground on which a later sample is judged."""

from __future__ import annotations

from msgspec import Struct

from mlgit.data.calendar_parts import Part
from mlgit.data.json_writing import Way

SAMPLE = 50_000
"""Cuts and relations are looked for in so many rows at most; counts are of all rows."""
SHARES = 10
"""So many values of a category have their share written down, the most frequent first."""

Cut = tuple[int | float | str, float]
"""A value, and the share of the rows that hold it or a smaller one."""


class Seen(Struct, frozen=True, kw_only=True):
    """What one column showed.

    `cuts` rise from the smallest value to the largest (numbers, and dates as ISO text); `shares` are the most frequent
    values of a category with their share of the filled rows; `once` counts the categories that stood in one row;
    `told` is how much of the target the column tells by itself, from 0 to 1 (of the target: how much the place of a row tells); `odd` counts texts that look broken, or days that stand for none; `json` says how numbers stand in JSON lines;
    `future` says that a date lay after the day of the look; `top` is the share of the most frequent number; `gap` the days of the widest gap between dates, `step` a step of numbers with the share of its multiples; `lengths` and `letters` are how free texts look, `pattern` is how all
    texts are written.
    """

    cuts: tuple[Cut, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    once: int = 0
    told: float | None = None
    odd: int = 0
    future: bool = False
    top: float | None = None
    gap: float | None = None
    step: tuple[Cut, ...] = ()
    json: Way | None = None
    lengths: tuple[tuple[int, float], ...] = ()
    letters: tuple[tuple[str, float], ...] = ()
    pattern: str = ""


class Observed(Struct, frozen=True, kw_only=True):
    """What a table showed: `repeated` counts rows that are equal to an earlier one but for ids.

    `key` are columns that together named every row; `ordered` are pairs of columns of which the first was never larger; `calendar` are columns that were always a part of a
    date, `folders` those that folders on the way to a file name; `marked` says that the file starts with a
    byte-order mark, `ended` that its last line has an end; `delimiter` is that of every CSV of it, nothing where there is no one such.
    """

    rows: int
    columns: dict[str, Seen]
    repeated: int = 0
    key: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    calendar: tuple[tuple[str, Part, str], ...] = ()
    folders: tuple[str, ...] = ()
    marked: bool = False
    ended: bool = True
    delimiter: str = ""
