"""`affected`: what a change concerns, so that CI runs what it has to and no more."""

from __future__ import annotations

import msgspec

from mlgit.dvc.concerns import Affected
from mlgit.errors import MlgitError, UsageError
from mlgit.host.choose import ci_of, forge_of
from mlgit.host.green import LOOKED_AT, newest_green
from mlgit.project.concerned import concerned
from mlgit.project.project import Project
from mlgit.world.context import Context


def affected(
    context: Context, base: str | None = None, head: str = "HEAD", *, green: str = ""
) -> tuple[Affected, str]:
    """Return what changed between the merge base of `base` and `head`, and `head`; and the base, empty for none.

    `green` names a check: in the job of a push the base is the newest commit, from `base` back, on which that check ended
    well. What was pushed since has not passed, also where the run of it was cancelled.

    `base` None is the branch that `ci.branch` names. A base that is not here, a shallow clone, histories without a common
    commit and files that cannot be read make everything concerned, with the reason. Raises `UsageError` when `head` names
    no commit, and for a mlgit.yaml that is missing or broken where it has to name the base.
    """
    project = Project.find(context)
    if base is None:
        base = project.at().configuration.ci.branch
    if green and ci_of(context).event == "push":
        base = green_base(project, base, green)
    return concerned(project, base, head), base


def green_base(project: Project, before: str, check: str) -> str:
    """Return the newest commit from `before` back that was green; empty when nobody knows one.

    Where there is no forge, as in `mlgit run` without `--api-url`, it is `before`.
    """
    if not before.strip("0"):
        return ""
    repository = project.repository
    listed = repository.run(
        *("rev-list", "--first-parent", f"--max-count={LOOKED_AT}", "--end-of-options", before), check=False
    )
    try:
        forge = forge_of(project.context, repository, "origin")
        return newest_green(forge, listed.text.split(), check) or ""
    except UsageError as error:
        return before if error.code == "forge-absent" else ""
    except MlgitError as error:
        project.context.console.warn(f"nobody can say which commit was green last: {error.message}")
        return ""


def write_outputs(context: Context, result: Affected, base: str) -> None:
    """Write the decision, and the base that it is about, where later steps of the job read them.

    Raises `UsageError` (`github-output`) outside of a job.
    """
    words = {True: "true", False: "false"}
    decided = {"code": result.code, "data": result.data, "model": result.model}
    outputs = {name: words[value] for name, value in decided.items()}
    jobs = msgspec.json.encode(result.jobs).decode()
    ci_of(context).write_outputs({**outputs, "base": base, "jobs": jobs})
