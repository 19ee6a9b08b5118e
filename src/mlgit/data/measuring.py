"""All rules of a table as one question: the aggregates to select, where from, and what the answer says of each rule.

The question is plain SQL, so that whoever can answer it may: DuckDB on a file, many tables at once by a GROUP BY, or another
engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from mlgit.data.failing_rows import from_part, with_rows
from mlgit.data.judged_rules import rules_of, table_rules
from mlgit.data.judging import alpha_of, judged
from mlgit.data.leakage import SAMPLE as LEAK_SAMPLE
from mlgit.data.leaks import leaks_of, told_columns
from mlgit.data.observing import drawn
from mlgit.data.rules import Broken, Place, Rule, prepared
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.data.sql import select


class Answer(Struct, frozen=True, kw_only=True):
    """The rows of a table, what is known of every rule, and how much columns tell of the target."""

    rows: int
    broken: tuple[Broken, ...]
    leaks: tuple[tuple[str, float], ...] = ()


class Question(Struct, frozen=True, kw_only=True):
    """Rules on the columns at `places`, each judged by the chance `alpha`; `tellers` may tell the target, which is the last.

    `rows` is about how many there are: of more than 5,000, some are drawn to look for leaks.
    """

    schema: Schema
    places: tuple[Place, ...]
    rules: tuple[Rule, ...]
    alpha: float
    tellers: tuple[Place, ...] = ()
    rows: int = 0

    @property
    def parts(self) -> list[str]:
        """What to select from `table`: the rows, the counts of each rule, the rows to look for leaks in."""
        counts = [part for rule in self.rules for part in rule.counted]
        if not self.tellers:
            return ["count(*)", *counts]
        values = ", ".join(f"v{place.index}" for place in self.tellers)
        return [
            "count(*)",
            *counts,
            f"list(row({values})) FILTER (WHERE {drawn(self.rows, LEAK_SAMPLE)})",
        ]

    @property
    def table(self) -> str:
        """The FROM part that the parts are written on."""
        return prepared(self.schema, self.places)

    def answered(self, found: Sequence[Any]) -> Answer:
        """Return what one row of these parts says."""
        counts = iter(found[1:])
        broken = []
        for rule in self.rules:
            failed, held, *cells = (int(next(counts) or 0) for _ in rule.counted)
            broken.append(judged(rule, failed, held, tuple(cells), self.alpha))
        leaks = leaks_of(self.schema, list(self.tellers), found[-1] or []) if self.tellers else []
        return Answer(rows=int(found[0]), broken=tuple(broken), leaks=tuple(leaks))


def questions(schema: Schema, places: list[Place], rows: int, step: int) -> list[Question]:
    """Return what to ask of a table: one question, or where it has more than `step` columns several."""
    together = table_rules(schema, places)
    alpha = alpha_of([*rules_of(schema, places), *together])
    tellers = tuple(told_columns(schema, places))
    whole = len(places) <= step
    chunks = [places[start : start + step] for start in range(0, max(len(places), 1), step)]
    asked = [
        Question(
            schema=schema,
            places=tuple(chunk),
            rules=(*rules_of(schema, chunk), *(together if whole else [])),
            alpha=alpha,
            tellers=tellers if whole else (),
            rows=rows,
        )
        for chunk in chunks
    ]
    if not whole and (together or tellers):
        last = Question(
            schema=schema,
            places=tuple(places),
            rules=tuple(together),
            alpha=alpha,
            tellers=tellers,
            rows=rows,
        )
        asked.append(last)
    return asked


def measured(connection: Any, source: Source, schema: Schema, places: list[Place], step: int) -> Answer:
    """Return what the view `source` answers, with rows that break a rule where it is not kept."""
    answers = []
    for one in questions(schema, places, source.rows, step):
        found = one.answered(connection.execute(select(one.parts, one.table)).fetchone())
        by_index = {place.index: place for place in one.places}
        broken = tuple(
            with_rows(connection, source, from_part(schema, by_index, list(one.places), each.rule), each)
            for each in found.broken
        )
        answers.append(Answer(rows=found.rows, broken=broken, leaks=found.leaks))
    return Answer(
        rows=answers[-1].rows,
        broken=tuple(each for one in answers for each in one.broken),
        leaks=answers[-1].leaks,
    )
