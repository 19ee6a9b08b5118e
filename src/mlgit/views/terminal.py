"""Blocks as text for a terminal: aligned columns, colour where it is wanted. No library, its import costs too much."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from mlgit.text import visible
from mlgit.views.cells import (
    Block,
    Fold,
    Foreign,
    Heading,
    Items,
    Level,
    Line,
    Own,
    Paragraph,
    Part,
    Row,
    Sketch,
    Table,
    blocks_of,
)

STYLES = {"bold": "1", "quiet": "2", "bad": "31", "good": "32", "warn": "33", "": ""}
PLAIN = str.maketrans({"→": "->"})
"""Signs of ours that a terminal may not have."""
WIDEST = 60
"""Columns of a cell; the last one of a row goes on to its end."""

Written = tuple[str, str]
"""A text, and the same text in its colours."""


def render(blocks: Sequence[Block], *, coloured: bool = False) -> str:
    """Return blocks as text, ending in a line end; what stands below a heading is indented."""
    made: list[str] = []
    before: Block | None = None
    indent = ""
    for block in blocks:
        made += [""] * (before is not None and apart(before, block))
        made += block_lines(block, indent, coloured)
        indent = "  " if isinstance(block, Heading) else indent
        before = block
    return "\n".join(made) + "\n"


def apart(before: Block, block: Block) -> bool:
    """Tell whether an empty line parts two blocks."""
    if isinstance(block, Items):
        return isinstance(before, Table)
    if isinstance(block, Paragraph):
        return not block.inner or isinstance(before, Table)
    return not (isinstance(block, Table) and isinstance(before, Paragraph))


def block_lines(block: Block, indent: str, coloured: bool) -> list[str]:
    """Return the lines of one block."""
    if isinstance(block, Heading):
        return [written(block.line, "bold", coloured)[1]]
    if isinstance(block, Paragraph):
        return [(indent if block.inner else "") + written(block.line, block.tone, coloured)[1]]
    if isinstance(block, Items):
        return [indent + written(line, "", coloured)[1] for line in block.lines]
    if isinstance(block, Fold):
        return [indent + visible(line, 600) for line in block.lines]
    return table_lines(block if isinstance(block, Table) else block.otherwise, indent, coloured)


def table_lines(table: Table, indent: str, coloured: bool) -> list[str]:
    """Return the lines of a table, without a head where no column has a name."""
    names = [(column.name, paint(column.name, "bold", coloured=coloured)) for column in table.columns]
    rows = [names] if any(plain for plain, _ in names) else []
    for row in table.rows:
        rows += written_row(row, coloured)
    right = [number for number, column in enumerate(table.columns) if column.right]
    return aligned(rows, right, indent)


def written_row(row: Row, coloured: bool) -> list[list[Written]]:
    """Return the lines of a row, a text for each of its cells."""
    last = len(row.cells) - 1
    columns = [
        [
            written(line, cell.tone or row.tone, coloured, most=WIDEST if column < last else 0)
            for line in cell.lines
        ]
        for column, cell in enumerate(row.cells)
    ]
    return [list(texts) for texts in zip_longest(*columns, fillvalue=("", ""))] or [[("", "")] * (last + 1)]


def written(line: Line, style: str, coloured: bool, most: int = 0) -> Written:
    """Return a line with and without colour, of at most `most` columns where it is not 0."""
    plain = part_text(line[0]) if len(line) == 1 else "".join(map(part_text, line))
    if most and 2 * len(plain) > most and width(plain) > most:
        plain = shortened(plain, most)
        return plain, paint(plain, style, coloured=coloured)
    if not coloured:
        return plain, plain
    texts = map(part_text, line)
    styles = ((part.tone or style) if isinstance(part, Own) else style for part in line)
    painted = (paint(text, one, coloured=True) for text, one in zip(texts, styles, strict=True))
    return plain, "".join(painted)


def part_text(part: Part) -> str:
    """Return one part of a line; a drawing has no text of its own."""
    if isinstance(part, Foreign):
        return visible(part.text, part.most)
    if isinstance(part, str):
        return part.translate(PLAIN)
    if isinstance(part, Own):
        return part.text.translate(PLAIN)
    return blocks_of(part) if isinstance(part, Sketch | Level) else ""


def lines(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), indent: str = "  ") -> list[str]:
    """Return the lines of a table of texts; `right` are the columns aligned right."""
    cells = [[shortened(visible(cell)) for cell in row] for row in rows]
    return aligned([[(cell, cell) for cell in row] for row in cells], right, indent)


def aligned(rows: Sequence[Sequence[Written]], right: Sequence[int], indent: str) -> list[str]:
    """Return rows as lines in which every column is as wide as its widest cell."""
    columns = [padded(column, number in right) for number, column in enumerate(zip(*rows, strict=True))]
    return [indent + "  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def padded(column: Sequence[Written], right: bool) -> list[str]:
    """Return the texts of a column, in their colours, each as wide as the widest."""
    widths = [width(plain) for plain, _ in column]
    widest = max(widths)
    pairs = zip(column, widths, strict=True)
    if right:
        return [" " * (widest - one) + painted for (_, painted), one in pairs]
    return [painted + " " * (widest - one) for (_, painted), one in pairs]


def width(text: str) -> int:
    """Return how many columns a terminal takes for a text."""
    if text.isascii():
        return len(text)
    import unicodedata

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
