"""Stage prepare: the features of the rows to train on, and of the held-out rows to test on.

The ids in splits/ are held out; every other row, new ones too, is trained on. Both tables have the columns `id`,
`label` and the features, and are sorted by id.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from features import features, fitted
from settings import EXTRACTED, TEST, TRAIN, DataError, Settings, run_stage
from sql import quoted, text


def open_tables(connection: duckdb.DuckDBPyConnection, extracted: Path, split: Path) -> None:
    """Make the extracted rows known as `extracted`, and the held-out ids as `held_out`, both as texts."""
    connection.execute(f"CREATE VIEW extracted AS SELECT * FROM read_parquet({text(str(extracted))})")
    ids = (
        f"read_csv({text(str(split))}, auto_detect=false, header=true, delim=',', quote='\"', escape='\"', "
        "columns={'id': 'VARCHAR'})"
    )
    try:
        connection.execute(f"CREATE TABLE held_out AS SELECT DISTINCT id FROM {ids} WHERE id IS NOT NULL")
    except duckdb.Error as error:
        raise DataError(f"{split} is no table with the one column id; run: mlgit data split") from error


def check_labels(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Raise `DataError` for a label that is no class of params.yaml, and for a class without a row to train on."""
    trained = connection.execute(
        "SELECT label, count(*) FILTER (CAST(id AS VARCHAR) NOT IN (FROM held_out)) FROM extracted GROUP BY label"
    ).fetchall()
    counts = {str(label): int(rows) for label, rows in trained}
    unknown = sorted(set(counts) - set(settings.classes))
    if unknown:
        raise DataError(
            f"{settings.target!r} is {unknown[0]!r} in some rows, which is no class in params.yaml; "
            "add it to target.classes or mend the data"
        )
    empty = [name for name in settings.classes if not counts.get(name)]
    if empty:
        raise DataError(
            f"no row to train on has the class {empty[0]!r}; take it out of target.classes or add rows"
        )


def write(connection: duckdb.DuckDBPyConnection, settings: Settings, target: Path, *, held_out: bool) -> int:
    """Write the table of the held-out rows, or of the others, and return its number of rows.

    Rows of a held-out group that came after the split was drawn are in neither table: they would tell of their twins.
    """
    group = settings.group_column is not None
    known = ["id", "label", *(["group"] if group else [])]
    computed = ", ".join(f"{feature.sql} AS {quoted(feature.name)}" for feature in features(settings))
    columns = ", ".join(fitted(feature) for feature in features(settings))
    condition = f"CAST(id AS VARCHAR) {'IN' if held_out else 'NOT IN'} (FROM held_out)"
    if group and not held_out:
        theirs = 'SELECT "group" FROM extracted WHERE CAST(id AS VARCHAR) IN (FROM held_out) AND "group" IS NOT NULL'
        condition += f' AND ("group" IS NULL OR "group" NOT IN ({theirs}))'
    target.parent.mkdir(parents=True, exist_ok=True)
    named = ", ".join(quoted(name) for name in known)
    rows_of = f"SELECT {named}, {computed} FROM extracted WHERE {condition}"
    query = f"SELECT {named}, {columns} FROM ({rows_of}) ORDER BY id"
    connection.execute(f"COPY ({query}) TO {text(str(target))} (FORMAT parquet)")
    ((rows,),) = connection.execute(f"SELECT count(*) FROM read_parquet({text(str(target))})").fetchall()
    return int(rows)


def main(settings: Settings) -> None:
    """Write both tables, and say how many rows they have."""
    with duckdb.connect() as connection:
        open_tables(connection, EXTRACTED, settings.split)
        if settings.classifies:
            check_labels(connection, settings)
        test = write(connection, settings, TEST, held_out=True)
        train = write(connection, settings, TRAIN, held_out=False)
        ((listed,),) = connection.execute("SELECT count(*) FROM held_out").fetchall()
    if test == 0:
        raise DataError(
            f"none of the {listed:,} ids of {settings.split} is in the data; run: mlgit data split"
        )
    if train == 0:
        raise DataError(f"all rows are held out by {settings.split}; none is left to train on")
    print(f"{train:,} rows to train on, {test:,} held out; held-out ids without a row: {listed - test:,}")


if __name__ == "__main__":
    run_stage(main)
