"""Name what is missing on this machine or in this repository, and the command that mends it.

example:
  mlgit doctor          exit 1 when something is missing
  mlgit doctor --json   the same for programs
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Look, show, and return 1 when something is missing."""
    from mlgit.commands.doctor import diagnose
    from mlgit.views.doctor import doctor_text
    from mlgit.views.json_form import json_text

    findings = diagnose(context)
    text = json_text({"version": 1, "findings": findings}) if arguments.json else doctor_text(findings)
    show(context, text)
    return GOOD if all(finding.good for finding in findings) else CHECK_FAILED
