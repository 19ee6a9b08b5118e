"""Blocks as Markdown for GitHub, which has no colour: a sign before a verdict, weight on what is bad."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlgit.host.document import ADDRESS, Section
from mlgit.views import markdown
from mlgit.views.cells import (
    Block,
    Cell,
    Fold,
    Foreign,
    Heading,
    Items,
    Level,
    Line,
    Own,
    Paragraph,
    Part,
    Sketch,
    Table,
    blocks_of,
)
from mlgit.views.escape import code

SIGNS = {"PASS": "✅", "FAIL": "❌", "UNDECIDED": "⚠️"}
NUMBERS = re.compile(r"[-+0-9.,e \[\]]+")
SIGN_OF_A_LIST = re.compile(r"^([-+*])(?= )")
"""At the start of an item it would begin a list of its own."""
ESCAPED = r"\\\1"
UNBROKEN = "\N{NO-BREAK SPACE}"
"""Keeps a number with its interval, and a verdict with its sign, on one line of a narrow cell."""


def render(blocks: Sequence[Block], deeper: int = 0) -> str:
    """Return blocks as Markdown, ending in a line end; headings stand so many levels `deeper` than on a page."""
    return "\n\n".join(block_text(block, deeper) for block in blocks) + "\n"


def block_text(block: Block, deeper: int = 0) -> str:
    """Return one block."""
    if isinstance(block, Heading):
        return f"{'#' * (block.level + 1 + deeper)} {text(block.line, heading=True)}"
    if isinstance(block, Paragraph):
        return text(block.line)
    if isinstance(block, Items):
        return "\n".join(f"- {SIGN_OF_A_LIST.sub(ESCAPED, text(line))}" for line in block.lines)
    if isinstance(block, Fold):
        inner = "\n".join(f"- {code(line.strip(), 600)}" for line in block.lines)
        return f"<details>\n<summary>{block.title}</summary>\n\n{inner}\n\n</details>"
    return "\n".join(table_lines(block if isinstance(block, Table) else block.otherwise))


def table_lines(table: Table) -> list[str]:
    """Return the lines of a table: its header, its rule, its rows."""
    return [*header_lines(table), *(row_text([cell_text(one) for one in row.cells]) for row in table.rows)]


def header_lines(table: Table) -> list[str]:
    """Return the two lines above the rows of a table."""
    rule = ["---:" if column.right else "---" for column in table.columns]
    return [row_text([column.name for column in table.columns]), row_text(rule)]


def row_text(cells: Sequence[str]) -> str:
    """Return one row of cells that are Markdown already."""
    return "| " + " | ".join(cells) + " |"


def cell_text(cell: Cell) -> str:
    """Return a cell."""
    return "<br>".join(text(line, cell=True) for line in cell.lines)


def text(line: Line, *, cell: bool = False, heading: bool = False) -> str:
    """Return a line; `cell`: for a cell of a table; in a `heading` nothing weighs more than the rest."""
    return "".join(part_text(part, cell=cell, heading=heading) for part in line)


def part_text(part: Part, *, cell: bool, heading: bool) -> str:
    """Return one part of a line; a drawing has no text of its own."""
    if isinstance(part, str):
        return part.replace(" ", UNBROKEN) if cell and NUMBERS.fullmatch(part) else part
    if isinstance(part, Foreign):
        return code(part.text, part.most, cell=cell)
    if isinstance(part, Sketch | Level):
        return blocks_of(part)
    if not isinstance(part, Own):
        return ""
    if part.badge and not heading:
        sign = f"{SIGNS[part.text]}{UNBROKEN if cell else ' '}" if part.text in SIGNS else ""
        return f"{sign}**{part.text}**"
    return f"**{part.text}**" if part.tone == "bad" and not heading else part.text


LONGEST = 400
"""Characters of a text that a job handed over."""
SHORT = 12
"""Digits of a digest or commit."""


def table_section(table: Table, weight: int, *, above: str = "", folded: bool = False) -> Section | None:
    """Return a table as a section, each row a piece that may be left out; None without rows."""
    if not table.rows:
        return None
    head, rule, *rows = markdown.table_lines(table)
    head = f"{above}\n\n{head}\n{rule}" if above else f"{head}\n{rule}"
    return Section(title=table.title, weight=weight, head=head, pieces=tuple(rows), folded=folded)


def list_section(title: str, weight: int, lines: Iterable[str]) -> Section:
    """Return lines of Markdown as a section, each an item of its list and a piece that may be left out."""
    return Section(title=title, weight=weight, pieces=tuple(f"- {line}" for line in lines))


def run_text(address: str) -> str:
    """Return by which run; nothing of what is no address."""
    return f", in [this run]({address})" if ADDRESS.fullmatch(address.partition("#")[0]) else ""
