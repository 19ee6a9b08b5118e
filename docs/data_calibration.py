"""Hold honest tables against schemas that were inferred from others of their source, and write how often one alarms.

    python docs/data_calibration.py [--references 50] [--draws 200] [--rows 500 2000 20000]

Every draw is held against the schema of every reference. More than 5 % of alarms at a size end it with 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mlgit.data.contradictions import dated  # noqa: E402
from mlgit.data.inference import infer  # noqa: E402
from mlgit.data.leaks import leak_result  # noqa: E402
from mlgit.data.measuring import Answer, questions  # noqa: E402
from mlgit.data.observing import observe  # noqa: E402
from mlgit.data.prepared import Place  # noqa: E402
from mlgit.data.profiling import profile_file  # noqa: E402
from mlgit.data.schema import Schema  # noqa: E402
from mlgit.data.sql import numbered, reading, select  # noqa: E402
from tests.calibration.tables import SOURCES, Source, write_table  # noqa: E402

TODAY = date(2026, 1, 1)
MOST = 0.05
PAGE = ROOT / "docs" / "explanation" / "data-calibration.md"
MARK = "| --- | ---: | ---: | ---: | ---: |"


def rates(source: Source, rows: int, references: int, draws: int) -> tuple[int, int, Counter[str]]:
    """Return the tables held against a schema, those that alarm, and the rules that did; `not judged` counts tables."""
    from mlgit.data.sql import connected

    alarms, done, found = 0, 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder, connected(1 << 30) as connection:
        connection.execute("SET threads = 1")
        draw_all(connection, Path(folder), source, rows, draws)
        for reference in range(references):
            path = write_table(Path(folder) / "r.csv", source, rows, f"{source.name} {rows} {reference}")
            profile = profile_file(path, source.target)
            schema = infer(profile, observe(path, profile, TODAY))
            for answer in checked(connection, source, schema, rows):
                failures = [
                    f"{one.rule.name} {one.rule.column}" for one in answer.broken if one.verdict == "broken"
                ]
                failures += [f"leak {name}" for name, told in answer.leaks if leaked(name, told, schema)]
                done += 1
                alarms += bool(failures)
                found.update(failures)
                found["not judged"] += any(one.verdict == "not judged" for one in answer.broken)
    return done, alarms, found


def draw_all(connection: Any, folder: Path, source: Source, rows: int, draws: int) -> None:
    """Make the table `source` of all draws, each with its number and the numbers of its rows."""
    for draw in range(draws):
        path = write_table(folder / "f.csv", source, rows, f"fresh {source.name} {rows} {draw}")
        place = reading(path, len(source.header), delimiter=",", skipped_lines=1)
        query = select([f"{draw} AS draw", "*"], f"({numbered(place)})")
        connection.execute(
            f"CREATE TEMP TABLE source AS {query}" if not draw else f"INSERT INTO source {query}"
        )


def checked(connection: Any, source: Source, schema: Schema, rows: int) -> Iterator[Answer]:
    """Give what all rules say of every draw: what `mlgit data check` asks of one file, with a GROUP BY."""
    schema = dated(schema, TODAY)
    places = [Place(name=name, index=index) for index, name in enumerate(source.header)]
    (question,) = questions(schema, places, rows, len(places))
    table = question.table.replace("SELECT row_at,", "SELECT draw, row_at,", 1)
    for row in connection.execute(select(question.parts, table, "GROUP BY draw")).fetchall():
        yield question.answered(row)


def leaked(name: str, told: float, schema: Schema) -> bool:
    """Tell whether a column tells the target and did not in the reference."""
    return not leak_result(name, told, schema, "").passed


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
