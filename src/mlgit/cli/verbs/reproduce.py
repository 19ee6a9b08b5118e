"""Train a commit again, from the start, in a temporary clone, and say whether the same comes out.

Before it trains, everything that goes in is held against the record of the training and against dvc.lock: code, data,
parameters, pipeline, lock files. Afterwards every output is held against dvc.lock byte for byte. Where bytes differ, in
a model that holds a time for instance, the metrics decide, within the tolerance. Your files are left alone.

example:
    mlgit reproduce                        the last commit
    mlgit reproduce v1.2.0 --model churn
    mlgit reproduce --tolerance 0.001      a metric may be off by a thousandth of itself

Exit code 0: reproduced; 1: not, and what differs first; 4: data, Git or DVC cannot be reached.
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show_value
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "commit", nargs="?", default="HEAD", metavar="COMMIT", help="what to train (default: HEAD)"
    )
    parser.add_argument(
        "--model", metavar="NAME", help="only the pipeline of this model (default: every one)"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=None,
        metavar="T",
        help="how far a metric may be off, as a part of itself (default: 1e-06)",
    )
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Train again and tell; see the help of the verb."""
    from mlgit.commands.reproduce.run import reproduce
    from mlgit.metrics.reproduction import TOLERANCE
    from mlgit.views.reproduce import reproduction_lines

    tolerance = TOLERANCE if arguments.tolerance is None else arguments.tolerance
    if not 0 <= tolerance < 1:
        raise UsageError("tolerance", "a tolerance is 0 or more and less than 1", hint="--tolerance 0.001")
    results = reproduce(context, arguments.commit, model=arguments.model, tolerance=tolerance)
    show_value(context, results, reproduction_lines(results), as_json=arguments.json)
    good = bool(results) and all(one.verdict != "not reproduced" for one in results)
    return GOOD if good else CHECK_FAILED
