"""What `init` would hold out of a table that is open, told from counts: the same law as the drawing, without its ids."""

from __future__ import annotations

from collections import Counter
from typing import Any

from mlgit.data.profile import Profile
from mlgit.data.sight import sight
from mlgit.data.split import MOST_ROWS, SHARE, beside_value, groups_held_out, number_of, share_of
from mlgit.data.sql import select
from mlgit.data.table_profile import By, ClassSplit, SplitPlan
from mlgit.errors import UsageError

MOST_GROUPS = 200_000
"""More groups than that are not drawn here."""

Classes = dict[str | None, int]


def split_plan(connection: Any, profile: Profile) -> SplitPlan | None:
    """Return what would be held out of the rows of `typed`; None where nothing can be."""
    order = profile.group_column or profile.time_column
    if order is None:
        return planned(profile, by_rows(profile), by="rows", column=None)
    by: By = "groups" if profile.group_column else "time"
    if profile.column(order).distinct > MOST_GROUPS:
        rows = profile.rows - profile.unlabelled
        test = round(min(SHARE * rows, MOST_ROWS))
        return SplitPlan(
            by=by,
            column=order,
            train_rows=rows - test,
            test_rows=test,
            exact=False,
            gate=sight(profile, test),
        )
    counts = by_group(connection, profile, order)
    try:
        chosen = groups_held_out(counts, latest=by == "time")
    except UsageError:
        return None
    held_out: Counter[str | None] = Counter()
    for group in chosen:
        held_out.update(counts[group])
    return planned(profile, dict(held_out), by=by, column=order, groups=len(chosen))


def by_rows(profile: Profile) -> Classes:
    """Return how many rows of each class are held out, row by row."""
    labelled = profile.rows - profile.unlabelled
    share = share_of(labelled)
    if not profile.classes:
        return {None: number_of(labelled, share)}
    return {name: number_of(rows, share) for name, rows in class_rows(profile).items()}


def class_rows(profile: Profile) -> Classes:
    """Return the rows of each class."""
    if not profile.classes:
        return {None: profile.rows - profile.unlabelled}
    return dict(zip(profile.classes, profile.class_rows, strict=True))


def by_group(connection: Any, profile: Profile, order: str) -> dict[str, Counter[str | None]]:
    """Return the rows of each class in every group, or at every time."""
    names = [column.name for column in profile.columns]
    target = f"t{names.index(profile.target)}"
    label = "NULL" if profile.task == "regression" else f"CAST({target} AS VARCHAR)"
    name = f"t{names.index(order)}"
    beside = beside_value(profile.column(order), name, latest=order != profile.group_column)
    inner = select([f"{beside} AS beside", f"{label} AS label"], "typed", f"WHERE {target} IS NOT NULL")
    rows = connection.execute(
        select(["coalesce(beside, '')", "label", "count(*)"], f"({inner})", "GROUP BY 1, 2")
    ).fetchall()
    found: dict[str, Counter[str | None]] = {}
    for group, value, count in rows:
        found.setdefault(str(group), Counter())[None if value is None else str(value)] += int(count)
    return found


def planned(
    profile: Profile, test: Classes, *, by: By, column: str | None, groups: int | None = None
) -> SplitPlan | None:
    """Return the plan that holds out so many rows of each class."""
    whole = class_rows(profile)
    held_out = sum(test.values())
    if not held_out:
        return None
    classes = (
        ClassSplit(name=name, train=rows - test.get(name, 0), test=test.get(name, 0))
        for name, rows in whole.items()
        if name is not None
    )
    return SplitPlan(
        by=by,
        column=column,
        train_rows=sum(whole.values()) - held_out,
        test_rows=held_out,
        test_groups=groups,
        classes=tuple(classes),
        gate=sight(profile, held_out),
    )
