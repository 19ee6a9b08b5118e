"""Ask a table all of its rules: by what is told for less first, by the whole law where that is not enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from mlgit.data.failing_rows import from_part, with_rows
from mlgit.data.prepared import Place
from mlgit.data.question import Answer, Question, questions
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.data.sql import select


def answer_of(connection: Any, question: Question) -> Answer:
    """Return what the view `source` answers: of many texts what is plain first, by the whole law only what is not."""
    plainly_asked, found = plain_answer(connection, question.taken_plainly())
    first = plainly_asked.answered(found)
    columns = plainly_asked.doubts
    counted = found[len(found) - len(columns) :]
    doubted = frozenset(index for index, rows in zip(columns, counted, strict=True) if rows)
    if not doubted:
        return first
    again = question.about(doubted)
    second = again.answered(asked(connection, again))
    renewed = dict(zip(question.touching(doubted), second.broken, strict=True))
    broken = tuple(renewed.get(at, one) for at, one in enumerate(first.broken))
    return replace(second if again.tellers else first, broken=broken)


def plain_answer(connection: Any, question: Question) -> tuple[Question, Sequence[Any]]:
    """Return what was asked in the end, and the row: where DuckDB finds no number in a text, everything is asked of texts."""
    if not question.read:
        return question, asked(connection, question)
    import duckdb

    try:
        return question, asked(connection, question)
    except duckdb.ConversionException:
        return plain_answer(connection, replace(question, read=frozenset()))


def asked(connection: Any, question: Question) -> Sequence[Any]:
    """Return the one row that answers a question."""
    row: Sequence[Any] = connection.execute(select(question.parts, question.table)).fetchone()
    return row


def measured(connection: Any, source: Source, schema: Schema, places: list[Place], step: int) -> Answer:
    """Return what the view `source` answers, with rows that break a rule where it is not kept."""
    answers = []
    for one in questions(schema, places, source.rows, step):
        found = answer_of(connection, one)
        broken = tuple(
            with_rows(connection, source, from_part(schema, one.places, each.rule), each)
            for each in found.broken
        )
        answers.append(replace(found, broken=broken))
    return replace(answers[-1], broken=tuple(each for one in answers for each in one.broken))
