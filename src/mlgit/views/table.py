"""A table for a terminal: aligned columns, colour where it is wanted. No library, because its import costs too much."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from mlgit.text import visible

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
WIDEST = 60


def width(text: str) -> int:
    """Return how many columns a terminal takes for a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def shortened(text: str, most: int = WIDEST) -> str:
    """Return a text of at most `most` columns, its end replaced by dots."""
    if width(text) <= most:
        return text
    kept, used = [], 0
    for letter in text:
        used += width(letter)
        if used > most - 3:
            break
        kept.append(letter)
    return "".join(kept) + "..."


def paint(text: str, style: str, *, coloured: bool) -> str:
    """Return a text in a style of `STYLES`, as it is where no colour is wanted."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if coloured and style and text else text


def lines(
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    styles: Sequence[str] = (),
    coloured: bool = False,
    indent: str = "  ",
) -> list[str]:
    """Return the lines of a table; `right` are the columns aligned right, `styles` gives each row its style."""
    cells = [[shortened(visible(cell)) for cell in row] for row in rows]
    widths = [max(width(row[column]) for row in cells) for column in range(len(cells[0]))] if cells else []
    made = []
    for number, row in enumerate(cells):
        padded = [
            " " * (widths[column] - width(cell)) + cell
            if column in right
            else cell + " " * (widths[column] - width(cell))
            for column, cell in enumerate(row)
        ]
        style = styles[number] if number < len(styles) else ""
        made.append(indent + paint("  ".join(padded).rstrip(), style, coloured=coloured))
    return made
