"""A repository on GitHub with one pull request, and a client of it, in virtual time."""

from __future__ import annotations

from pathlib import Path

from mlgit.host.github.forge import GitHub, connect
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.github.state import GitHubState
from tests.github.virtual import VirtualClock, VirtualTransport

ADDRESS = "http://127.0.0.1:1"
HEAD = "a" * 40


class Scene:
    """One repository, one pull request, and a client of it in virtual time."""

    def __init__(self, token: str = "token", **environment: str) -> None:
        self.clock = VirtualClock()
        self.state = GitHubState(clock=self.clock, address=ADDRESS)
        self.number = self.state.contents.add_pull_request(head_sha=HEAD)
        self.environment = {"GITHUB_API_URL": ADDRESS, "GITHUB_REPOSITORY": "octo-org/churn", **environment}
        self.forge = self.client(token)

    def client(self, token: str = "token") -> GitHub:
        context = Context(
            directory=Path("/"),
            environment={**self.environment, "GITHUB_TOKEN": token},
            processes=SystemProcesses(),
            console=SilentConsole(),
            clock=self.clock,
        )
        return connect(context, transport=VirtualTransport(self.state, self.clock), sleep=self.clock.sleep)
