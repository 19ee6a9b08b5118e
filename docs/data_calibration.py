"""Hold honest tables against schemas that were inferred from others of their source, and write how often one alarms.

    python docs/data_calibration.py [--references 50] [--draws 200] [--rows 500 2000 20000] [--sources orders]

Every draw is held against the schema of every reference, the draws in parts that lie in memory together: what a part is
in the types of a schema, and what its columns tell of the target, is asked once for all schemas that ask it in the same
words. Each cell is written into the page when it is done. More than 5 % of alarms in one end it with 1.
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

from msgspec.structs import replace

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mlgit.data.check import drawn_results  # noqa: E402
from mlgit.data.contradictions import dated  # noqa: E402
from mlgit.data.inference import infer  # noqa: E402
from mlgit.data.observing import observe  # noqa: E402
from mlgit.data.prepared import Place  # noqa: E402
from mlgit.data.profiling import profile_file  # noqa: E402
from mlgit.data.question import Answer, Question, questions  # noqa: E402
from mlgit.data.schema import Schema  # noqa: E402
from mlgit.data.sql import connected, numbered, reading, select  # noqa: E402
from tests.calibration.tables import SOURCES, Source, write_table  # noqa: E402

TODAY = date(2026, 1, 1)
MOST = 0.05
ROWS_TOGETHER = 500_000
"""So many rows of draws are held at once."""
PAGE = ROOT / "docs" / "explanation" / "data-calibration.md"
MARK = "| --- | ---: | ---: | ---: | ---: |"


class Tally:
    """The tables held against a schema, those that alarm, those with a rule that was not judged, and what alarmed."""

    def __init__(self) -> None:
        """Begin with none."""
        self.tables, self.alarms, self.unjudged = 0, 0, 0
        self.found = Counter[str]()

    def add(self, answer: Answer, schema: Schema) -> None:
        """Count one table."""
        failures = [f"{one.rule.name} {one.rule.column}" for one in answer.broken if one.verdict == "broken"]
        failures += [
            f"{one.rule} {one.column}" for one in drawn_results(answer, schema, "") if not one.passed
        ]
        self.tables += 1
        self.alarms += bool(failures)
        self.found.update(failures)
        self.unjudged += any(one.verdict == "not judged" for one in answer.broken)

    def row(self, source: Source, rows: int) -> str:
        """Return the row of the page."""
        alarms, unjudged = self.alarms / self.tables, self.unjudged / self.tables
        return f"| {source.name} | {rows:,} | {self.tables:,} | {alarms:.1%} | {unjudged:.0%} |"


def rates(source: Source, rows: int, references: int, draws: int) -> Tally:
    """Return what all draws say beside the schemas of all references."""
    tally = Tally()
    part = max(1, ROWS_TOGETHER // rows)
    with tempfile.TemporaryDirectory() as folder:
        schemas = [schema_of(Path(folder), source, rows, number) for number in range(references)]
        for start in range(0, draws, part):
            with connected(0) as connection:
                draw(connection, Path(folder), source, rows, range(start, min(start + part, draws)))
                asked = Draws(connection, source, rows)
                for schema in schemas:
                    for answer in asked.answers(schema):
                        tally.add(answer, schema)
    return tally


def schema_of(folder: Path, source: Source, rows: int, reference: int) -> Schema:
    """Return what is inferred from one reference."""
    path = write_table(folder / "r.csv", source, rows, f"{source.name} {rows} {reference}")
    profile = profile_file(path, source.target)
    return dated(infer(profile, observe(path, profile, TODAY)), TODAY)


def draw(connection: Any, folder: Path, source: Source, rows: int, draws: range) -> None:
    """Make the table `source` of these draws, each with its number and the numbers of its rows."""
    for number in draws:
        path = write_table(folder / "f.csv", source, rows, f"fresh {source.name} {rows} {number}")
        place = reading(path, len(source.header), delimiter=",", skipped_lines=1)
        query = select([f"{number} AS draw", "*"], f"({numbered(place)})")
        first = number == draws.start
        connection.execute(f"CREATE TEMP TABLE source AS {query}" if first else f"INSERT INTO source {query}")


class Draws:
    """Many tables of a source in `source`, each asked what `mlgit data check` asks of one file, with a GROUP BY."""

    def __init__(self, connection: Any, source: Source, rows: int) -> None:
        """Know the columns; nothing is asked yet."""
        self.connection, self.rows = connection, rows
        self.places = [Place(name=name, index=index) for index, name in enumerate(source.header)]
        self.tables: dict[str, str] = {}
        self.leaks: dict[tuple[str, ...], list[Answer]] = {}

    def answers(self, schema: Schema) -> Iterator[Answer]:
        """Give what all rules say of every draw."""
        (question,) = questions(schema, self.places, self.rows, len(self.places))
        table = self.made(question.table)
        told = self.told(question, table)
        rules = replace(question, tellers=())
        for other, found in zip(told, self.by_draw(rules.parts, table), strict=True):
            yield replace(other, broken=rules.answered(found).broken)

    def made(self, words: str) -> str:
        """Return the name of the table that a FROM part describes."""
        if words not in self.tables:
            name = f"made{len(self.tables)}"
            kept = words.replace("SELECT row_at,", "SELECT draw, row_at,", 1)
            self.connection.execute(f"CREATE TEMP TABLE {name} AS {select(['*'], kept)}")
            self.tables[words] = name
        return self.tables[words]

    def told(self, question: Question, table: str) -> list[Answer]:
        """Return of each draw how much its columns tell of the target; classes or numbers is the schema's word."""
        target = question.schema.columns.get(question.schema.target)
        classes = bool(target and (target.categories is not None or target.shares))
        only = replace(question, rules=())
        settings = (question.schema.columns[one.name] for one in question.places)
        kept = [
            str((one.top_share is not None, one.widest_gap is not None, one.step[:1])) for one in settings
        ]
        key = (table, str(classes), *kept, *only.parts)
        if key not in self.leaks:
            self.leaks[key] = [only.answered(found) for found in self.by_draw(only.parts, table)]
        return self.leaks[key]

    def by_draw(self, parts: list[str], table: str) -> list[tuple[Any, ...]]:
        """Return a row of these parts for each draw, in their order."""
        rows = self.connection.execute(select(["draw", *parts], table, "GROUP BY draw ORDER BY draw"))
        return [row[1:] for row in rows.fetchall()]


def write(row: str) -> None:
    """Put a row into the page, in the place of the one of the same source and size."""
    head, mark, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
    cell = row.split("|")[1:3]
    lines = [row if line.split("|")[1:3] == cell else line for line in rest.splitlines()]
    lines += [] if row in lines else [row]
    PAGE.write_text(f"{head}{mark}" + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Run the sizes; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--references", type=int, default=50)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--rows", type=int, nargs="*", default=[500, 2_000, 20_000])
    parser.add_argument("--sources", nargs="*", default=[source.name for source in SOURCES])
    asked = parser.parse_args()
    wrong = 0
    for rows in asked.rows:
        for source in (one for one in SOURCES if one.name in asked.sources):
            tally = rates(source, rows, asked.references, asked.draws)
            print(tally.row(source, rows), dict(tally.found), flush=True)
            write(tally.row(source, rows))
            wrong += tally.alarms > MOST * tally.tables
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
