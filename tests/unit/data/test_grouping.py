"""What belongs together is found and held out as a whole; what a person says of a table is followed; leaks are named."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from mlgit.data.asked import Asked
from mlgit.data.profiling import profile_file
from mlgit.data.split import held_out_groups, split_file
from mlgit.errors import UsageError
from tests.unit.data.test_profiling import table

PEOPLE = 40
VISITS = 5


def panel(folder: Path, *, name: str = "patient") -> Path:
    """Write a table of people with five visits each."""
    chance = random.Random(3)
    people = [person * 17 % 401 for person in range(PEOPLE) for _ in range(VISITS)]
    return table(
        folder,
        {
            name: [f"P{person}" for person in people],
            "year": [2000 + visit for _ in range(PEOPLE) for visit in range(VISITS)],
            "x": [chance.gauss(0, 1) for _ in people],
            "y": [chance.choice(["sick", "well"]) for _ in people],
        },
    )


def rows_of(path: Path) -> list[list[str]]:
    return [line.split(",") for line in path.read_text().splitlines()[1:]]


@pytest.mark.parametrize("name", ["patient", "patient_id", "Patient Nr", "place"])
def test_a_repeating_name_or_a_year_beside_it_makes_groups_that_stay_whole(name: str, tmp_path: Path) -> None:
    path = panel(tmp_path, name=name)
    profile = profile_file(path, "y")
    assert (profile.group_column, profile.column(name).role) == (name, "group")
    rows, held = rows_of(path), {int(identifier) for identifier in split_file(path, profile)}
    groups = {rows[position][0] for position in held}
    assert not groups & {row[0] for position, row in enumerate(rows) if position not in held}
    assert 0.2 * len(rows) <= len(held) <= 0.3 * len(rows)


@pytest.mark.parametrize(
    ("name", "things", "group"),
    [
        ("Individual ID", 220, True),
        ("customerId", 300, True),
        ("customer", 300, True),
        ("customer_id", 390, False),
        ("voucher", 220, False),
    ],
)
def test_of_an_id_few_rows_beyond_one_each_are_enough(
    name: str, things: int, group: bool, tmp_path: Path
) -> None:
    """As of penguins that were measured in one year or in two."""
    values = [f"P{index * 7 % things}" for index in range(400)]
    path = table(tmp_path, {name: values, "x": [i * 0.7 for i in range(400)], "y": ["a", "b"] * 200})
    assert profile_file(path, "y").group_column == (name if group else None)


def test_a_category_that_repeats_is_no_group(tmp_path: Path) -> None:
    values = [f"c{index % 20}" for index in range(400)]
    path = table(tmp_path, {"colour": values, "x": [i * 0.7 for i in range(400)], "y": ["a", "b"] * 200})
    assert profile_file(path, "y").group_column is None


def test_groups_can_be_named_and_refused(tmp_path: Path) -> None:
    path = panel(tmp_path)
    assert profile_file(path, "y", asked=Asked(group="none")).group_column is None
    assert profile_file(path, "y", asked=Asked(group="year")).group_column == "year"
    with pytest.raises(UsageError) as caught:
        profile_file(path, "y", asked=Asked(group="patent"))
    assert (caught.value.code, caught.value.hint) == ("data-column-unknown", "did you mean 'patient'?")
    with pytest.raises(UsageError) as caught:
        profile_file(path, "y", asked=Asked(drop=("y",)))
    assert caught.value.code == "data-column-target"


def test_the_latest_rows_are_held_out(tmp_path: Path) -> None:
    path = panel(tmp_path)
    profile = profile_file(path, "y", asked=Asked(time="year"))
    assert (profile.time_column, profile.group_column) == ("year", None)
    rows = rows_of(path)
    assert {rows[int(identifier)][1] for identifier in split_file(path, profile)} == {"2003", "2004"}


def test_days_in_another_form_are_ordered_as_days(tmp_path: Path) -> None:
    days = [f"{day:02d}.{month:02d}.2024" for month in range(1, 11) for day in range(1, 11)]
    path = table(tmp_path, {"day": days, "x": [i * 0.3 for i in range(100)], "y": ["a", "b"] * 50})
    profile = profile_file(path, "y", asked=Asked(time="day"))
    held = [days[int(identifier)] for identifier in split_file(path, profile)]
    assert {day[3:5] for day in held} == {"08", "09", "10"}
    assert len(held) == 25


def test_a_class_is_never_held_out_whole() -> None:
    rows = [(str(n), "rare" if n < 3 else "often", f"g{n // 3}") for n in range(60)]
    held = held_out_groups(rows, seed=1)
    assert held
    assert not {"0", "1", "2"} & set(held)
    with pytest.raises(UsageError, match="no group can be held out"):
        held_out_groups([(str(n), str(n % 2), str(n % 2)) for n in range(20)])


def test_kinds_are_followed(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {
        "code": [n % 9 for n in range(200)],
        "words": [f"w{n % 9}" for n in range(200)],
        "away": [n * 0.5 for n in range(200)],
        "y": [n * 0.25 % 7 for n in range(200)],
    }
    asked = Asked(categories=("code",), text=("words",), drop=("away",))
    profile = profile_file(table(tmp_path, columns), "y", asked=asked)
    assert [(one.kind, one.role) for one in profile.columns] == [
        ("category", "feature"),
        ("text", "feature"),
        ("number", "left-out"),
        ("number", "target"),
    ]
    with pytest.raises(UsageError) as caught:
        profile_file(table(tmp_path, columns), "y", asked=Asked(text=("away",)))
    assert caught.value.code == "data-column-kind"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1, 2] * 60, "multiclass-classification"),
        ([*range(1, 8)] * 30, "multiclass-classification"),
        ([0] * 120 + [1] * 50 + [2] * 25 + [3] * 4 + [4], "regression"),
        ([3, 4, 5, 6, 7, 8] * 30, "regression"),
        ([1, 2, 5, 10] * 50, "regression"),
    ],
)
def test_codes_are_classes_and_counts_are_not(values: list[int], task: str, tmp_path: Path) -> None:
    chance = random.Random(1)
    path = table(tmp_path, {"x": [chance.random() for _ in values], "y": values})
    profile = profile_file(path, "y")
    assert profile.task == task
    assert "--task" in profile.task_reason
    for said in ("classification", "regression"):
        assert profile_file(path, "y", asked=Asked(task=said)).task.endswith(said)


def test_a_target_with_a_decimal_comma_is_a_number(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        {"x": list(range(0, 400, 2)), "y": [f"{n % 60},{n % 10}" for n in range(200)]},
        delimiter=";",
    )
    profile = profile_file(path, "y")
    assert (profile.task, profile.column("y").form) == ("regression", "decimal-comma")


def test_many_values_that_each_tell_the_class_are_a_leak(tmp_path: Path) -> None:
    chance = random.Random(5)
    codes = [chance.randrange(12) for _ in range(300)]
    classes = ["yes" if code % 3 else "no" for code in codes]
    path = table(tmp_path, {"x": [chance.random() for _ in codes], "code": codes, "y": classes})
    profile = profile_file(path, "y")
    assert profile.column("code").role == "left-out"
    assert "gives the target away" in profile.warnings[0]


@pytest.mark.parametrize("power", [3, -1])
def test_a_number_that_follows_the_target_is_a_leak(power: int, tmp_path: Path) -> None:
    chance = random.Random(5)
    target = [chance.uniform(1, 3) for _ in range(200)]
    columns = {
        "noisy": [y + chance.gauss(0, 0.1) for y in target],
        "copy": [y**power for y in target],
        "y": target,
    }
    profile = profile_file(table(tmp_path, columns), "y")
    assert [one.role for one in profile.columns] == ["feature", "left-out", "target"]


def test_a_number_that_alone_tells_the_class_is_said(tmp_path: Path) -> None:
    chance = random.Random(5)
    today = [chance.gauss(0, 1) for _ in range(200)]
    noisy = [value + chance.gauss(0, 0.3) for value in today]
    classes = ["up" if value > 0 else "down" for value in today]
    profile = profile_file(table(tmp_path, {"noisy": noisy, "today": today, "y": classes}), "y")
    (said,) = profile.warnings
    assert said.startswith(
        "leak? 'today' alone tells 99% of 'y': where it is known only afterwards, take it out"
    )


def test_numbers_name_groups_when_each_stands_once_in_each_year(tmp_path: Path) -> None:
    chance = random.Random(5)
    columns = {
        "state": [state * 3 for state in range(30) for _ in range(10)],
        "year": [1990 + year for _ in range(30) for year in range(10)],
        "y": [chance.random() for _ in range(300)],
    }
    assert profile_file(table(tmp_path, columns), "y").group_column == "state"


def test_a_number_that_tells_a_rare_class_is_said(tmp_path: Path) -> None:
    chance = random.Random(5)
    score = [chance.gauss(0, 1) for _ in range(3000)]
    classes = ["fraud" if value > 2.3 else "fine" for value in score]
    profile = profile_file(table(tmp_path, {"score": score, "y": classes}), "y")
    assert "'score' alone tells" in profile.warnings[0]


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_rows_in_the_order_of_the_target_are_said(kind: str, tmp_path: Path) -> None:
    chance = random.Random(5)
    target = [chance.random() for _ in range(300)]
    if kind == "classes":
        target = ["yes" if value > 0.8 else "no" for value in target]
    columns = {"x": [chance.random() for _ in target], "y": target}
    assert profile_file(table(tmp_path, columns), "y").warnings == ()
    profile = profile_file(table(tmp_path, {**columns, "y": sorted(target)}), "y")
    assert profile.warnings == (
        "the rows stand in the order of 'y': shuffle them before anything splits or trains by order",
    )
