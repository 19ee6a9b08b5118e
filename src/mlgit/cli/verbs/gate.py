"""The verdict alone: whether the new model is no worse, by the gates of the base.

example:
    mlgit gate                     the working tree, by the gates of the last commit
    mlgit gate main                the working tree, by the gates of main where this branch left it
    mlgit gate main HEAD --json    a pull request, for a program
    mlgit gate main HEAD --explain
    mlgit gate main --needs /tmp/needs && dvc --cd /tmp/needs fetch

Gates, test items, labels and the baseline's predictions are read at the base; the head brings its predictions only.
Exit code 0: PASS, 1: FAIL, 3: UNDECIDED. With --at, UNDECIDED becomes what mlgit.yaml says of that place: 0 for a
warning, 1 for fail or refuse. Where no model has a gate, a pull request passes and a promotion is refused.

What DVC keeps of the base has to be in the cache. --needs writes a folder in which `dvc fetch` brings it, and
evaluates nothing; where nothing is lacking it makes no folder. Exit code 0 either way.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgit.cli.console import colour_wanted
from mlgit.cli.delivery import show, show_as_it_is, written
from mlgit.cli.options import add_format
from mlgit.errors import CHECK_FAILED, GOOD, UNDECIDED, UsageError
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.metrics.verdict import GateReport

PLACES = ("pull_request", "promote")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "base",
        nargs="?",
        default="HEAD",
        metavar="BASE",
        help="the branch or commit whose gates count (default: HEAD)",
    )
    parser.add_argument(
        "head", nargs="?", default=None, metavar="HEAD", help="what is evaluated (default: the working tree)"
    )
    parser.add_argument(
        "--model", default="", metavar="NAME", help="only this model, or several with commas in between"
    )
    add_format(parser, "markdown")
    parser.add_argument("--explain", action="store_true", help="tell the arithmetic behind the verdict")
    parser.add_argument(
        "--slices",
        action="store_true",
        help="look for parts of the test set on which the head is worse; it changes no verdict",
    )
    parser.add_argument(
        "--at", choices=PLACES, default="", help="exit as mlgit.yaml (undecided:) wants it at this place"
    )
    parser.add_argument(
        "--verified",
        action="store_true",
        help="count only what `mlgit check model` measured again; all else is UNDECIDED",
    )
    parser.add_argument("--record", action="store_true", help="count this evaluation in refs/mlgit/ledger")
    parser.add_argument("--push", action="store_true", help="with --record: share the ledger with the remote")
    parser.add_argument(
        "--remote", default="origin", metavar="NAME", help="the remote of the ledger (default: origin)"
    )

    parser.add_argument(
        "--needs",
        default="",
        metavar="FOLDER",
        help="evaluate nothing: write where `dvc fetch` brings what the gates need of the base",
    )


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Evaluate and show; see the help of the verb."""
    from mlgit.evaluation.gate import Recording, gate
    from mlgit.project.project import Project

    if arguments.needs:
        return name_needs(context, arguments)
    if arguments.push and not arguments.record:
        raise UsageError("gate-push", "--push shares what --record writes", hint="mlgit gate --record --push")
    recording = Recording(remote=arguments.remote if arguments.push else "") if arguments.record else None
    report = gate(
        Project.find(context),
        arguments.base,
        arguments.head,
        model=arguments.model,
        recording=recording,
        only_verified=arguments.verified,
        slices=arguments.slices,
    )
    show(context, rendered(report, arguments.format, explain=arguments.explain))
    code = exit_code(report, arguments.at)
    if arguments.format == "text":
        report_to_job(context, report, bad=code != GOOD)
    return code


def name_needs(context: Context, arguments: argparse.Namespace) -> int:
    """Write what has to be fetched first, and say what it is."""
    from mlgit.evaluation.needs import write_needs
    from mlgit.project.project import Project
    from mlgit.views import needs as needs_view

    if arguments.record:
        raise UsageError("gate-needs", "--needs evaluates nothing, so there is nothing to record")
    project = Project.find(context)
    needs = write_needs(project, arguments.base, arguments.head, arguments.needs, model=arguments.model)
    show(context, needs_view.render(needs, needs_view.GATES))
    return GOOD


def rendered(report: GateReport, form: str, *, explain: bool) -> str:
    """Return the verdict in one of the formats."""
    if form == "json":
        from mlgit.views.json_form import json_text

        return json_text(report)
    from mlgit.views import gate

    return written(gate.blocks(report, explain=explain), form, coloured=colour_wanted(sys.stdout))


def report_to_job(context: Context, report: GateReport, *, bad: bool) -> None:
    """In a job of a CI, annotate what was not passed and add the verdict to the summary of the job."""
    from mlgit.host.choose import ci_of

    ci = ci_of(context)
    if not ci.is_job:
        return
    from mlgit.views.gate_summary import annotations_of, summary

    show_as_it_is(context, ci.annotated(annotations_of(report, bad=bad)))
    ci.add_to_summary(summary(report))


def exit_code(report: GateReport, place: str) -> int:
    """Return what the shell is told; at a place, what its rule makes of UNDECIDED."""
    from mlgit.stats.decision import Verdict

    if report.verdict is Verdict.PASS:
        return GOOD
    if report.verdict is Verdict.FAIL:
        return CHECK_FAILED
    if not place:
        return UNDECIDED
    gated = [model for model in report.models if model.verdict is not None]
    if not gated and place == "pull_request":
        return GOOD
    undecided = [model for model in gated if model.verdict is Verdict.UNDECIDED] or gated
    follows = {getattr(model, place) for model in undecided} or {"refuse"}
    return GOOD if follows == {"warn"} else CHECK_FAILED
