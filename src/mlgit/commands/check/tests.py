"""The repository's own tests as items of a check, and a check that could not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct

from mlgit.commands.check import together as program
from mlgit.dvc.interpreter import stage_environment, stage_python
from mlgit.dvc.reach import default_remote, out_of_reach
from mlgit.errors import ExternalError, MlgitError
from mlgit.plan.outcome import CheckItem
from mlgit.project.matrix import ELSE
from mlgit.project.own_tests import tests_folder
from mlgit.project.project import Project
from mlgit.world.context import Context
from mlgit.world.files import read_bytes
from mlgit.world.processes import Completed
from mlgit.world.staging import scratch

Subject = Literal["code", "data", "model"]
PASSED = 0
NOT_ALL_PASSED = 1
NOTHING_COLLECTED = 5
ENDED = -1
"""Of a process that ended before pytest told its exit code."""
ONE_HOUR = 3600.0
SHOWN = 40
OPTIONS = ("--tb=short", "--no-header", "-p", "no:cacheprovider")


class OwnTests(Struct, frozen=True):
    """The repository's own tests of one subject, still to be run: its folder, and what pytest is told."""

    subject: Subject
    folder: str
    asked: tuple[str, ...]


class Tested(Struct, frozen=True):
    """How pytest ended, and what it printed."""

    exit_code: int
    said: str


def own_tests(project: Project, subject: Subject, only: str = "") -> CheckItem | OwnTests:
    """Return the repository's own tests of one subject; that they are skipped where there are none.

    `only` are models with commas in between: those in the folders of these models, with `.` those in the folder of none.
    """
    folder = tests_folder(project.root, subject)
    asked = asked_for(project, folder, only) if only else (folder,)
    if not asked or not (project.root / folder).is_dir():
        detail = f"there is no folder {folder}" if not only else f"there is none for {only}"
        return CheckItem(subject=subject, name=folder, state="skipped", detail=detail)
    return OwnTests(subject, folder, asked)


def test_items(project: Project, suites: Sequence[OwnTests]) -> dict[OwnTests, CheckItem]:
    """Run tests, those of several subjects in one process, and return the item of each.

    That process is believed where a folder passes, or comes first in it and fails. Whatever else came of a folder may be
    the doing of another one: it is tested alone.
    """
    project.context.console.progress(f"running {', '.join(suite.folder for suite in suites)}")
    found: dict[OwnTests, Tested] = {}
    if len(suites) > 1:
        with suppress(ExternalError):  # it took too long: each of them has an hour of its own
            found = dict(zip(suites, tested(project, suites), strict=False))
    for suite in suites:
        believed = (PASSED, NOTHING_COLLECTED, NOT_ALL_PASSED)[: 3 if suite is suites[0] else 2]
        if suite not in found or found[suite].exit_code not in believed:
            (found[suite],) = tested(project, [suite])
    return {suite: item_of(suite, told) for suite, told in found.items()}


def tested(project: Project, suites: Sequence[OwnTests]) -> list[Tested]:
    """Return what came of the tests of some subjects in one process, up to the first in which it ended."""
    words = [word for suite in suites for word in ("--", *suite.asked)]
    found: list[Tested] = []
    with scratch() as folder:
        done = run_python(project, program.__file__, str(folder), *OPTIONS, *words)
        for place in range(len(suites)):
            code, said = (read_bytes(folder / f"{place}.{kind}") or b"" for kind in ("code", "txt"))
            text = said.decode("utf-8", "replace")
            if not code:
                return [*found, Tested(ENDED, f"{text}\n{done.error_text}\n{ended(done.exit_code)}")]
            found.append(Tested(int(code), text))
    return found


def ended(exit_code: int) -> str:
    """Return that the process of pytest ended before pytest did."""
    return f"the tests ended their process with exit code {exit_code}"


def run_python(project: Project, *arguments: str) -> Completed:
    """Run the Python of the repository at its top."""
    context = project.context
    return context.processes.run(
        (stage_python(context), *arguments),
        directory=project.root,
        environment=stage_environment(context),
        timeout=ONE_HOUR,
    )


def item_of(suite: OwnTests, told: Tested) -> CheckItem:
    """Return the item of tests that ran."""
    words = told.said.strip().splitlines()
    if told.exit_code == NOTHING_COLLECTED:
        detail = f"there is no test in {suite.folder}"
        return CheckItem(subject=suite.subject, name=suite.folder, state="skipped", detail=detail)
    good = told.exit_code == PASSED
    return CheckItem(
        subject=suite.subject,
        name=suite.folder,
        state="passed" if good else "failed",
        detail=words[-1].strip("= ") if words else f"exit code {told.exit_code}",
        lines=() if good else tuple(words[-SHOWN:]),
        hint="" if good else f"python -m pytest {' '.join(suite.asked)}",
    )


def asked_for(project: Project, folder: str, only: str) -> tuple[str, ...]:
    """Return what pytest is told to run the tests of some models; nothing where there are none."""
    models = [name for name in project.at().configuration.models if (project.root / folder / name).is_dir()]
    if only == ELSE:
        return (folder, *(f"--ignore={folder}/{name}" for name in models))
    return tuple(f"{folder}/{name}" for name in models if name in only.split(","))


def unreachable(context: Context) -> bool:
    """Tell whether the job that runs this has no data: a fork's may not fetch them, another's could not."""
    return context.environment.get("MLGIT_DATA") in ("unreachable", "failed")


def not_fetched(project: Project, subject: Subject) -> Iterator[CheckItem]:
    """Yield the failed item of a job that may reach the data and could not fetch them, with the ways out."""
    if project.context.environment.get("MLGIT_DATA") != "failed":
        return
    tree = project.at()
    logs_in = tree.configuration_or_default.remote is not None
    reason = out_of_reach(default_remote(tree.content(".dvc/config")), logs_in=logs_in)
    detail, hint = reason or (
        "the data could not be fetched from the DVC remote",
        "dvc push; see the log of the job",
    )
    yield CheckItem(subject=subject, name="data", state="failed", detail=detail, hint=hint)


def from_error(subject: Subject, name: str, error: MlgitError) -> CheckItem:
    """Return the item of a check that could not run, which is a failure too."""
    place = f"{error.where}: " if error.where else ""
    return CheckItem(
        subject=subject, name=name, state="failed", detail=place + error.message, hint=error.hint
    )
