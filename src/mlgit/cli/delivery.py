"""How a result is written, and where it goes: to standard output, or to the file that was asked for; secrets go nowhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mlgit.cli.streams import emit, for_log
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.views.cells import Block

OUR_SCRIPT = r"(?s)(<script>.*?</script>)"
"""A script of a page that mlgit ships: what is in a repository stands in other elements."""


def written(blocks: Iterable[Block], form: str, *, coloured: bool = False) -> str:
    """Return the blocks of a view as `text`, `markdown` or `html`; only text has colour."""
    if form == "markdown":
        from mlgit.views import markdown

        return markdown.render(tuple(blocks))
    if form == "html":
        from mlgit.views import page

        return page.render(tuple(blocks))
    from mlgit.views import terminal

    return terminal.render(tuple(blocks), coloured=coloured)


def show(context: Context, result: str | Iterable[str]) -> None:
    """Write a result to standard output: a text, or its lines."""
    text = result if isinstance(result, str) else "".join(f"{line}\n" for line in result)
    emit(for_log(context.redact(text)))


def show_as_it_is(context: Context, text: str) -> None:
    """Write to standard output what is to be obeyed: a command for the runner around us, a script for a shell."""
    emit(context.redact(text))


def show_value(context: Context, value: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Write a value to standard output: as JSON, or as the lines that a person reads."""
    if as_json:
        show_json(context, value)
    else:
        show(context, lines)


def show_blocks(context: Context, value: object, blocks: Iterable[Block], *, as_json: bool) -> None:
    """Write a value to standard output: as JSON, or as the blocks that a person reads, in colour on a terminal."""
    if as_json:
        show_json(context, value)
        return
    from mlgit.cli.console import colour_wanted

    show(context, written(blocks, "text", coloured=colour_wanted(sys.stdout)))


def show_json(context: Context, value: object) -> None:
    """Write a value to standard output as JSON."""
    from mlgit.views.json_form import json_text

    show(context, json_text(value))


def show_form(context: Context, value: object, blocks: Iterable[Block], form: str) -> None:
    """Write a value to standard output in the form that was asked for."""
    if form in ("markdown", "html"):
        deliver(context, None, written(blocks, form))
    else:
        show_blocks(context, value, blocks, as_json=form == "json")


def deliver(context: Context, output: str | None, text: str) -> None:
    """Write a result to a file, or to standard output; the programs of a page are no text and stay as they are."""
    pieces = re.split(OUR_SCRIPT, text) if text.startswith("<!") else [text]
    clean = "".join(one if number % 2 else context.redact(one) for number, one in enumerate(pieces))
    if output:
        keep(context, output, clean.encode())
    else:
        emit(for_log(clean))


def keep(context: Context, output: str, content: bytes) -> None:
    """Write a result where the user says, and say so; a folder that is missing is made, and said too."""
    from mlgit.world.files import write_where_asked

    place = context.directory / Path(output)
    made = "" if place.parent.is_dir() else f" in the new folder {Path(output).parent}"
    write_where_asked(place, content)
    context.console.say(f"wrote {output}{made}")
