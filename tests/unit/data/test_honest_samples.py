"""Fresh samples of the reference's own source do not alarm; what they are too small for is said. The long form is
docs/data_calibration.py."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import pytest

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from tests.calibration.tables import SOURCES, Source, write_table

TODAY = date(2026, 1, 1)
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_honest_samples_are_clean(source: Source, tmp_path: Path) -> None:
    alarms, unjudged = [], 0
    for reference in range(2):
        path = write_table(tmp_path / "r.csv", source, 500, f"{source.name} {reference}")
        profile = profile_file(path, source.target)
        schema = infer(profile, observe(path, profile, TODAY))
        for draw in range(5):
            fresh = write_table(tmp_path / "f.csv", source, 500, f"fresh {reference} {draw}")
            report = check_table(fresh, schema, table="t", shown="f", schema_shown="s", today=TODAY)
            alarms += [one.message for one in report.failures]
            unjudged += len(report.unjudged)
            assert all("cannot tell" in one.message for one in report.unjudged)
    assert len(alarms) <= 1, alarms
    assert unjudged


def test_the_long_form_asks_what_a_check_asks(tmp_path: Path) -> None:
    """Of one reference and three draws: the same verdicts from many tables at once as from each file by itself."""
    spec = importlib.util.spec_from_file_location("data_calibration", ROOT / "docs" / "data_calibration.py")
    assert spec
    assert spec.loader
    calibration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(calibration)
    for source in SOURCES:
        tally = calibration.rates(source, 500, 1, 3)
        schema = calibration.schema_of(tmp_path, source, 500, 0)
        alarms, unjudged = 0, 0
        for draw in range(3):
            fresh = write_table(tmp_path / "f.csv", source, 500, f"fresh {source.name} 500 {draw}")
            report = check_table(fresh, schema, table="t", shown="f", schema_shown="s", today=TODAY)
            alarms += not report.passed
            unjudged += bool(report.unjudged)
        assert (tally.tables, tally.alarms, tally.unjudged) == (3, alarms, unjudged)
