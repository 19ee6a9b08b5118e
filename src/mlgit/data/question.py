"""All rules of a table as one question: the aggregates to select, where from, and what the answer says of each rule.

The question is plain SQL, so that whoever can answer it may: DuckDB on a file, many tables at once by a GROUP BY, or another
engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mlgit.data.gaps import Gap, gaps
from mlgit.data.judged_rules import rules_of, table_rules
from mlgit.data.judging import alpha_of, judged
from mlgit.data.leakage import SAMPLE as LEAK_SAMPLE
from mlgit.data.leaks import leaks_of, told_columns
from mlgit.data.plain import doubtful
from mlgit.data.prepared import Place, doubts, prepared
from mlgit.data.repeated_values import Most, repeated_values
from mlgit.data.roundings import Rounding, roundings
from mlgit.data.rules import Broken, Rule
from mlgit.data.schema import Schema
from mlgit.data.sql import drawn

MANY_ROWS = 20_000
"""From so many rows on, one query more costs less than the whole law on every value."""


class Answer(Struct, frozen=True, kw_only=True):
    """The rows of a table, what is known of every rule, and how much columns tell of the target, the most frequent numbers, gaps in time, and what was rounded."""

    rows: int
    broken: tuple[Broken, ...]
    leaks: tuple[tuple[str, float], ...] = ()
    most: tuple[Most, ...] = ()
    gaps: tuple[Gap, ...] = ()
    roundings: tuple[Rounding, ...] = ()


class Question(Struct, frozen=True, kw_only=True):
    """Rules on the columns at `places`, each judged by the chance `alpha`; `tellers` may tell the target, which is the last.

    `rows` is about how many there are: of more than 5,000, some are drawn to look for leaks. The columns at `plain` are
    asked as if every value were written plainly, those at `read` as numbers; the rows of each that are not come last.
    """

    schema: Schema
    places: tuple[Place, ...]
    rules: tuple[Rule, ...]
    alpha: float
    tellers: tuple[Place, ...] = ()
    rows: int = 0
    plain: frozenset[int] = frozenset()
    read: frozenset[int] = frozenset()

    @property
    def parts(self) -> list[str]:
        """What to select from `table`: the rows, the counts of each rule, the rows to look for leaks in."""
        counts = [
            "0" if place == 0 and self.settled(rule) else part
            for rule in self.rules
            for place, part in enumerate(rule.counted)
        ]
        values = ", ".join(f"v{place.index}" for place in self.tellers)
        looked_at = (
            [f"list(row(row_at, {values})) FILTER (WHERE {drawn(self.rows, LEAK_SAMPLE)})"] if values else []
        )
        return ["count(*)", *counts, *looked_at, *self.doubts.values()]

    @property
    def table(self) -> str:
        """The FROM part that the parts are written on."""
        return prepared(self.schema, self.places, self.plain, read=self.read)

    @property
    def doubts(self) -> dict[int, str]:
        """The aggregates of what may not be written plainly, by the column."""
        return doubts(self.schema, self.places, self.plain, self.read)

    def answered(self, found: Sequence[Any]) -> Answer:
        """Return what one row of these parts says."""
        counts = iter(found[1:])
        broken = []
        for rule in self.rules:
            failed, held, *cells = (int(next(counts) or 0) for _ in rule.counted)
            broken.append(judged(rule, failed, held, tuple(cells), self.alpha))
        drawn_rows = sorted((next(counts) or []) if self.tellers else [], key=itemgetter(0))
        rows = [row[1:] for row in drawn_rows]
        leaks = leaks_of(self.schema, list(self.tellers), rows)
        most = repeated_values(self.schema, self.tellers, rows)
        return Answer(
            rows=int(found[0]),
            broken=tuple(broken),
            leaks=tuple(leaks),
            most=tuple(most),
            gaps=tuple(gaps(self.schema, self.tellers, rows)),
            roundings=tuple(roundings(self.schema, self.tellers, rows)),
        )

    def settled(self, rule: Rule) -> bool:
        """Tell whether no value breaks a rule where all are written plainly: that says their type, and of texts that they are listed."""
        listed = self.schema.columns[rule.column].type == "string" if rule.name == "categories" else False
        return rule.index in self.plain and (rule.name == "type" or listed)

    def touching(self, columns: frozenset[int]) -> list[int]:
        """Return the places of the rules that are about one of these columns."""
        names = {place.name for place in self.places if place.index in columns}
        return [
            at
            for at, rule in enumerate(self.rules)
            if {rule.column, rule.other} & names or columns.intersection(rule.key)
        ]

    def about(self, columns: frozenset[int]) -> Question:
        """Return what to ask again, by the whole law, where these columns are not written plainly."""
        return replace(
            self,
            rules=tuple(self.rules[at] for at in self.touching(columns)),
            tellers=self.tellers if any(place.index in columns for place in self.tellers) else (),
        )

    def taken_plainly(self) -> Question:
        """Return the same, its texts taken to be written plainly, and unique ones to lie where guessed, as far as that can be told for less."""
        plain = plain_columns(self.schema, self.places, self.rows)
        guessed = {place.index: place.guess for place in self.places if place.index in plain}
        rules = tuple(
            replace(rule, span=guessed.get(rule.index)) if rule.name == "unique" and not rule.span else rule
            for rule in self.rules
        )
        return replace(self, rules=rules, plain=plain, read=numeric_columns(self.places, plain))


def plain_columns(schema: Schema, places: Sequence[Place], rows: int) -> frozenset[int]:
    """Return the columns of text to ask of so many rows as if every value were written plainly."""
    return frozenset(
        place.index
        for place in places
        if rows >= MANY_ROWS
        and place.stored is None
        and doubtful("s", "v", schema.columns[place.name], schema)
    )


def numeric_columns(places: Sequence[Place], plain: frozenset[int]) -> frozenset[int]:
    """Return the columns to read as numbers: none where one of them is not taken to be plain, because one view reads them all."""
    numeric = frozenset(place.index for place in places if place.numeric)
    return numeric if numeric <= plain else frozenset()


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
