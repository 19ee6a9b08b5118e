"""Where a result goes: to standard output, or to the file that was asked for."""

from __future__ import annotations

import sys
from pathlib import Path

from mlgit.world.context import Context


def deliver(context: Context, output: str | None, text: str) -> None:
    """Write a result to a file, or to standard output."""
    if not output:
        sys.stdout.write(text)
        return
    keep(context, output, text.encode())


def keep(context: Context, output: str, content: bytes) -> None:
    """Write a result to a file, in one step, and say so; a folder that is missing is made, and said too."""
    from mlgit.world.files import write_atomically

    place = context.directory / Path(output)
    made = "" if place.parent.is_dir() else f" in the new folder {Path(output).parent}"
    write_atomically(place, content)
    context.console.say(f"wrote {output}{made}")
