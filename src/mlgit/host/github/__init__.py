"""GitHub: its forge by the REST API, and GitHub Actions as the CI; see `mlgit.host.choose.Host`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlgit.git.repository import Repository
    from mlgit.host.github.ci import GitHubActions
    from mlgit.host.github.forge import GitHub
    from mlgit.world.context import Context

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
TIES = ("RUNNER_TRACKING_ID",)
AUTOMATION = (".github/",)
JUDGES = (".github/workflows/", ".github/actions/")
MANAGED = (".github/workflows/mlgit-", ".github/actions/mlgit-")


def is_around(environment: Mapping[str, str]) -> bool:
    """Tell whether a job of GitHub Actions is around, or a person gives some of its variables by hand."""
    return any(name.startswith("GITHUB_") for name in environment)


def ci_of(context: Context) -> GitHubActions:
    """Return the job of GitHub Actions."""
    from mlgit.host.github.ci import GitHubActions

    return GitHubActions(context)


def forge_of(context: Context, repository: Repository) -> GitHub:
    """Return the repository on GitHub that the environment names."""
    from mlgit.host.github.forge import connect

    return connect(context)
