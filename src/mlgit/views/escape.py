"""Make text of a repository harmless for the place where it is shown: Markdown, or a script of a page (Jinja2 escapes HTML).

A name or value in a repository is anybody's text. In Markdown it stands in a code span, where GitHub sees no mention,
no reference to an issue, no link, no image, no HTML and no emphasis (https://github.github.com/gfm/#code-spans);
an entity or a backslash would not do, because mentions and references are looked for after these are resolved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlgit.text import MAXIMUM, visible

BACKTICKS = re.compile(r"`+")
COMMENT_START = re.compile(r"<(?=!|\?)")


def code(text: str, maximum: int = MAXIMUM, *, cell: bool = False) -> str:
    """Return a text as a code span of Markdown; `cell`: for a cell of a table, where a bar needs a backslash.

    `<!` gets a space, so that the text of a comment never holds a marker that somebody else wrote.
    """
    line = COMMENT_START.sub("< ", visible(text, maximum))
    if not line:
        return "*empty*"
    if not line.strip():
        return "*blank*"
    fence = "`" * (max((len(run) for run in BACKTICKS.findall(line)), default=0) + 1)
    padding = " " if line[0] in "` " or line[-1] in "` " else ""
    if cell:
        line = line.replace("\\|", "\\ |").replace("|", "\\|")
    return f"{fence}{padding}{line}{padding}{fence}"


def block(lines: Iterable[str], maximum: int = MAXIMUM) -> str:
    """Return lines as a block of code of Markdown, each of at most `maximum` characters; nothing in them ends it."""
    shown = [COMMENT_START.sub("< ", visible(line, maximum)).rstrip() for line in lines]
    longest = max((len(run) for line in shown for run in BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}text", *shown, fence))


def script_json(encoded: str) -> str:
    """Return JSON text that may stand inside a `<script>`: nothing in it ends the script or starts a comment."""
    for letter, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        encoded = encoded.replace(letter, escaped)
    return encoded.replace("\u2029", "\\u2029")
