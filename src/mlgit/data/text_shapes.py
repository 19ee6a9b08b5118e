"""How the texts of a column look as a whole: how long they are, and of which letters.

Free texts have no list and no pattern, but those that were cut off, swapped with another column, wrapped in tags or written
in capitals are not as long, or not of the letters, that they were.
"""

from __future__ import annotations

from typing import Any

from mlgit.data.judging import in_cells, moved_cell, moves_of
from mlgit.data.observed import SAMPLE
from mlgit.data.profile import Column
from mlgit.data.rules import Broken, Cells
from mlgit.data.schema import ColumnRule, Reference
from mlgit.data.sql import quoted_text, select

FEWEST = 100
STEPS = (0.1, 0.25, 0.5, 0.75, 0.9)
KINDS = {
    "with tags": "contains({0}, '</') OR contains({0}, '<br')",
    "without letters": "upper({0}) = lower({0})",
    "in capitals": "upper({0}) = {0}",
    "in small letters": "lower({0}) = {0}",
}
"""What a text may be as a whole, the first that holds; all others are of mixed letters."""
LENGTHS, LETTERS = "lengths", "letters"


def letters_of(text: str) -> str:
    """Return the SQL of the kind that a text is of; NULL for one of mixed letters."""
    cases = (f"WHEN {condition.format(text)} THEN {quoted_text(kind)}" for kind, condition in KINDS.items())
    return f"CASE {' '.join(cases)} END"


def shaped(column: Column) -> bool:
    """Tell whether a column holds free texts, which have no list of categories."""
    return column.storage == "string" and column.kind in ("text", "category") and not column.categories


def lengths_of(connection: Any, text: str) -> tuple[tuple[int, float], ...]:
    """Return lengths in characters with the share of texts up to each, of those in `sample`; nothing for few texts."""
    steps = ", ".join(map(str, STEPS))
    rows, found = connection.execute(
        select([f"count({text})", f"quantile_disc(length({text}), [{steps}])"], "sample")
    ).fetchone()
    if rows < FEWEST:
        return ()
    cuts = sorted(set(found))
    counts = connection.execute(select([f"count_if(length({text}) <= {cut})" for cut in cuts], "sample"))
    return tuple(
        (int(cut), float(f"{count / rows:.4g}")) for cut, count in zip(cuts, counts.fetchone(), strict=True)
    )


def kinds_of(connection: Any, text: str) -> tuple[tuple[str, float], ...]:
    """Return the share of each kind of text among those in `sample`; nothing for few texts."""
    asked = [f"count_if({letters_of(text)} = {quoted_text(kind)})" for kind in KINDS]
    rows, *counts = connection.execute(select([f"count({text})", *asked], "sample")).fetchone()
    if rows < FEWEST:
        return ()
    return tuple(
        (kind, float(f"{(count or 0) / rows:.4g}")) for kind, count in zip(KINDS, counts, strict=True)
    )


def shape_cells(setting: ColumnRule, index: int, reference: Reference) -> dict[str, Cells]:
    """Return the cells of the lengths and of the letters of a column, by the setting that they come of."""
    text, rows, found = f"s{index}", min(reference.rows, SAMPLE), {}
    if setting.lengths:
        found[LENGTHS] = Cells(
            conditions=tuple(f"length({text}) <= {cut}" for cut, _ in setting.lengths),
            shares=tuple(share for _, share in setting.lengths),
            names=tuple(str(cut) for cut, _ in setting.lengths),
            rows=rows,
            rising=True,
        )
    if setting.letters:
        kinds = [(kind, share) for kind, share in setting.letters if kind in KINDS]
        found[LETTERS] = Cells(
            conditions=tuple(
                f"coalesce({letters_of(text)} = {quoted_text(kind)}, false)" for kind, _ in kinds
            ),
            shares=tuple(share for _, share in kinds),
            names=tuple(kind for kind, _ in kinds),
            rows=rows,
        )
    return found


def shape_words(broken: Broken, cells: Cells, key: str) -> tuple[str, str]:
    """Return the sentence and the hint for texts that are not as long, or not of the letters, that they were: of the lengths that differ most, of the letters that came."""
    counts, seen = in_cells(broken.cells, broken.checked, cells)
    grown = moves_of(counts, seen)
    cell = moved_cell(counts, seen) if cells.rising else grown.index(max(grown))
    now, before = counts[cell] / broken.checked, seen[cell] / cells.rows
    what, named = ("lengths", length_words) if cells.rising else ("letters", letter_words)
    return (
        f"{broken.rule.column!r} has texts of other {what}: {now:.0%} {named(cells, cell)}, {before:.0%} in the reference",
        f"look for texts that were cut off, swapped, wrapped or coded; if they are right, change {key}",
    )


def length_words(cells: Cells, cell: int) -> str:
    """Say how long the texts of a cell are."""
    if cell == 0:
        return f"have at most {cells.names[0]} characters"
    if cell == len(cells.names):
        return f"have more than {cells.names[-1]} characters"
    return f"have {int(cells.names[cell - 1]) + 1} to {cells.names[cell]} characters"


def letter_words(cells: Cells, cell: int) -> str:
    """Say of which letters the texts of a cell are."""
    return f"are {cells.names[cell] if cell < len(cells.names) else 'of mixed letters'}"
