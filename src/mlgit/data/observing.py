"""Look at a reference sample for what a profile does not tell: cuts, shares, relations, repeated rows, leaks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from mlgit.data.calendar_parts import calendar_parts
from mlgit.data.dialect import BYTE_ORDER_MARK
from mlgit.data.gaps import widest_gap
from mlgit.data.json_ways import ways_of
from mlgit.data.observed import SAMPLE, SHARES, Cut, Observed, Seen
from mlgit.data.odd import broken_text, day_for_nothing
from mlgit.data.opening import open_source, refused
from mlgit.data.patterns import patterns_of
from mlgit.data.profile import Column, Profile
from mlgit.data.roundings import last_digits_of, steps_of
from mlgit.data.source import Source, read_from
from mlgit.data.sql import COLUMNS_A_QUERY, connected, drawn, numbered, select
from mlgit.data.storage import Storing, typed
from mlgit.data.table_key import table_key
from mlgit.data.telling import drawn_values, told_of, tops_of
from mlgit.data.text_shapes import kinds_of, lengths_of, shaped
from mlgit.errors import MlgitError

STEPS = (0.1, 0.25, 0.5, 0.75, 0.9)
DATE_STEPS = (*STEPS, 0.98)
FEWEST_TOGETHER = 50
CHANCE_OF_ORDER = 0.02
"""A relation says something when rows paired at random would break it at least so often."""
MOST_COMPARED = 12
STEPS_OF = {"number": steps_of, "identifier": last_digits_of}
"""What is looked at to see that numbers were rounded: of ids, only the last digits of long ones."""


def observe(path: Path, profile: Profile, today: date, *, shown: str = "", several: bool = False) -> Observed:
    """Return what the table of this profile showed on the day `today`; raises what `profile_file` raises."""
    source = open_source(path, shown, several=several)
    with connected(source.bytes) as connection:
        try:
            return observed(connection, source, profile, today)
        except MlgitError:
            raise
        except Exception as error:
            raise refused(source, error) from error


def observed(connection: Any, source: Source, profile: Profile, today: date) -> Observed:
    """Return what an open table showed."""
    make_typed(connection, source, profile)
    return seen(connection, source, profile, today)


def make_typed(connection: Any, source: Source, profile: Profile) -> None:
    """Make `typed`: columns `t0`... in the types of the profile, and `row_at`; a table for text, else a view."""
    place = read_from(source)
    text = source.text
    parts = [
        f"{typed(f'c{index}', Storing(storage=column.storage, missing=profile.missing), text=text)} AS t{index}"
        for index, column in enumerate(profile.columns)
    ]
    kind = "TABLE" if text else "VIEW"
    connection.execute(f"CREATE TEMP {kind} typed AS {select(['row_at', *parts], f'({numbered(place)})')}")


def seen(connection: Any, source: Source, profile: Profile, today: date) -> Observed:
    """Return what `typed` shows."""
    connection.execute(
        f"CREATE TEMP TABLE sample AS {select(['*'], 'typed', 'WHERE ' + drawn(profile.rows, SAMPLE))}"
    )
    counts = counted_values(connection, profile)
    cuts = cuts_of(connection, profile)
    values = drawn_values(connection, "sample", profile.columns, profile.rows)
    leaks, tops = told_of(profile.columns, profile.task, values), tops_of(profile.columns, cuts, values)
    patterns = patterns_of(connection, profile)
    marked, ended = ends_of(source)
    folders = source.names[len(source.names) - len(source.partition) :]
    ways = ways_of(source, profile.columns)
    columns = {
        column.name: Seen(
            cuts=cuts.get(index, ()),
            told=leaks.get(index),
            top=tops.get(index),
            step=STEPS_OF[column.kind](values.get(index, ())) if column.kind in STEPS_OF else (),
            json=ways.get(column.name),
            gap=gap_of(values.get(index, ())) if column.kind == "date" else None,
            lengths=lengths_of(connection, f"t{index}") if shaped(column) else (),
            letters=kinds_of(connection, f"t{index}") if shaped(column) else (),
            pattern=patterns.get(index, ""),
            future=column.kind == "date" and str(column.maximum)[:10] > str(today),
            **counts.get(index, {}),
        )
        for index, column in enumerate(profile.columns)
    }
    return Observed(
        rows=profile.rows,
        columns=columns,
        repeated=repeated_rows(connection, profile, folders),
        key=table_key(connection, profile),
        ordered=ordered_pairs(connection, profile),
        calendar=calendar_parts(connection, profile),
        folders=folders,
        marked=marked,
        ended=ended,
        delimiter=delimiter_of(source),
    )


def gap_of(values: Sequence[Any]) -> float | None:
    """Return the days of the widest gap between dates; None where there is none to speak of."""
    gap = widest_gap(values)
    return float(f"{gap.days:.4g}") if gap and gap.days else None


def ends_of(source: Source) -> tuple[bool, bool]:
    """Return whether a CSV starts with a byte-order mark, and whether its last line has an end."""
    if source.file_format != "csv" or source.files or source.packed:
        return False, True
    with source.path.open("rb") as stream:
        marked = stream.read(3) == BYTE_ORDER_MARK
        stream.seek(-1, 2)
        return marked, stream.read(1) in (b"\n", b"\r")


def delimiter_of(source: Source) -> str:
    """Return what stands between the values of a CSV, or of every one of a folder; nothing where there is no one such."""
    found = {one.delimiter for one in source.files or (source,)}
    return found.pop() if len(found) == 1 else ""


def counted_values(connection: Any, profile: Profile) -> dict[int, dict[str, Any]]:
    """Return the shares and rare values of categories, and how many texts look broken or days stand for none."""
    asked: dict[int, str] = {}
    for index, column in enumerate(profile.columns):
        if column.categories or column.kind == "boolean":
            asked[index] = f"histogram(CAST(t{index} AS VARCHAR))"
        elif column.storage == "string":
            asked[index] = f"count(*) FILTER (WHERE {broken_text(f't{index}')})"
        elif column.storage in ("date", "timestamp"):
            asked[index] = f"count_if({day_for_nothing(f't{index}')})"
    found: dict[int, dict[str, Any]] = {}
    wanted = list(asked)
    for start in range(0, len(wanted), COLUMNS_A_QUERY):
        these = wanted[start : start + COLUMNS_A_QUERY]
        row = connection.execute(select([asked[index] for index in these], "typed")).fetchone()
        found.update(
            {
                index: {"odd": value} if isinstance(value, int) else shares_of(value or {})
                for index, value in zip(these, row, strict=True)
            }
        )
    return found


def shares_of(counts: dict[str, int]) -> dict[str, Any]:
    """Return the most frequent values with their share, and how many stood in one row."""
    rows = sum(counts.values())
    common = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:SHARES]
    return {
        "shares": tuple((value, float(f"{count / rows:.4g}")) for value, count in common),
        "once": sum(1 for count in counts.values() if count == 1),
    }


def cuts_of(connection: Any, profile: Profile) -> dict[int, tuple[Cut, ...]]:
    """Return the cuts of numbers and dates that are no ids."""
    wanted = [
        index
        for index, column in enumerate(profile.columns)
        if column.kind in ("number", "date") and column.minimum is not None and bounded(column)
    ]
    found: dict[int, tuple[Cut, ...]] = {}
    for index in wanted:
        column, name = profile.columns[index], f"t{index}"
        steps = DATE_STEPS if column.kind == "date" else STEPS
        values = connection.execute(
            select([f"quantile_disc({name}, [{', '.join(map(str, steps))}])"], "sample")
        ).fetchone()[0]
        cuts = sorted({value for value in values or () if value is not None})
        asked = [f"count(*) FILTER (WHERE {name} <= ?) / count({name})" for _ in cuts]
        shares = connection.execute(select(asked, "sample"), cuts).fetchone() if cuts else ()
        found[index] = with_ends(column, list(zip(cuts, shares, strict=True)))
    return found


def bounded(column: Column) -> bool:
    """Tell whether both ends of a column are finite."""
    return all(not isinstance(end, float) or math.isfinite(end) for end in (column.minimum, column.maximum))


def with_ends(column: Column, cuts: list[tuple[Any, float]]) -> tuple[Cut, ...]:
    """Return the cuts with the smallest and the largest value of all rows at their ends."""
    shown = [(str(value) if column.kind == "date" else value, float(f"{share:.4g}")) for value, share in cuts]
    low, high = column.minimum, column.maximum
    if low is None or high is None:
        return ()
    first = [] if shown and shown[0][0] == low else [(low, 0.0)]
    last = [] if shown and shown[-1][0] == high else [(high, 1.0)]
    return (*first, *shown, *last)


def repeated_rows(connection: Any, profile: Profile, folders: tuple[str, ...]) -> int:
    """Return how many rows are equal to an earlier one but for ids and the folder that they stand in."""
    names = [
        f"t{i}"
        for i, one in enumerate(profile.columns)
        if one.kind != "identifier" and one.name not in folders
    ]
    if not names:
        return 0
    row = connection.execute(
        select([f"count(*) - count(DISTINCT hash({', '.join(names)}))"], "typed")
    ).fetchone()
    return int(row[0])


def ordered_pairs(connection: Any, profile: Profile) -> tuple[tuple[str, str], ...]:
    """Return the pairs of numbers or dates of which the first is never larger, and would be if they were independent."""
    groups: dict[bool, list[int]] = {True: [], False: []}
    for index, column in enumerate(profile.columns):
        if column.kind in ("number", "date") and column.distinct > 2 and column.minimum is not None:
            groups[column.kind == "date"].append(index)
    pairs = [pair for group in groups.values() for pair in combinations(group[:MOST_COMPARED], 2)]
    both_ways = [pair for a, b in pairs for pair in ((a, b), (b, a))]
    kept = holding(connection, [pair for pair in both_ways if overlapping(profile, pair)])
    return tuple((profile.columns[a].name, profile.columns[b].name) for a, b in kept)


def overlapping(profile: Profile, pair: tuple[int, int]) -> bool:
    """Tell whether the ranges of two columns overlap, so that an order between them says something."""
    low, high = profile.columns[pair[0]], profile.columns[pair[1]]
    return low.maximum > high.minimum  # type: ignore[operator]


def holding(connection: Any, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs that hold in every row, and would not if the columns were shuffled.

    Each row is paired with one from anywhere: in a table sorted by time its neighbour holds what it does not.
    """
    if not pairs:
        return []
    asked: list[str] = []
    for a, b in pairs:
        asked.extend(
            (
                f"count(*) FILTER (WHERE t{a} > t{b})",
                f"count(t{a} - t{b})",
                f"avg(CAST(t{a} > n{b} AS INTEGER))",
            )
        )
    others = sorted({b for _, b in pairs})
    shifted = ["*", *(f"lead(t{b}) OVER (ORDER BY hash(row_at)) AS n{b}" for b in others)]
    row = connection.execute(select(asked, f"({select(shifted, 'sample')})")).fetchone()
    likely = [
        pair
        for pair, broken, together, shuffled in zip(pairs, row[::3], row[1::3], row[2::3], strict=True)
        if not broken and together >= FEWEST_TOGETHER and (shuffled or 0.0) >= CHANCE_OF_ORDER
    ]
    if not likely:
        return []
    counts = connection.execute(
        select([f"count(*) FILTER (WHERE t{a} > t{b})" for a, b in likely], "typed")
    ).fetchone()
    return [pair for pair, broken in zip(likely, counts, strict=True) if not broken]
