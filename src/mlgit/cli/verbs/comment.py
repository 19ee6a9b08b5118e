"""Compare two commits and make the one comment of a pull request show it: created once, then kept up to date.

The comment goes to the forge that the environment names (mlgit help comments), or with --local into .git of this
repository, where a pull request is opened for the branch when there is none. A workflow and a model reported alone
have a comment each.

example:
    mlgit comment --dry-run            print what would be posted; nothing leaves this machine
    mlgit comment                      on the pull request of the commit that is checked out
    mlgit comment main HEAD --pr 7
    mlgit comment --local

A token that may not write (a fork's) is no failure: the text goes to the job summary, exit code 0; 1 with --strict.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mlgit.cli.delivery import deliver, show, show_as_it_is
from mlgit.errors import CHECK_FAILED, GOOD, UsageError
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.commands.comment.run import Commented


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "base",
        nargs="?",
        default="",
        metavar="BASE",
        help="the base (default: where the branch left the base branch)",
    )
    parser.add_argument(
        "head", nargs="?", default="", metavar="HEAD", help="the head (default: the newest commit)"
    )
    parser.add_argument("--pr", type=int, metavar="N", help="the pull request (default: that of the commit)")
    parser.add_argument(
        "--model", default="", metavar="NAME", help="only this model, in a comment of its own"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the comment; post nothing")
    parser.add_argument("--local", action="store_true", help="keep it in .git of this repository")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when the token may not comment")
    parser.add_argument(
        "--output", metavar="FILE", help="with --dry-run or --local: write the text to FILE, print nothing"
    )
    parser.add_argument("--artifact", metavar="DIR", help="comment what a run of mlgit-ci left in DIR")
    parser.add_argument(
        "--gather",
        metavar="DIR",
        help="post nothing: make one report of what the jobs of several models left in DIR, for a change since BASE",
    )
    parser.add_argument("--into", metavar="DIR", help="with --gather: where to write it")
    parser.add_argument(
        "--fetch", action="store_true", help="with --artifact: ask the forge for what the run left, into DIR"
    )
    parser.add_argument("--event", metavar="FILE", help="with --artifact: the payload of the workflow_run")


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Comment, and say what became of it; see the help of the verb. A report that was refused is an error all the same."""
    if arguments.gather or arguments.into:
        return gathered(context, arguments)
    done = commented(context, arguments)
    code = delivered(context, arguments, done)
    if done.refusal is not None:
        raise done.refusal
    return code


def gathered(context: Context, arguments: argparse.Namespace) -> int:
    """Make one report of several; return 1 where one of them is missing."""
    from mlgit.commands.comment.gather import gather, jobs_since

    if not (arguments.gather and arguments.into and arguments.base):
        raise UsageError(
            "comment-gather",
            "--gather needs the base and --into",
            hint="mlgit comment BASE --gather DIR --into DIR",
        )
    here = context.directory
    found = gather(
        context, jobs_since(context, arguments.base), here / arguments.gather, here / arguments.into
    )
    for item in found.lost:
        context.console.warn(f"{item.name}: {item.detail}")
    context.console.say(f"{found.jobs - len(found.lost)} of {found.jobs} reports gathered")
    return CHECK_FAILED if found.lost else GOOD


def delivered(context: Context, arguments: argparse.Namespace, done: Commented) -> int:
    """Say what became of it; return the exit code."""
    for note in done.notes:
        context.console.warn(note)
    if done.posted is None:
        deliver(context, arguments.output, done.body)
        return GOOD
    if done.posted.outcome == "refused":
        return refused(context, done, strict=arguments.strict)
    context.console.say(f"{done.posted.outcome} the comment of pull request {done.number}: {done.posted.url}")
    if done.posted.left_out:
        context.console.say(f"shortened, left out: {', '.join(done.posted.left_out)}")
    if done.check is not None and done.check.refused:
        context.console.say(f"no check run: {done.check.refused}")
    if arguments.local:
        deliver(context, arguments.output, done.body)
    return GOOD


def commented(context: Context, arguments: argparse.Namespace) -> Commented:
    """Return what became of it, compared here or taken from an artifact."""
    if bool(arguments.artifact) != bool(arguments.event):
        raise UsageError("artifact-event", "--artifact and --event go together", hint="mlgit comment --help")
    if arguments.artifact:
        from mlgit.commands.comment.artifact import comment_artifact

        if arguments.base or arguments.pr is not None or arguments.local or arguments.model:
            raise UsageError(
                "artifact-alone",
                "--artifact takes no revision, --pr, --model or --local: the event names them",
            )
        folder, event = (context.directory / Path(name) for name in (arguments.artifact, arguments.event))
        return comment_artifact(context, folder, event, dry=arguments.dry_run, fetch=arguments.fetch)
    from mlgit.commands.comment.pull_request import Request
    from mlgit.commands.comment.run import comment

    request = Request(
        base=arguments.base,
        head=arguments.head,
        number=arguments.pr,
        model=arguments.model,
        dry_run=arguments.dry_run,
        local=arguments.local,
    )
    return comment(context, request)


def refused(context: Context, done: Commented, *, strict: bool) -> int:
    """Say that the token may not write and where the text is instead."""
    from mlgit.host.choose import ci_of
    from mlgit.host.ci import Annotation

    ci = ci_of(context)
    if ci.has_summary:
        place = "the report is in the summary of the job"
    else:
        place = "the report is printed here"
        show(context, done.body)
    text = f"the token may not comment on pull request {done.number}: {place}"
    show_as_it_is(context, ci.annotated([Annotation(level="warning", title="mlgit", message=text)]))
    context.console.warn(text)
    return CHECK_FAILED if strict else GOOD
