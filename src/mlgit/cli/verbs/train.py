"""Run what is out of date, through DVC, with progress.

Nothing runs twice: a stage whose command, parameters and inputs are as they were is skipped, and one that ran before
with the same inputs is restored from DVC's run cache. A training leaves a record below .mlgit/runs: what went in and
came out, where, when, how long and why; commit it with dvc.lock, and mlgit lineage tells it later.

example:
  mlgit train                         every pipeline of the repository
  mlgit train churn                   the pipeline of one model
  mlgit train --base main             what a change concerns, not what was merged before without a training
  mlgit train --trigger "new data"    why, for the record (or MLGIT_TRIGGER)
  mlgit train --commit                and commit what it wrote: nothing else may be uncommitted
"""

from __future__ import annotations

import argparse

from mlgit.cli.delivery import show
from mlgit.errors import CHECK_FAILED, GOOD
from mlgit.world.context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", nargs="?", help="only the pipeline of this model (default: every pipeline)")
    parser.add_argument(
        "--base",
        default="",
        metavar="COMMIT",
        help="only the pipelines that a change since COMMIT concerns, as `mlgit check model --base` looks at them",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="MODELS",
        help="of these, the pipelines of some models: names with commas in between, or `.` for those of no model",
    )
    parser.add_argument(
        "--trigger",
        metavar="TEXT",
        help="why it runs, for the record (default: MLGIT_TRIGGER, the event on GitHub, else: by hand)",
    )
    parser.add_argument(
        "--commit",
        action="store_true",
        help="commit what the training wrote; refused before it where something else is uncommitted",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Train, show what ran, and return 1 when a stage failed."""
    from mlgit.project.commit import commit_training, require_committed
    from mlgit.project.project import Project
    from mlgit.project.training import train
    from mlgit.views.train import train_lines
    from mlgit.world.exhausted import exhausted

    project = Project.find(context)
    if arguments.commit:
        require_committed(project)
    result = train(
        project,
        arguments.model,
        base=arguments.base,
        only=arguments.only,
        trigger=arguments.trigger,
    )
    if arguments.commit and not result.failed:
        result = commit_training(project, result, arguments.model or "")
    show(context, train_lines(result))
    if result.failed and (lacking := exhausted(RuntimeError(result.complaint), project.root)):
        raise lacking
    return CHECK_FAILED if result.failed else GOOD
