"""Name what is missing on this machine or in this repository, and the command that mends it.

example:
  mlgit doctor          exit 1 when something is missing
  mlgit doctor --json   the same for programs
"""

from __future__ import annotations

import argparse
import sys

from mlgit.errors import BAD_NEWS, GOOD
from mlgit.world.world import World


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(world: World, arguments: argparse.Namespace) -> int:
    """Look, show, and return 1 when something is missing."""
    import msgspec

    from mlgit.commands.doctor import diagnose
    from mlgit.views.doctor import doctor_text

    findings = diagnose(world)
    if arguments.json:
        text = msgspec.json.format(msgspec.json.encode({"version": 1, "findings": findings})).decode() + "\n"
    else:
        text = doctor_text(findings)
    sys.stdout.write(text)
    return GOOD if all(finding.good for finding in findings) else BAD_NEWS
