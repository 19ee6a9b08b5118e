"""How the columns of a table spread: counts in cells, small enough to be kept beside the schema for drift."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from mlgit.data.columns import places_of
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.opening import open_source, refused
from mlgit.data.prepared import Place, doubts, prepared
from mlgit.data.question import numeric_columns, plain_columns
from mlgit.data.schema import Schema
from mlgit.data.source import Source
from mlgit.data.sql import COLUMNS_A_QUERY, connected, drawn, quoted_text, select
from mlgit.errors import MlgitError, UsageError

CELLS = 20
SAMPLE = 200_000
"""Edges are looked for in so many rows at most; all rows are counted."""
SUFFIX = ".profile.json"


class Distribution(Struct, frozen=True, kw_only=True):
    """How one column spreads.

    `edges` are the upper ends of the cells of a number, rising, with one cell more above; `values` the frequent categories,
    with one cell more for all others. `counts` are the rows in each cell, `empty` those without a value.
    """

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    empty: int = 0


class Stored(Struct, frozen=True, kw_only=True):
    """The distributions of a reference of `rows` rows."""

    version: Literal[1] = 1
    rows: int
    columns: dict[str, Distribution]


def path_of(schema: str) -> str:
    """Return where the distributions of a table are kept: beside its schema."""
    return schema.removesuffix(".yaml").removesuffix(".yml") + SUFFIX


def written(stored: Stored) -> bytes:
    """Return the text of the file, a column a line."""
    columns = ",\n".join(
        f"  {msgspec.json.encode(name).decode()}: {msgspec.json.encode(one).decode()}"
        for name, one in stored.columns.items()
    )
    return f'{{"version": 1, "rows": {stored.rows}, "columns": {{\n{columns}\n}}}}\n'.encode()


def read(content: bytes, where: str) -> Stored:
    """Return what a file holds; raises `UsageError` (`profile-invalid`) for one that is none."""
    try:
        return msgspec.json.decode(content, type=Stored)
    except msgspec.MsgspecError as error:
        raise UsageError(
            "profile-invalid",
            f"this is no profile of a table: {error}",
            hint="write it again: delete it, then mlgit data schema TABLE",
            where=where,
        ) from error


def distributions(path: Path, schema: Schema, *, shown: str) -> Stored:
    """Return how the columns of a table spread; raises `UsageError` for a file that is no whole table."""
    return counted_file(path, schema, None, shown=shown)


def counted_file(path: Path, schema: Schema, cells: dict[str, Distribution] | None, *, shown: str) -> Stored:
    """Return the counts of a table in these cells, or in cells of its own."""
    from mlgit.data.opened import prepare, stored_types, with_numbers

    source = open_source(path, shown, largest=ANY_BYTES, several=True)
    with connected(source.bytes) as connection:
        try:
            prepare(connection, source)
            places = places_of(source, schema, stored_types(connection, source))
            places = with_numbers(connection, source, schema, places)
            wanted = cells if cells is not None else own_cells(connection, source, schema, places)
            return counts_in(connection, schema, places, wanted, source.rows)
        except MlgitError:
            raise
        except Exception as error:
            raise refused(source, error) from error


def own_cells(
    connection: Any, source: Source, schema: Schema, places: list[Place]
) -> dict[str, Distribution]:
    """Return cells of about as many rows each for numbers, and one for each frequent category."""
    numbers = [place for place in places if schema.columns[place.name].cuts and is_number(schema, place)]
    found = {
        place.name: Distribution(values=tuple(value for value, _ in schema.columns[place.name].shares))
        for place in places
        if schema.columns[place.name].shares
    }
    steps = ", ".join(str(step / CELLS) for step in range(1, CELLS))
    for start in range(0, len(numbers), COLUMNS_A_QUERY):
        chunk = numbers[start : start + COLUMNS_A_QUERY]
        asked = [f"quantile_disc(CAST(v{place.index} AS DOUBLE), [{steps}])" for place in chunk]
        chosen = f"WHERE {drawn(source.rows, SAMPLE)}"
        row = connection.execute(select(asked, prepared(schema, chunk), chosen)).fetchone()
        for place, edges in zip(chunk, row, strict=True):
            found[place.name] = Distribution(edges=tuple(sorted(set(edges or ()))))
    return found


def is_number(schema: Schema, place: Place) -> bool:
    """Tell whether a column holds numbers; days move on and are no drift."""
    return schema.columns[place.name].type in ("integer", "float")


def counts_in(
    connection: Any, schema: Schema, places: list[Place], cells: dict[str, Distribution], about: int
) -> Stored:
    """Return the rows in each cell, all columns in one query while they fit into one, of a table of `about` so many rows."""
    here = [place for place in places if place.name in cells]
    rows, found = 0, {}
    for start in range(0, max(1, len(here)), COLUMNS_A_QUERY):
        chunk = here[start : start + COLUMNS_A_QUERY]
        parts = [part for place in chunk for part in conditions(place, cells[place.name])]
        row = counted(connection, schema, chunk, ["count(*)", *parts], about)
        rows, numbers = int(row[0]), iter(row[1:])
        for place in chunk:
            one = cells[place.name]
            filled, *inside = (int(next(numbers) or 0) for _ in conditions(place, one))
            if one.edges:
                inside = [now - before for before, now in zip((0, *inside), inside, strict=False)]
            counts = (*inside, filled - sum(inside))
            found[place.name] = Distribution(
                edges=one.edges, values=one.values, counts=counts, empty=rows - filled
            )
    return Stored(rows=rows, columns=found)


def counted(
    connection: Any, schema: Schema, places: list[Place], parts: list[str], about: int
) -> tuple[Any, ...]:
    """Return what the parts count: texts taken to be written plainly first, by the whole law where one is not."""
    import duckdb

    plain = plain_columns(schema, places, about)
    for read in dict.fromkeys((numeric_columns(places, plain), frozenset[int]())):
        asked = [*parts, *doubts(schema, places, plain, read).values()]
        with suppress(duckdb.ConversionException):
            found = connection.execute(select(asked, prepared(schema, places, plain, read=read))).fetchone()
            if not any(found[len(parts) :]):
                return tuple(found[: len(parts)])
    return tuple(connection.execute(select(parts, prepared(schema, places))).fetchone())


def conditions(place: Place, one: Distribution) -> list[str]:
    """Return the aggregates of a column: rows with a value, then rows in each cell."""
    value = f"v{place.index}"
    inside = [f"{value} <= {edge!r}" for edge in one.edges] or [
        f"CAST({value} AS VARCHAR) = {quoted_text(text)}" for text in one.values
    ]
    return [f"count({value})", *(f"count_if({condition})" for condition in inside)]
