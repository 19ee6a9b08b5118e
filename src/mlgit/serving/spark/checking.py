"""`mlgit data check --engine spark`: the rules of a schema, asked of a table that Spark reads, in one pass over it.

What is known of a rule comes from the same counts as without Spark, judged by the same code. Rows have no number there,
so a finding has examples of what stands in the rows, and no lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mlgit.data.check import report, rule_results
from mlgit.data.columns import column_results, places_of
from mlgit.data.contradictions import dated
from mlgit.data.failing_rows import EXAMPLES, NEW_VALUES, from_part
from mlgit.data.prepared import Place
from mlgit.data.question import Answer, Question, questions
from mlgit.data.report import CheckReport, Example
from mlgit.data.rules import Broken
from mlgit.data.schema import Schema
from mlgit.data.spark_words import in_spark
from mlgit.data.sql import select
from mlgit.errors import ExternalError, MlgitError
from mlgit.serving.spark.session import session
from mlgit.serving.spark.tables import Table, opened
from mlgit.text import abridged, first_line
from mlgit.text import shown as as_shown

NO_ROW = -1
STORED = {
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "timestamp_ntz": "TIMESTAMP",
}
"""Spark's names of types as DuckDB's."""


def check_on_spark(
    environment: Mapping[str, str],
    folder: Path,
    path: str,
    schema: Schema,
    *,
    table: str,
    schema_shown: str,
    today: date | None = None,
) -> CheckReport:
    """Return the report of a table below `folder`, or at an address that Spark knows (`s3a://...`).

    Raises `UsageError` (`predict-no-table`, `predict-mixed`) where no table stands there, and `ExternalError` (`spark-...`).
    """
    schema = dated(schema, today)
    with session(environment) as spark:
        try:
            found = opened(spark, path, folder)
            types = stored_types(found)
            places = places_of(found.source(), schema, types)
            answer = answered(spark, found, schema, places)
        except MlgitError:
            raise
        except Exception as error:  # py4j and pyspark raise classes of their own for each reason
            raise ExternalError(
                "spark-check",
                f"Spark could not read the table: {abridged(first_line(error))}",
                hint="`mlgit data check` without --engine names the file and line of what is no table",
                where=path,
            ) from error
    structure, notes = column_results(found.source(), schema, schema_shown)
    results = [*structure, *rule_results(answer, schema, schema_shown)]
    unplaced = [replace(one, examples=()) for one in results]
    return report(table, path, schema_shown, answer.rows, unplaced, notes)


def stored_types(found: Table) -> list[str] | None:
    """Return the types of the columns as DuckDB names them, None for text."""
    if found.text:
        return None
    kinds = [field.dataType.simpleString() for field in found.frame.schema.fields[: len(found.names)]]
    return [STORED.get(kind, kind.upper()) for kind in kinds]


def answered(spark: Any, found: Table, schema: Schema, places: list[Place]) -> Answer:
    """Return what the table answers: one query for all rules, and others for what broke."""
    from pyspark.sql import functions

    numbered = found.frame.withColumn("row_at", functions.monotonically_increasing_id())
    numbered.createOrReplaceTempView("source")
    rows = spark.table("source").count()
    (question,) = questions(schema, places, rows, max(len(places), 1))
    answer = question.answered(asked(spark, select(question.parts, question.table))[0])
    return replace(answer, broken=tuple(with_values(spark, question, one) for one in answer.broken))


def asked(spark: Any, query: str) -> Sequence[Sequence[Any]]:
    """Return the rows that a query of ours gives."""
    rows: Sequence[Sequence[Any]] = spark.sql(in_spark(query)).collect()
    return rows


def with_values(spark: Any, question: Question, broken: Broken) -> Broken:
    """Return a broken rule with values that break it."""
    rule = broken.rule
    if not broken.failed or rule.cells is not None or rule.name == "repeated":
        return broken
    table = from_part(question.schema, question.places, rule)
    if rule.name == "unique":
        values, filled, text = rule.once
        twice = f"WHERE {filled} GROUP BY {values} HAVING count(*) > 1 ORDER BY {values} LIMIT {EXAMPLES}"
        return with_examples(broken, asked(spark, select([f"any_value({text})"], table, twice)))
    where = f"WHERE {rule.broken}"
    if rule.name == "categories":
        counts = f"{where} GROUP BY s{rule.index} ORDER BY count(*) DESC, s{rule.index} LIMIT {NEW_VALUES}"
        found = asked(spark, select([f"s{rule.index}", "count(*)"], table, counts))
        broken = replace(broken, values=tuple((as_shown(str(value)), int(count)) for value, count in found))
    if broken.verdict == "kept" and not broken.values:
        return broken
    found = asked(spark, select([rule.shown or f"s{rule.index}"], table, f"{where} LIMIT {EXAMPLES}"))
    return with_examples(broken, found)


def with_examples(broken: Broken, found: Sequence[Sequence[Any]]) -> Broken:
    """Return a broken rule with these values as its examples, in no row."""
    values = (None if value is None else as_shown(str(value)) for (value,) in found)
    return replace(broken, examples=tuple(Example(row=NO_ROW, value=value) for value in values))
