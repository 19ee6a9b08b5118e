"""The profile of a table counts every row once, tells leaks and groups, and holds the target with honest intervals."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mlgit.data.asked import Asked
from mlgit.data.profile_table import profile_table
from mlgit.data.spreads import edges_of, labels_of
from mlgit.data.table_profile import ColumnProfile, TableProfile
from tests.unit.data.tables import customers, put


def looked(path: Path, target: str = "", asked: Asked | None = None) -> TableProfile:
    return profile_table(path, table="t", shown=path.name, today=date(2026, 1, 1), target=target, asked=asked)


def named(profile: TableProfile, name: str) -> ColumnProfile:
    return next(one for one in profile.columns if one.column.name == name)


def test_every_row_stands_in_one_cell_or_has_no_value(tmp_path: Path) -> None:
    profile = looked(customers(tmp_path), "churned")
    for one in profile.columns:
        if one.cells:
            assert sum(cell.rows for cell in one.cells) + one.others + one.column.nulls == 400, (
                one.column.name
            )
    assert [one.column.name for one in profile.columns if not one.cells] == ["customer_id"]


def test_cells_hold_what_their_labels_say(tmp_path: Path) -> None:
    values = [1, 2, 2, 3, 7, 7, 7, 20]
    rows = [f"{value},{'a' if value < 5 else 'b'}" for value in values * 10]
    profile = looked(put(tmp_path, "\n".join(["n,y", *rows]) + "\n"))
    cells = {cell.label: cell.rows for cell in named(profile, "n").cells}
    assert cells["up to 1"] == 10
    assert cells["2"] == 20
    assert cells["7"] == 30
    assert sum(cells.values()) == 80


def test_the_target_in_a_cell_is_its_share_with_an_interval(tmp_path: Path) -> None:
    rows = [
        f"{'a' if place % 2 else 'b'},{place % 11},{'yes' if place % 2 and place % 4 == 1 else 'no'}"
        for place in range(400)
    ]
    profile = looked(put(tmp_path, "\n".join(["plan,n,y", *rows]) + "\n"), "y")
    found = {cell.label: cell.target for cell in named(profile, "plan").cells}
    assert found["a"] is not None
    assert found["b"] is not None
    assert found["a"].estimate == pytest.approx(0.5)
    assert found["a"].low == pytest.approx(0.4287, abs=1e-3)
    assert (found["b"].estimate, found["b"].low) == (0.0, 0.0)
    assert found["b"].high == pytest.approx(0.0183, abs=1e-3)


def test_groups_count_as_one_each(tmp_path: Path) -> None:
    rows = [f"{place // 10},{'a' if place % 2 else 'b'},{(place // 10) % 5}.5" for place in range(1000)]
    path = put(tmp_path, "\n".join(["patient,plan,y", *rows]) + "\n")
    whole, single = looked(path, "y"), looked(path, "y", Asked(group="none"))
    assert whole.group_column == "patient"
    wide = next(cell.target for cell in named(whole, "plan").cells)
    narrow = next(cell.target for cell in named(single, "plan").cells)
    assert wide is not None
    assert narrow is not None
    assert (wide.items, narrow.items) == (100, 500)
    assert wide.width > 2 * narrow.width


def test_groups_are_found_without_a_target(tmp_path: Path) -> None:
    rows = [f"{place // 10},{place % 7},{place * 37 % 101}" for place in range(1000)]
    profile = looked(put(tmp_path, "\n".join(["patient,dose,y", *rows]) + "\n"))
    assert profile.group_column == "patient"
    assert "100 things with 10.0 rows each" in profile.group_reason
    assert profile.split is None


def test_a_leak_and_a_repeated_row_are_told(tmp_path: Path) -> None:
    rows = [
        f"{place % 13},{place * 31 % 97},{'late' if place % 3 else 'never'},{'no' if place % 3 else 'yes'}"
        for place in range(600)
    ]
    profile = looked(put(tmp_path, "\n".join(["a,b,paid,y", *rows, rows[0]]) + "\n"), "y")
    assert any("'paid' is left out: it gives the target away" in one for one in profile.warnings)
    assert named(profile, "paid").told == 1.0
    assert profile.repeated == 1
    assert profile.told_rows == 601


def test_dates_and_decimal_commas_have_cells(tmp_path: Path) -> None:
    rows = [
        f"{1 + place % 28:02}.{1 + place % 12:02}.2024;{place % 50},{place % 10};{place % 2}"
        for place in range(500)
    ]
    profile = looked(put(tmp_path, "\n".join(["day;price;y", *rows]) + "\n"), "y")
    assert named(profile, "day").column.form == "%d.%m.%Y"
    assert sum(cell.rows for cell in named(profile, "price").cells) == 500


def test_edges_are_round_and_few(tmp_path: Path) -> None:
    profile = looked(customers(tmp_path))
    income = named(profile, "income")
    edges = edges_of(income.column, (4129.3, 11658.0, 40647.0, 137453.1))
    assert 5 <= len(edges) <= 25
    assert all(edge % 1000 == 0 for edge in edges)
    assert labels_of([1.0, 2.0, 5.0], dates=False, whole=True) == ["up to 1", "2", "3 to 5", "above 5"]
