"""Where a change starts: the commit at which it left its base, and the newest commit of the default branch."""

from __future__ import annotations

from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.project.project import Project
from mlgit.refs.publish import branch_tip


def start_of_change(repository: Repository, base: str, head: str) -> tuple[str | None, str]:
    """Return the commit at which a change left `base`; None and the reason when it cannot be told."""
    if not base.strip("0"):
        return None, "there is no commit before this one"
    if repository.run("rev-parse", "--is-shallow-repository").text.strip() != "false":
        return None, "this clone is shallow, so the history cannot be told"
    try:
        old = repository.resolve(base)
    except UsageError as error:
        return None, error.message
    since = repository.merge_base(old, head)
    if since is None:
        return None, f"{base} and {head[:12]} have no commit in common"
    return since, ""


def default_branch_tip(project: Project, remote: str) -> tuple[str, str]:
    """Return the newest commit of the default branch, at the remote where one is named, and the branch's name.

    The mlgit.yaml that is checked out names the branch. Raises `UsageError` (`branch-unknown`) when there is none.
    """
    branch, repository = project.at().configuration.ci.branch, project.repository
    tip = branch_tip(repository, remote, branch)
    if tip is None:
        raise UsageError(
            "branch-unknown",
            f"there is no branch {branch!r}" + (f" at {remote}" if remote else ""),
            hint="ci.branch in mlgit.yaml names the default branch; --local works without a remote",
        )
    return tip, branch
