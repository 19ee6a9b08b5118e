"""Hold honest tables against schemas that were inferred from others of their source, and write how often one alarms.

    python docs/data_calibration.py [--references 50] [--draws 200] [--rows 500 2000 20000]

The draws are spread over the references; those of a size share it. More than 5 % of alarms at a size end it with 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mlgit.data.check import check_table  # noqa: E402
from mlgit.data.inference import infer  # noqa: E402
from mlgit.data.observing import observe  # noqa: E402
from mlgit.data.profiling import profile_file  # noqa: E402
from tests.calibration.tables import SOURCES, Source, write_table  # noqa: E402

TODAY = date(2026, 1, 1)
MOST = 0.05
PAGE = ROOT / "docs" / "explanation" / "data-calibration.md"
MARK = "| --- | ---: | ---: | ---: | ---: |"


def rates(source: Source, rows: int, references: int, draws: int) -> tuple[int, int, Counter[str]]:
    """Return the tables drawn, those that alarm, and the rules that did; `not judged` counts tables with such a rule."""
    alarms, done, found = 0, 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for reference in range(references):
            path = write_table(Path(folder) / "r.csv", source, rows, f"{source.name} {rows} {reference}")
            profile = profile_file(path, source.target)
            schema = infer(profile, observe(path, profile, TODAY))
            for draw in range(reference * draws // references, (reference + 1) * draws // references):
                fresh = write_table(
                    Path(folder) / "f.csv", source, rows, f"fresh {source.name} {rows} {draw}"
                )
                report = check_table(
                    fresh, schema, table="t", shown="f.csv", schema_shown="s.yaml", today=TODAY
                )
                done += 1
                alarms += not report.passed
                found.update(f"{one.rule} {one.column}" for one in report.failures)
                found["not judged"] += bool(report.unjudged)
    return done, alarms, found


def main() -> int:
    """Run the sizes; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--references", type=int, default=50)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--rows", type=int, nargs="*", default=[500, 2_000, 20_000])
    asked = parser.parse_args()
    wrong, lines = 0, []
    for rows in asked.rows:
        for source in SOURCES:
            done, alarms, found = rates(source, rows, asked.references, asked.draws)
            unjudged = found.pop("not judged", 0)
            lines.append(
                f"| {source.name} | {rows:,} | {done} | {alarms / done:.1%} | {unjudged / done:.0%} |"
            )
            print(lines[-1], dict(found), flush=True)
            wrong += alarms > MOST * done
    head, mark, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    PAGE.write_text(f"{head}{mark}\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
