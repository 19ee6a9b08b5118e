"""Decide whether to train and why, check the data, train what is out of date, and propose what came of it.

What asks is the event of a workflow (the one of the job, or --event and --payload), or you. A model that is no worse becomes
one pull request with the comparison; data that are wrong, a worse model, a pipeline that fails, a model older than
ct.max_age_days with nothing new to train it on and a training longer than ct.budget.minutes become an issue each, which
is closed when its cause is gone. What was done stands on the ref refs/mlgit/retraining, so that no trigger is answered
twice. Your files are not touched.

example:
  mlgit retrain --dry-run                what would be trained and why; writes nothing
  mlgit retrain --local                  branch, pull request and ledger in this clone alone
  mlgit retrain --because "new labels" --model churn

In mlgit-ct --step claim, train and conclude are jobs of their own that hand over through --folder; around the training,
--step fetch and keep hold the credentials of the DVC remote.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mlgit.cli.delivery import show_value
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.jobs.retraining.handoff import Retrained


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME", help="only this model; may be given again"
    )
    parser.add_argument("--because", default="", metavar="TEXT", help="why you ask, for the pull request")
    parser.add_argument(
        "--again", action="store_true", help="also what was trained with the same inputs before"
    )
    parser.add_argument(
        "--event", default="", metavar="NAME", help="the event, by the name of GitHub's webhook"
    )
    parser.add_argument("--event-path", metavar="FILE", help="the payload of the event")
    parser.add_argument("--local", action="store_true", help="without remote and forge: in this clone")
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would be done and why; write nothing"
    )
    parser.add_argument(
        "--step",
        choices=("claim", "fetch", "train", "keep", "conclude"),
        help="one step, for a job of a workflow",
    )
    parser.add_argument("--folder", metavar="DIR", help="with --step: what one step hands to the next")
    parser.add_argument(
        "--github-output",
        action="store_true",
        help="with --step claim: set the outputs train, conclude, base and digest",
    )
    parser.add_argument(
        "--claim",
        default="",
        metavar="SHA256",
        help="with --step conclude: the digest of the claim, which the first step puts out",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Retrain, show what was decided and done; return 1 when data, model or pipeline are bad, not for an old model."""
    from mlgit.commands.retrain import run
    from mlgit.jobs.retraining.claim import Request
    from mlgit.views.retrain import retrain_lines

    if bool(arguments.step) != bool(arguments.folder):
        raise UsageError("step-folder", "--step and --folder go together", hint="mlgit retrain --help")
    request = Request(
        models=tuple(arguments.model),
        because=arguments.because,
        event=arguments.event,
        payload=Path(arguments.event_path) if arguments.event_path else None,
        again=arguments.again,
        remote="" if arguments.local else "origin",
    )
    folder = context.directory / (arguments.folder or ".")
    if arguments.dry_run:
        result = run.would(context, request)
    elif arguments.step == "claim":
        result = run.step_claim(context, request, folder, outputs=arguments.github_output)
    elif arguments.step == "fetch":
        result = run.step_fetch(context, folder)
    elif arguments.step == "keep":
        result = run.step_keep(context, folder)
    elif arguments.step == "train":
        result = run.step_train(context, folder)
    elif arguments.step == "conclude":
        result = run.step_conclude(context, request, folder, arguments.claim)
    else:
        result = run.retrain(context, request)
    show_value(context, result, retrain_lines(result), as_json=arguments.json)
    report_to_job(context, arguments.step, result)
    return CHECK_FAILED if result.bad else GOOD


def report_to_job(context: Context, step: str | None, result: Retrained) -> None:
    """In a job of a CI, add what came of it to the summary of the job: of the last step that has something to do."""
    from mlgit.host.choose import ci_of
    from mlgit.views.retrain import summary

    ci = ci_of(context)
    concludes = bool(result.lease.train or result.lease.report)
    if ci.is_job and step == ("conclude" if concludes else "claim"):
        ci.add_to_summary(summary(result))
