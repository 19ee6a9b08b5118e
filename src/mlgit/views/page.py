"""Blocks as one HTML file that needs no network. Jinja2 escapes every text; `shown` makes hidden characters visible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mlgit.dvc.plots import Points
from mlgit.text import visible
from mlgit.views.cells import Bar, Block, Figures, Foreign, Heading, Own
from mlgit.views.escape import script_json
from mlgit.views.vega_spec import spec

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = Path(__file__).with_name("html")
VEGA = Path(__file__).with_name("vega")
SCRIPTS = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")
SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=.*\n?|\n\Z")
LONGEST = 10_000
"""Characters of a text."""
WIDTH, HEIGHT = 132, 16
"""Pixels of the drawing of an interval."""
ROOM = 1.12
"""The scale of a drawing reaches so much further than what is drawn."""


def render(blocks: Sequence[Block]) -> str:
    """Return the page; its first heading is the title of its window, too."""
    title = next((block.line for block in blocks if isinstance(block, Heading)), ())
    charts = [chart for block in blocks if isinstance(block, Figures) for chart in block.charts]
    drawn = [chart for chart in charts if isinstance(chart.base, Points) or isinstance(chart.head, Points)]
    described = msgspec.json.encode([spec(chart) for chart in drawn]).decode()
    return environment().get_template("page.html.jinja").render(
        title="".join(plain(part) for part in title),
        blocks=blocks,
        drawn=drawn,
        style=trusted((FOLDER / "page.css").read_text("utf-8")),
        scripts=[trusted(SOURCE_MAP.sub("", (VEGA / name).read_text("utf-8"))) for name in SCRIPTS] if drawn else [],
        described=trusted(script_json(described)),
        draw=trusted((FOLDER / "page.js").read_text("utf-8")),
    )  # fmt: skip


def trusted(text: str) -> Markup:
    """Return a text of this package, or one that `script_json` made harmless, as it is put into the page unescaped."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704


def environment() -> Environment:
    """Return the environment of the template: all that is not `Markup` is escaped, what is not defined is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import escape

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(kind=lambda one: type(one).__name__, visible=visible, drawing=drawing, uncut=escape)
    return made


def shown(value: Any) -> Any:
    """Return a value as it is put into the page: of a text every character can be seen."""
    return visible(value, LONGEST) if type(value) is str else value


def plain(part: object) -> str:
    """Return one part of a line as text."""
    return part if isinstance(part, str) else part.text if isinstance(part, Foreign | Own) else ""


def drawing(bar: Bar) -> dict[str, Any]:
    """Return where the parts of an interval's drawing lie, in pixels from its left end; its scale is about the centre."""
    wide = bar.decided or bar.interval
    values = {
        "zero": bar.centre,
        "low": bar.interval.low,
        "high": bar.interval.high,
        "wide_low": wide.low,
        "wide_high": wide.high,
        "estimate": bar.interval.estimate,
        **({} if bar.bound is None else {"bound": bar.bound}),
    }
    reach = (bar.reach or max(abs(value - bar.centre) for value in values.values())) * ROOM or 1.0
    places = {
        name: f"{(value - bar.centre) / reach * WIDTH / 2 + WIDTH / 2:.1f}" for name, value in values.items()
    }
    return {"width": WIDTH, "height": HEIGHT, "middle": HEIGHT // 2, **places}
