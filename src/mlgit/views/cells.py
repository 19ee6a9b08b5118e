"""What a view shows before it has a medium: lines of words, tables of cells, and the blocks that they make together.

A text of a repository is anybody's, so it comes as a `Foreign`, which each writer makes harmless in its own way. Words
of ours are plain `str`. `terminal`, `markdown` and `page` write the same blocks: words, columns and tones are chosen
once, here and in the modules that make the blocks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from mlgit.stats.interval import Interval
from mlgit.text import MAXIMUM

if TYPE_CHECKING:
    from mlgit.dvc.plots import Chart

# Of the structs that a table has by the hundred thousand none can be part of a circle: `gc=False` keeps the collector away.
Tone = Literal["", "good", "bad", "warn", "quiet"]
"""How a word is meant: a colour where there is one, a weight or a sign where there is none."""
LONGEST = 600
"""Characters of a sentence."""
LONGEST_NUMBER = 30


class Foreign(Struct, frozen=True, gc=False):
    """A text that somebody else wrote, cut to `most` characters; a `sentence` is no name, value or command.

    Two of them never touch: as spans of code in Markdown they would be one.
    """

    text: str
    most: int = MAXIMUM
    sentence: bool = False


class Own(Struct, frozen=True, gc=False):
    """A word of ours that weighs more, or less, than those around it; a `badge` is set apart like a stamp."""

    text: str
    tone: Tone = ""
    badge: bool = False


class Bar(Struct, frozen=True, kw_only=True):
    """A confidence interval where it can be drawn, about `centre` (no change); its text stands beside it.

    `decided` is the wider interval that decides where a test set's error is shared, `bound` what it is held against. The
    scale reaches so far to both sides of the centre as `reach` says, which several bars may share, else as it has to.
    """

    interval: Interval
    tone: Tone
    label: str
    decided: Interval | None = None
    bound: float | None = None
    centre: float = 0.0
    reach: float = 0.0


class Sketch(Struct, frozen=True):
    """How something spreads, small enough for a line: heights from 0 to 1, the largest 1; `label` says it in words."""

    heights: tuple[float, ...]
    label: str


class Level(Struct, frozen=True):
    """A length from 0 to 1 beside the others of its column; its number stands beside it."""

    share: float


Part: TypeAlias = str | Foreign | Own | Bar | Sketch | Level
Line: TypeAlias = tuple[Part, ...]


class Cell(Struct, frozen=True, gc=False):
    """A cell of a table: its lines, most often one; without a tone it has that of its row."""

    lines: tuple[Line, ...] = ()
    tone: Tone = ""


class Row(Struct, frozen=True, gc=False):
    """A row of a table, a cell for each column."""

    cells: tuple[Cell, ...]
    tone: Tone = ""


class Column(Struct, frozen=True):
    """The head of a column; one of numbers is aligned right and never broken."""

    name: str
    right: bool = False


class Table(Struct, frozen=True, kw_only=True):
    """A table; its title stands above it where a medium has room for one."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class Heading(Struct, frozen=True):
    """A heading; `level` 1 is that of the page."""

    line: Line
    level: int = 2


class Paragraph(Struct, frozen=True):
    """A paragraph; `inner` belongs to the heading above it, else to the whole."""

    line: Line
    tone: Tone = ""
    inner: bool = True


class Items(Struct, frozen=True):
    """A list of what a person has to look at."""

    lines: tuple[Line, ...]


class Fold(Struct, frozen=True):
    """Details that open on a click where there are clicks; a line that starts with blanks belongs to the one above."""

    title: str
    lines: tuple[str, ...]


class Figures(Struct, frozen=True):
    """Plots, base and head in one picture, where pictures can be shown; `otherwise` names them where not."""

    charts: tuple[Chart, ...]
    otherwise: Table


Block: TypeAlias = Heading | Paragraph | Items | Table | Fold | Figures


def cell(*parts: Part, tone: Tone = "") -> Cell:
    """Return a cell of one line; one that says nothing has no line."""
    kept = tuple([part for part in parts if part != ""]) if "" in parts else parts
    return Cell((kept,) if kept else (), tone)


def columns(*names: str, right: Iterable[str] = ()) -> tuple[Column, ...]:
    """Return columns by their names; those also in `right` are of numbers."""
    numbers = frozenset(right)
    return tuple(Column(name, name in numbers) for name in names)


STEPS = "▁▂▃▄▅▆▇█"
LONGEST_LEVEL = 24


def blocks_of(part: Sketch | Level) -> str:
    """Return a drawing in signs, for a medium without pictures."""
    if isinstance(part, Level):
        return "█" * round(LONGEST_LEVEL * part.share)
    return "".join(
        STEPS[min(len(STEPS) - 1, int(height * len(STEPS)))] if height else " " for height in part.heights
    )


def sentence(text: str) -> Foreign:
    """Return a sentence that may hold a text of a repository."""
    return Foreign(text, LONGEST, sentence=True)


def joined(parts: Iterable[Part | Line], separator: str = "; ") -> Line:
    """Return parts and lines as one line, the empty ones left out."""
    made: list[Part] = []
    for part in parts:
        if part not in ("", ()):
            made += [*([separator] if made else []), *(part if isinstance(part, tuple) else (part,))]
    return tuple(made)


def with_hint(line: Line, hint: str) -> Line:
    """Return a line with the command or step that helps behind it."""
    return (*line, " (", Foreign(hint), ")") if hint and line else line


def number(text: str) -> str:
    """Return a number, the middle of a very long one left out."""
    return text if len(text) <= LONGEST_NUMBER else f"{text[:10]}...{text[-5:]}"
