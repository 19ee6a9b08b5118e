"""What changed between two commits: metrics, parameters, data and stages.

example:
    mlgit compare              the last commit against the working tree
    mlgit compare main         main against the working tree
    mlgit compare main HEAD    main against the last commit
    mlgit compare v1 v2 --format markdown --output report.md
    mlgit compare main deeper wider --leaderboard

Like git diff it compares what the two commits hold, not what happened since they parted. It reads Git's objects and
starts no DVC. Exit code 1: a file could not be read, and is named.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgit.cli.console import colour_wanted
from mlgit.cli.delivery import deliver, keep, written
from mlgit.cli.options import add_format
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.metrics.comparison import errors_of
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.evaluation.compare import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "base", nargs="?", default="HEAD", metavar="BASE", help="the old revision (default: HEAD)"
    )
    parser.add_argument(
        "head", nargs="?", default=None, metavar="HEAD", help="the new revision (default: the working tree)"
    )
    parser.add_argument("more", nargs="*", metavar="MORE", help="with --leaderboard: more revisions to rank")
    parser.add_argument(
        "--leaderboard", action="store_true", help="rank the revisions, with ties where the data cannot tell"
    )
    parser.add_argument(
        "--metric",
        default="",
        metavar="NAME",
        help="with --leaderboard: the metric (default: the first gate's)",
    )
    add_format(parser, "markdown", "html")
    parser.add_argument("--output", metavar="FILE", help="write to FILE instead of standard output")
    parser.add_argument(
        "--plots", metavar="FILE", help="also write the points of the plots to FILE, for mlgit comment"
    )
    parser.add_argument(
        "--model", default="", metavar="NAME", help="only this model, or several with commas in between"
    )
    parser.add_argument(
        "--fit",
        action="store_true",
        help="JSON for mlgit comment: rows are left out, and counted, where it would refuse the size",
    )
    parser.add_argument("--all", action="store_true", help="show what did not change, too")
    parser.add_argument(
        "--verified",
        action="store_true",
        help="let gates count only what `mlgit check model` measured again",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Compare and show; see the help of the verb."""
    if arguments.leaderboard:
        return rank(context, arguments)
    if arguments.more or arguments.metric:
        raise UsageError(
            "compare-more",
            "more than two revisions, and --metric, are for a ranking",
            hint="mlgit compare A B C --leaderboard",
        )
    from mlgit.evaluation.compare import compare
    from mlgit.project.project import Project

    found = compare(
        Project.find(context),
        arguments.base,
        arguments.head,
        model=arguments.model,
        everything=arguments.all,
        with_plots=arguments.format == "html" or arguments.plots is not None,
        only_verified=arguments.verified,
        functions=True,
    )
    if arguments.plots is not None:
        from mlgit.host.artifact_charts import encode_charts

        keep(context, arguments.plots, context.redactor.json(encode_charts(found.charts)))
    coloured = not arguments.output and colour_wanted(sys.stdout)
    text = fitted(found) if arguments.fit else rendered(found, arguments.format, coloured=coloured)
    deliver(context, arguments.output, text)
    return CHECK_FAILED if errors_of(found.comparison) else GOOD


def rank(context: Context, arguments: argparse.Namespace) -> int:
    """Rank the revisions and show."""
    from mlgit.evaluation.leaderboard import leaderboard
    from mlgit.project.project import Project
    from mlgit.views import leaderboard as views
    from mlgit.views.json_form import json_text

    revisions = [one for one in (arguments.base, arguments.head, *arguments.more) if one is not None]
    boards = leaderboard(Project.find(context), revisions, model=arguments.model, metric=arguments.metric)
    if arguments.format == "json":
        text = json_text(boards)
    else:
        text = written(views.blocks(boards), arguments.format)
    deliver(context, arguments.output, text)
    return GOOD


def fitted(found: Report) -> str:
    """Return the comparison as JSON without line ends, small enough for mlgit comment."""
    import msgspec

    from mlgit.host.artifact import fitting

    return msgspec.json.encode(fitting(found.comparison)).decode() + "\n"


def rendered(found: Report, form: str, *, coloured: bool) -> str:
    """Return the comparison in its form."""
    if form == "json":
        from mlgit.views.json_form import json_text

        return json_text(found.comparison)
    from mlgit.views import compare

    return written(compare.blocks(found.comparison, found.charts), form, coloured=coloured)
