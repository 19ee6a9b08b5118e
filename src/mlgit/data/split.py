"""The frozen test set: which rows are held out for ever, by their ids.

Each id has a place of its own between 0 and 1, from a hash of the seed and the id; the lowest are held out. So the
same table gives the same split on every machine, and a table that grew, split anew, keeps nearly all of it. The
file freezes it altogether: rows that come later go to training.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from mlgit.data.profile import Column, Profile
from mlgit.data.sql import quoted_text
from mlgit.errors import MlgitError, UsageError

SHARE = 0.25
SEED = 7
MOST_ROWS = 50_000
HEADER = "id"


def place_of(seed: int, identifier: str) -> int:
    """Return the place of an id as a number of 64 bits."""
    return int.from_bytes(blake2b(f"{seed}:{identifier}".encode(), digest_size=8).digest(), "big")


def next_seed(standing: Sequence[str]) -> int:
    """Return the seed to draw by when none is given: the first one, or another than that of the ids that stand."""
    if not standing:
        return SEED
    return int.from_bytes(blake2b("\n".join(standing).encode(), digest_size=4).digest(), "big")


def held_out(
    rows: Iterable[tuple[str, str | None]], *, share: float = SHARE, seed: int = SEED, most: int = MOST_ROWS
) -> tuple[str, ...]:
    """Return the ids of the test set, in the order of the rows.

    `rows` are pairs of id and class; the class is None for regression. Of every class with two rows or more the
    nearest whole number to its share is taken, at least one and never all; a class of one row stays in training.
    With more than `most` rows the share shrinks alike for every class. Raises `UsageError` for a share that is not
    between 0 and 1, for an id that stands twice and when nothing would be held out.
    """
    if not 0 < share < 1:
        raise UsageError(
            "split-share", f"the share {share} does not lie between 0 and 1", hint="--share 0.25"
        )
    groups: dict[str | None, list[str]] = {}
    order: list[str] = []
    for identifier, label in rows:
        groups.setdefault(label, []).append(identifier)
        order.append(identifier)
    if len(set(order)) != len(order):
        raise UsageError(
            "split-id-twice", "an id stands in two rows of the table", hint="mlgit data check names the rows"
        )
    share = share_of(len(order), share, most)
    chosen: set[str] = set()
    for identifiers in groups.values():
        chosen.update(lowest(identifiers, share, seed))
    if not chosen:
        raise UsageError(
            "split-empty", "nothing can be held out: every class has one row", hint="add rows of each class"
        )
    return tuple(identifier for identifier in order if identifier in chosen)


def share_of(rows: int, share: float = SHARE, most: int = MOST_ROWS) -> float:
    """Return the share of so many rows that is held out: smaller where it would be more than `most`."""
    return min(share, most / rows) if rows else share


def number_of(rows: int, share: float) -> int:
    """Return how many rows of a class are held out: at least one of two, never all."""
    return 0 if rows < 2 else min(max(1, round(share * rows)), rows - 1)


def lowest(identifiers: Sequence[str], share: float, seed: int) -> list[str]:
    """Return the share of ids whose places are lowest."""
    ordered = sorted(identifiers, key=lambda identifier: (place_of(seed, identifier), identifier))
    return ordered[: number_of(len(identifiers), share)]


def split_file(
    path: Path, profile: Profile, *, share: float = SHARE, seed: int = SEED, shown: str = ""
) -> tuple[str, ...]:
    """Return the ids of the test set of a table; rows without a label are in neither set.

    Ids are the values of the profile's `id_column` as text, or row numbers from 0 when there is none. The test set holds
    whole groups where the profile knows groups, the latest rows where it knows a time, and a share of each class else.
    """
    rows = labelled_rows(path, profile, shown)
    order = profile.group_column or profile.time_column
    if order is None:
        return held_out(rows, share=share, seed=seed)
    beside = [value for _, value in labelled_rows(path, profile, shown, beside=order)]
    labelled = [(name, label, value or "") for (name, label), value in zip(rows, beside, strict=True)]
    return held_out_groups(labelled, share=share, seed=seed, latest=profile.group_column is None)


def held_out_groups(
    rows: Sequence[tuple[str, str | None, str]],
    *,
    share: float = SHARE,
    seed: int = SEED,
    latest: bool = False,
) -> tuple[str, ...]:
    """Return the ids of the test set that holds whole groups, in the order of the rows.

    `rows` are triples of id, class and group. Groups are taken by their place, or by their order from the end with `latest`,
    until the test set holds its share; a group without which a class could not be trained on is passed over. Raises
    `UsageError` when no group can be held out.
    """
    classes: dict[str, Counter[str | None]] = {}
    for _, label, group in rows:
        classes.setdefault(group, Counter())[label] += 1
    chosen = groups_held_out(classes, share=share, seed=seed, latest=latest)
    return tuple(identifier for identifier, _, group in rows if group in chosen)


def groups_held_out(
    classes: Mapping[str, Counter[str | None]],
    *,
    share: float = SHARE,
    seed: int = SEED,
    latest: bool = False,
) -> set[str]:
    """Return the groups of the test set by the rows of each class in every group; see `held_out_groups`."""
    sizes = {group: counts.total() for group, counts in classes.items()}
    left: Counter[str | None] = Counter()
    for counts in classes.values():
        left.update(counts)
    chosen: set[str] = set()
    wanted = min(share * left.total(), MOST_ROWS)
    order = (
        sorted(sizes, reverse=True) if latest else sorted(sizes, key=lambda one: (place_of(seed, one), one))
    )
    taken = 0
    for group in order:
        if taken >= wanted:
            break
        if (
            all(left[label] > count for label, count in classes[group].items())
            and taken + sizes[group] <= 2 * wanted
        ):
            chosen.add(group)
            left.subtract(classes[group])
            taken += sizes[group]
    if not chosen:
        raise UsageError(
            "split-groups",
            f"no group can be held out of {len(sizes)}: each holds all rows of a class, or half of the table",
            hint="split by rows: --group none",
        )
    return chosen


def labelled_rows(
    path: Path, profile: Profile, shown: str = "", beside: str | None = None
) -> list[tuple[str, str | None]]:
    """Return the id of every row that has a label with its class, or with its value of `beside`, in the order of the file.

    Values of `beside` are texts whose order is that of the values.
    """
    from mlgit.data.counting import typed_columns
    from mlgit.data.opening import open_source, refused
    from mlgit.data.sql import connected, select

    source = open_source(path, shown)
    names = source.names
    with connected(source.bytes) as connection:
        try:
            typed_columns(connection, source)
            target = f"t{names.index(profile.target)}"
            identifier = f"t{names.index(profile.id_column)}" if profile.id_column else "row_at"
            label = "NULL" if profile.task == "regression" else f"CAST({target} AS VARCHAR)"
            if beside is not None:
                column = profile.column(beside)
                label = beside_value(column, f"t{names.index(beside)}", latest=beside != profile.group_column)
            parts = [f"CAST({identifier} AS VARCHAR)", label]
            found = connection.execute(
                select(parts, "typed", f"WHERE {target} IS NOT NULL ORDER BY row_at")
            ).fetchall()
        except MlgitError:
            raise
        except Exception as error:
            raise refused(source, error) from error
    return [(str(name), None if text is None else str(text)) for name, text in found]


def beside_value(column: Column, name: str, *, latest: bool) -> str:
    """Return the SQL of a group as text; with `latest` its rank among the times, as text that sorts alike."""
    if not latest:
        return f"CAST({name} AS VARCHAR)"
    value = f"strptime(trim({name}), {quoted_text(column.form)})" if column.form else name
    return f"lpad(CAST(dense_rank() OVER (ORDER BY {value} NULLS FIRST) AS VARCHAR), 20, '0')"


def write(identifiers: Iterable[str]) -> str:
    """Return the text of `splits/<table>.csv`."""
    return "".join(f"{field(identifier)}\n" for identifier in (HEADER, *identifiers))


def field(identifier: str) -> str:
    """Return an id as a field of a CSV, in quotes where it has to be (Python's own writer forgets a bare return)."""
    if identifier and not any(character in identifier for character in '",\r\n'):
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def read(content: bytes, name: str) -> tuple[str, ...]:
    """Return the ids of a split file; raises `UsageError` with the line of anything else than one column of ids."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise split_error(name, line, "it is not UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    identifiers: dict[str, None] = {}
    try:
        if next(reader, None) != [HEADER]:
            raise split_error(name, 1, f"the first line has to be {HEADER}")
        for row in reader:
            if len(row) != 1 or row[0] in identifiers:
                raise split_error(
                    name, reader.line_num, "every line has to hold one id that stands nowhere else"
                )
            identifiers[row[0]] = None
    except csv.Error as error:
        raise split_error(name, reader.line_num, str(error)) from error
    if not identifiers:
        raise split_error(name, 1, "it holds no id")
    return tuple(identifiers)


def split_error(name: str, line: int, what: str) -> UsageError:
    """Return the error for a split file that cannot be used."""
    return UsageError(
        "split-invalid",
        f"this is no list of test ids: {what}",
        hint="take it from Git again, or draw a new one: mlgit data split TABLE --renew",
        where=f"{name}:{line}",
    )
