"""The repository's own tests as items of a check, and a check that could not run."""

from __future__ import annotations

from typing import Literal

from mlgit.dvc.command import stage_environment
from mlgit.errors import MlgitError
from mlgit.plan.outcome import CheckItem
from mlgit.project.project import Project
from mlgit.world.context import Context

Subject = Literal["code", "data", "model"]
NOTHING_COLLECTED = 5
ONE_HOUR = 3600.0
SHOWN = 40


def own_tests(project: Project, subject: Subject) -> CheckItem:
    """Run the repository's own tests of one subject."""
    folder, context = f"tests/{subject}", project.context
    if not (project.root / folder).is_dir():
        return CheckItem(subject=subject, name=folder, state="skipped", detail=f"there is no folder {folder}")
    context.console.progress(f"running {folder}")
    done = context.processes.run(
        (context.python, "-m", "pytest", "--tb=short", "--no-header", "-p", "no:cacheprovider", folder),
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
        hint="" if good else f"python -m pytest {folder}",
    )


def unreachable(context: Context) -> bool:
    """Tell whether the job that runs this could not fetch the data, as a fork's cannot."""
    return context.environment.get("MLGIT_DATA") == "unreachable"


def from_error(subject: Subject, name: str, error: MlgitError) -> CheckItem:
    """Return the item of a check that could not run, which is a failure too."""
    place = f"{error.where}: " if error.where else ""
    return CheckItem(
        subject=subject, name=name, state="failed", detail=place + error.message, hint=error.hint
    )
