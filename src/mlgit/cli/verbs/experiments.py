"""Sweep parameters as experiments of DVC, rank them with intervals, make a branch of one.

Each experiment runs in a copy of its own and is kept by DVC as soon as it is done: the working tree and its branches stay as they
are, an interrupted sweep leaves what is done, and the same sweep again runs what is missing.

example:
  mlgit experiments sweep boosting.max_leaf_nodes=7,15,31 boosting.learning_rate=0.05,0.1
  mlgit experiments sweep boosting.learning_rate=0.01..0.3:log --method random --tries 10
  mlgit experiments sweep            the space below `sweep:` in params.yaml
  mlgit experiments list             those that started from HEAD, ranked
  mlgit experiments promote sweep-1a2b3c4d deeper && git switch deeper && dvc checkout
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show, show_blocks
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context

RAW = argparse.RawDescriptionHelpFormatter


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="sweep|list|promote")
    sweep = actions.add_parser(
        "sweep",
        help="run an experiment for each setting of a space",
        description="Run an experiment for each setting of a space. NAME=1,2,3 are values, NAME=0.01..0.3 is a range, :log after it\n"
        "draws as often in each tenfold; without a space the one below sweep: in params.yaml is taken.\n\n"
        "example: mlgit experiments sweep boosting.learning_rate=0.01..0.3:log --method random --tries 10",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    sweep.add_argument("space", nargs="*", metavar="NAME=VALUES", help="a parameter and its values")
    sweep.add_argument(
        "--method",
        choices=("grid", "random", "optuna"),
        default="grid",
        help="every combination, drawn at random, or as Optuna proposes (default: grid)",
    )
    sweep.add_argument(
        "--tries", type=int, default=20, metavar="N", help="of random and optuna (default: 20)"
    )
    sweep.add_argument("--seed", type=int, default=0, help="another seed draws others (default: 0)")
    add_ranked(sweep)
    listed = actions.add_parser(
        "list",
        help="the experiments that started from HEAD, ranked",
        description="Rank the experiments that started from HEAD, and HEAD among them: value with its interval, equal ranks where\n"
        "the data cannot tell, and what each changed.\n\nexample: mlgit experiments list --metric log_loss",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    add_ranked(listed)
    promoted = actions.add_parser(
        "promote",
        help="make a branch that ends in an experiment",
        description="Make a branch that ends in an experiment. The working tree stays as it is, and a branch that stands is not moved.\n\n"
        "example: mlgit experiments promote sweep-1a2b3c4d deeper",
        formatter_class=RAW,
        allow_abbrev=False,
    )
    promoted.add_argument("name", metavar="NAME", help="an experiment")
    promoted.add_argument("branch", metavar="BRANCH", help="the new branch")


def add_ranked(parser: argparse.ArgumentParser) -> None:
    """Declare what a ranking takes."""
    parser.add_argument(
        "--model", default="", metavar="NAME", help="a model of mlgit.yaml (default: the first)"
    )
    parser.add_argument("--metric", default="", metavar="NAME", help="default: that of the first gate")
    parser.add_argument("--json", action="store_true", help="for a program: a versioned form")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Walk the action that was asked for and return its exit code."""
    from mlgit.project.project import Project

    project = Project.find(context)
    if arguments.action == "promote":
        from mlgit.commands.experiments.run import promote

        commit = promote(project, arguments.name, arguments.branch)
        show(context, [f"{arguments.branch} ends in {arguments.name} ({commit[:12]})",
                       f"next: git switch {arguments.branch} && dvc checkout"])  # fmt: skip
        return GOOD
    if arguments.action == "list":
        from mlgit.evaluation.experiments import ranking
        from mlgit.views.experiments import ranking_blocks

        found = ranking(project, model=arguments.model, metric=arguments.metric)
        show_blocks(context, found, ranking_blocks(found), as_json=arguments.json)
        return GOOD
    return show_sweep(context, arguments)


def show_sweep(context: Context, arguments: argparse.Namespace) -> int:
    """Run a sweep, show what came of it, and return 1 where an experiment failed."""
    from mlgit.commands.experiments.run import SweepRequest, sweep
    from mlgit.project.project import Project
    from mlgit.views.experiments import sweep_blocks

    request = SweepRequest(
        words=tuple(arguments.space),
        method=arguments.method,
        tries=arguments.tries,
        seed=arguments.seed,
        model=arguments.model,
        metric=arguments.metric,
    )
    result = sweep(Project.find(context), request)
    show_blocks(context, result, sweep_blocks(result), as_json=arguments.json)
    return CHECK_FAILED if any(one.failed for one in result.done) else GOOD
