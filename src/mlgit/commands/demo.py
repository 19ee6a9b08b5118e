"""`demo`: the whole story in a fresh folder, each step by the command that a user would type."""

from __future__ import annotations

import os
import shutil
from itertools import chain, count
from pathlib import Path

from msgspec import Struct

from mlgit.data.bundled import raw_breast_cancer, table_of
from mlgit.dvc.interpreter import ENVIRONMENTS, stage_environment
from mlgit.errors import ExternalError, UsageError
from mlgit.git.finding import repositories_around
from mlgit.git.repository import git_environment
from mlgit.world.context import Context
from mlgit.world.files import resolved, write_atomically
from mlgit.world.streaming import uninterrupted

IDENTITY = {
    "GIT_AUTHOR_NAME": "mlgit demo",
    "GIT_AUTHOR_EMAIL": "demo@example.org",
    "GIT_COMMITTER_NAME": "mlgit demo",
    "GIT_COMMITTER_EMAIL": "demo@example.org",
}
NAME = "mlgit-demo"
FIRST_ROWS = 480


class Step(Struct, frozen=True, kw_only=True):
    """One step of the story: what it shows, and the commands that do it."""

    title: str
    commands: tuple[tuple[str, ...], ...]


TABLE = "data/raw/tumours.csv"
STORY = (
    Step(
        title="The first model",
        commands=(
            ("mlgit", "train"),
            ("git", "add", "--all"),
            ("git", "commit", "--quiet", "--message", "Train the first model"),
        ),
    ),
    Step(
        title="A parameter changes on a branch",
        commands=(
            ("git", "switch", "--quiet", "--create", "boosting"),
            ("sed", "-i", "s/model: best/model: boosting/", "params.yaml"),
            ("mlgit", "status"),
            ("mlgit", "train"),
            ("git", "add", "--all"),
            ("git", "commit", "--quiet", "--message", "Try boosting"),
            ("mlgit", "compare", "main"),
        ),
    ),
    Step(
        title="New data arrive on another branch; the test set stays as it is",
        commands=(
            ("git", "switch", "--quiet", "--create", "february", "main"),
            ("dvc", "checkout", "--quiet"),
            ("cp", "../february/tumours.csv", TABLE),
            ("dvc", "add", "--quiet", TABLE),
            ("mlgit", "train"),
            ("git", "add", "--all"),
            ("git", "commit", "--quiet", "--message", "Add the rows of February"),
            ("mlgit", "compare", "main"),
            ("mlgit", "compare", "main", "--format", "html", "--output", "../comparison.html"),
        ),
    ),
    Step(
        title="What the reviewer will read: one verdict, one comment, kept inside .git for want of a forge",
        commands=(
            ("mlgit", "gate", "main", "HEAD", "--at", "pull_request"),
            ("mlgit", "comment", "--local", "--output", "../comment.md"),
        ),
    ),
    Step(title="What CI will check, here", commands=(("mlgit", "check"), ("mlgit", "sync", "--check"))),
)
BEGINNING = Step(
    title="A repository from a table",
    commands=(
        ("mlgit", "init", "tumours", "--data", "january/tumours.csv", "--target", "diagnosis", "--no-input"),
    ),
)


def demo(context: Context, asked: str | None) -> Path:
    """Play the story in the folder that was asked for, and return the folder; nothing of it stays when a step fails.

    Without one it is `mlgit-demo` here or, in a repository, beside it. Raises `UsageError` when the folder exists or lies
    in a repository, and `ExternalError` when a step does not end well.
    """
    directory = place(context, asked)
    topmost = next(folder for folder in (*reversed(directory.parents), directory) if not folder.exists())
    # The story trains with what came with mlgit, whatever environment is active.
    context = context.without(ENVIRONMENTS)
    context = context if knows_identity(context) else context.with_environment(IDENTITY)
    context.console.say(f"The story is played in {directory}")
    try:
        deliveries(context, directory)
        play(context.at(directory), 1, BEGINNING)
        for number, step in enumerate(STORY, 2):
            play(context.at(directory / "tumours"), number, step)
    except BaseException:
        with uninterrupted():
            shutil.rmtree(topmost, ignore_errors=True)
        context.console.say(f"{topmost} was removed again")
        raise
    return directory


def place(context: Context, asked: str | None) -> Path:
    """Return the folder to play in: one that does not exist, outside of every repository."""
    around = repositories_around(context.directory)
    beside = (around[-1].parent if around else context.directory) / NAME
    directory = beside if asked is None else resolved(context.directory / asked)
    if enclosing := repositories_around(directory):
        raise UsageError(
            "demo-inside-repository",
            f"{directory} lies inside the repository {enclosing[0]}",
            hint=f"mlgit demo {free_name(beside)}",
        )
    if directory.exists():
        raise UsageError(
            "demo-folder-exists",
            f"{directory} exists already",
            hint=f"choose another folder: mlgit demo {shown_from(context.directory, free_name(directory))}",
        )
    return directory


def deliveries(context: Context, directory: Path) -> None:
    """Write the table as it came in January and, with more rows, in February."""
    lines = table_of(raw_breast_cancer()).splitlines(keepends=True)
    for month, rows in (("january", lines[: FIRST_ROWS + 1]), ("february", lines)):
        write_atomically(directory / month / "tumours.csv", b"".join(rows))
    context.console.say(
        f"The breast-cancer table that comes with scikit-learn: {FIRST_ROWS} rows came in January, "
        f"{len(lines) - 1} rows by February."
    )


def play(context: Context, number: int, step: Step) -> None:
    """Tell and do one step."""
    context.console.say(f"\n{number}. {step.title}")
    for command in step.commands:
        run(context, command)


def run(context: Context, command: tuple[str, ...]) -> None:
    """Show one command, run it, and show what it says."""
    context.console.say("$ " + " ".join(f"'{word}'" if " " in word else word for word in command))
    program = {"mlgit": (context.python, "-m", "mlgit"), "dvc": (context.python, "-m", "dvc")}.get(
        command[0], command[:1]
    )
    exit_code = context.processes.stream(
        (*program, *command[1:]),
        directory=context.directory,
        environment=git_environment(stage_environment(context)),
        on_line=lambda line: context.console.say(f"  {line}"),
    )
    if exit_code != 0:
        raise ExternalError(
            "demo-step-failed", f"{' '.join(command)} ended with exit code {exit_code}", hint="mlgit doctor"
        )


def knows_identity(context: Context) -> bool:
    """Tell whether Git knows whose commits these are."""
    done = context.processes.run(
        ("git", "var", "GIT_COMMITTER_IDENT"),
        directory=context.directory,
        environment=git_environment(context.environment),
    )
    return done.exit_code == 0


def free_name(directory: Path) -> Path:
    """Return `directory`, or when it exists the first of `directory`-2, `directory`-3, ... that does not."""
    candidates = (directory.with_name(f"{directory.name}-{number}") for number in count(2))
    return next(folder for folder in chain([directory], candidates) if not folder.exists())


def shown_from(here: Path, folder: Path) -> str:
    """Return how a person who stands in `here` writes `folder`."""
    return os.path.relpath(folder, here)
