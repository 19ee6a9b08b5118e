"""The planned split is the one that is drawn: by rows, by groups, by time; and too many groups are told about."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from mlgit.data import split_plan as module
from mlgit.data.asked import Asked
from mlgit.data.profile_table import profile_table
from mlgit.data.profiling import profile_file
from mlgit.data.split import split_file
from mlgit.data.table_profile import TableProfile
from tests.unit.data.tables import customers, put


def looked(path: Path, target: str, asked: Asked | None = None) -> TableProfile:
    return profile_table(path, table="t", shown=path.name, today=date(2026, 1, 1), target=target, asked=asked)


def panel(folder: Path) -> Path:
    lines = [
        f"{place},{place % 40},{2000 + place // 40},{place % 7},{'yes' if place % 3 else 'no'}"
        for place in range(400)
    ]
    return put(folder, "\n".join(["row_id,patient,year,dose,ill", *lines]) + "\n")


@pytest.mark.parametrize("asked", [Asked(group="none"), Asked(), Asked(time="year")])
def test_the_plan_counts_what_the_split_draws(tmp_path: Path, asked: Asked) -> None:
    path = panel(tmp_path)
    profile = profile_file(path, "ill", asked=asked)
    drawn = set(split_file(path, profile))
    labels = Counter(
        line.rsplit(",", 1)[1] for line in path.read_text().splitlines()[1:] if line.split(",")[0] in drawn
    )
    plan = looked(path, "ill", asked).split
    assert plan is not None
    assert (plan.test_rows, plan.train_rows) == (len(drawn), 400 - len(drawn))
    assert {one.name: one.test for one in plan.classes} == labels
    assert plan.by == ("time" if asked.time else "rows" if asked.group else "groups")


def test_a_regression_is_planned_by_rows(tmp_path: Path) -> None:
    path = customers(tmp_path)
    plan = looked(path, "income").split
    assert plan is not None
    assert plan.test_rows == len(split_file(path, profile_file(path, "income")))
    assert plan.classes == ()


def test_too_many_groups_are_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_GROUPS", 10)
    plan = looked(panel(tmp_path), "ill").split
    assert plan is not None
    assert not plan.exact
    assert plan.test_rows == 100


def test_a_split_that_leaves_no_class_to_train_on_is_none(tmp_path: Path) -> None:
    lines = [f"{place},{place // 200},{place % 7},{'yes' if place < 200 else 'no'}" for place in range(400)]
    path = put(tmp_path, "\n".join(["row_id,patient,dose,ill", *lines]) + "\n")
    assert looked(path, "ill", Asked(group="patient")).split is None
