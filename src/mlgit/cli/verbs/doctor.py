"""Name what is missing on this machine or in this repository, and the command that mends it.

example:
  mlgit doctor          exit 1 when something is missing
  mlgit doctor --json   the same for programs
  mlgit doctor --forge  what stands on the host, beside what mlgit.yaml says of it
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_value
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--forge", action="store_true", help="compare the rules of the host with those of mlgit.yaml instead"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Look, show, and return 1 when something is missing."""
    from mlgit.commands.doctor.run import diagnose
    from mlgit.views.check import doctor_lines

    if arguments.forge:
        from mlgit.commands.doctor.forge import forge_findings

        findings = forge_findings(context)
    else:
        findings = diagnose(context)
    value = {"version": 1, "findings": findings}
    show_value(context, value, doctor_lines(findings), as_json=arguments.json)
    return GOOD if all(finding.good for finding in findings) else CHECK_FAILED
