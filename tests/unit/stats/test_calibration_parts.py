"""The page of calibration is put together from parts of one state, and a law that errs too often is named."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from tests.calibration.parts import Line, Part, again, differing, measured, read_part, write_part
from tests.calibration.settings import LAWS

LAW = {"clusters": lambda: LAWS["clusters"]()[:2]}


def part_of_two() -> Part:
    return Part(commit="abc", lines=tuple(measured(case, 12, 0.0) for case in LAW["clusters"]()))


def test_a_part_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_part(tmp_path, "clusters", part_of_two())
    assert read_part(tmp_path, "clusters") == part_of_two()


def test_lines_of_another_state_are_named() -> None:
    part = part_of_two()
    assert differing(LAW, {"clusters": part}) == []
    other = replace(part.lines[1], first=("P" * 10, "P" * 10))
    assert not again(LAW["clusters"]()[1], other)
    changed = replace(part, lines=(part.lines[0], other))
    assert differing(LAW, {"clusters": changed}) == ["clusters: accuracy, 5 groups of 40, difference"]
    assert differing(LAW, {"clusters": replace(part, lines=part.lines[:1])}) == ["clusters: 1 lines of 2"]


def test_a_verdict_that_falls_too_often_is_named() -> None:
    line = Line(setting="s", asked="value", draws=10_000, passes=(815, 35), fails=(565, 27), first=("", ""))
    assert line.broken == []
    over = replace(line, passes=(816, 36), fails=(566, 28))
    assert over.broken == ["PASS at 5 %", "FAIL at 5 %", "PASS at 0.156 %", "FAIL at 0.156 %"]
