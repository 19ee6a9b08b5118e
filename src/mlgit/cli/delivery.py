"""Where a result goes: to standard output, or to the file that was asked for."""

from __future__ import annotations

import sys
from pathlib import Path

from mlgit.world.world import World


def deliver(world: World, output: str | None, text: str) -> None:
    """Write a result to a file, in one step, or to standard output."""
    if not output:
        sys.stdout.write(text)
        return
    from mlgit.world.files import write_atomically

    write_atomically(world.directory / Path(output), text.encode())
    world.talk.say(f"wrote {output}")
