"""Profile a table for a person: what `init` sees of it, how its columns spread, how the target goes with them, the split."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mlgit.data.asked import NONE, Asked
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.grouping import group_of
from mlgit.data.leakage import FEWEST
from mlgit.data.leakage import SAMPLE as LEAK_SAMPLE
from mlgit.data.observed import Observed, Seen
from mlgit.data.observing import make_typed, seen
from mlgit.data.opening import open_source, refused
from mlgit.data.profile import Profile
from mlgit.data.profiling import profile_file
from mlgit.data.source import Source
from mlgit.data.split_plan import split_plan
from mlgit.data.spreads import Spread, spread_of
from mlgit.data.sql import connected, drawn, select
from mlgit.data.table_profile import ColumnProfile, TableProfile
from mlgit.data.telling import able_to_tell
from mlgit.errors import MlgitError

MEMORY = "1GB"
"""What of a table is held in memory unless told otherwise; the rest goes to temporary files."""
MOST_SPREAD = 200
"""Of so many columns at most it is told how they spread: the features first, in their order."""


def profile_table(
    path: Path,
    *,
    table: str,
    shown: str,
    today: date,
    target: str = "",
    asked: Asked | None = None,
    memory: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> TableProfile:
    """Return what is in a CSV, JSON lines or Parquet file, or in a folder of them, within `memory` (`500MB`).

    Raises what `profile_file` raises: `UsageError` for a file that is no whole table, for a target that cannot be learned
    and for an option that names no column.
    """
    progress(f"reading {shown}")
    limit = memory or MEMORY
    profile = profile_file(
        path, target, shown=shown, asked=asked, several=True, largest=ANY_BYTES, memory=limit
    )
    source = open_source(path, shown, largest=ANY_BYTES, several=True)
    with connected(source.bytes, limit) as connection:
        try:
            return looked_at(connection, source, profile, today, table, asked or Asked(), progress)
        except MlgitError:
            raise
        except Exception as error:
            raise refused(source, error) from error


def looked_at(
    connection: Any,
    source: Source,
    profile: Profile,
    today: date,
    table: str,
    asked: Asked,
    progress: Callable[[str], None],
) -> TableProfile:
    """Return the profile of an open table."""
    make_typed(connection, source, profile)
    progress(f"looking at {profile.rows:,} rows")
    observed = seen(connection, source, profile, today)
    profile, group_reason = with_group_found(connection, profile, asked)
    spreads = spreads_of(connection, profile, progress)
    columns = tuple(
        column_profile(profile, observed, index, spreads.get(index, Spread()))
        for index in range(len(profile.columns))
    )
    progress("planning the split")
    return TableProfile(
        table=table,
        file=source.shown,
        file_format=profile.file_format,
        rows=profile.rows,
        bytes=profile.bytes,
        target=profile.target,
        task=profile.task,
        task_reason=profile.task_reason,
        positive_class=profile.positive_class,
        unlabelled=profile.unlabelled,
        id_column=profile.id_column,
        group_column=profile.group_column,
        group_reason=group_reason,
        time_column=profile.time_column,
        missing=profile.missing,
        repeated=observed.repeated,
        told_rows=rows_asked(connection, profile),
        key=observed.key,
        ordered=observed.ordered,
        columns=columns,
        split=split_plan(connection, profile) if profile.target else None,
        warnings=profile.warnings,
    )


def with_group_found(connection: Any, profile: Profile, asked: Asked) -> tuple[Profile, str]:
    """Return the profile with the group that is found where no target led to one, and why it is one."""
    if profile.group_column is not None:
        return profile, profile.column(profile.group_column).reason
    if profile.target or asked.group == NONE or asked.time:
        return profile, ""
    found = group_of(connection, list(profile.columns), profile.rows, -1)
    if found is None:
        return profile, ""
    index, why = found
    columns = list(profile.columns)
    columns[index] = replace(columns[index], role="group", reason=why)
    return replace(profile, columns=tuple(columns), group_column=columns[index].name), why


def spreads_of(connection: Any, profile: Profile, progress: Callable[[str], None]) -> dict[int, Spread]:
    """Return how the columns spread, by their positions."""
    order = sorted(
        range(len(profile.columns)),
        key=lambda place: profile.columns[place].role not in ("target", "feature"),
    )
    found = {}
    for index in order[:MOST_SPREAD]:
        progress(f"counting {profile.columns[index].name!r}")
        found[index] = spread_of(connection, profile, index)
    return found


def column_profile(profile: Profile, observed: Observed, index: int, spread: Spread) -> ColumnProfile:
    """Return what is said of one column."""
    column = profile.columns[index]
    looked: Seen = observed.columns[column.name]
    tells = bool(profile.target) and column.role != "target" and able_to_tell(column)
    enough = profile.rows - profile.unlabelled - column.nulls >= FEWEST
    return ColumnProfile(
        column=column,
        cuts=looked.cuts,
        cells=spread.cells,
        others=spread.others,
        told=looked.told if tells and enough else None,
        future=looked.future,
    )


def rows_asked(connection: Any, profile: Profile) -> int:
    """Return how many rows were asked how much each column tells of the target."""
    if not profile.target:
        return 0
    chosen = f"WHERE {drawn(profile.rows, LEAK_SAMPLE)}"
    return int(connection.execute(select(["count(*)"], "sample", chosen)).fetchone()[0])
