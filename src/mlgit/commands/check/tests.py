"""The repository's own tests as items of a check, and a check that could not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from mlgit.dvc.interpreter import stage_environment, stage_python
from mlgit.dvc.reach import default_remote, out_of_reach
from mlgit.errors import MlgitError
from mlgit.plan.outcome import CheckItem
from mlgit.project.matrix import ELSE
from mlgit.project.own_tests import tests_folder
from mlgit.project.project import Project
from mlgit.world.context import Context

Subject = Literal["code", "data", "model"]
NOTHING_COLLECTED = 5
ONE_HOUR = 3600.0
SHOWN = 40


def own_tests(project: Project, subject: Subject, only: str = "") -> CheckItem:
    """Run the repository's own tests of one subject.

    `only` are models with commas in between: those in the folders of these models, with `.` those in the folder of none.
    """
    folder, context = tests_folder(project.root, subject), project.context
    asked = asked_for(project, folder, only) if only else (folder,)
    if not asked or not (project.root / folder).is_dir():
        detail = f"there is no folder {folder}" if not only else f"there is none for {only}"
        return CheckItem(subject=subject, name=folder, state="skipped", detail=detail)
    context.console.progress(f"running {folder}")
    done = context.processes.run(
        (
            stage_python(context),
            "-m",
            "pytest",
            "--tb=short",
            "--no-header",
            "-p",
            "no:cacheprovider",
            *asked,
        ),
        directory=project.root,
        environment=stage_environment(context),
        timeout=ONE_HOUR,
    )
    words = (done.text + done.error_text).strip().splitlines()
    if done.exit_code == NOTHING_COLLECTED:
        return CheckItem(
            subject=subject, name=folder, state="skipped", detail=f"there is no test in {folder}"
        )
    good = done.exit_code == 0
    return CheckItem(
        subject=subject,
        name=folder,
        state="passed" if good else "failed",
        detail=words[-1].strip("= ") if words else f"exit code {done.exit_code}",
        lines=() if good else tuple(words[-SHOWN:]),
        hint="" if good else f"python -m pytest {' '.join(asked)}",
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
