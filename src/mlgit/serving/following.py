"""A server that follows `deploy/<environment>.yaml`: what it asks for is loaded, proved and then answers, beside the requests.

What runs goes on until the new version has answered its golden predictions, and where it does not.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext

from mlgit.deploy.golden import read as read_golden
from mlgit.environments.decision import require_version
from mlgit.environments.deploy import planned
from mlgit.environments.deployment import Plan
from mlgit.environments.desired import Entry, path_of
from mlgit.errors import MlgitError, UsageError
from mlgit.project.project import Project
from mlgit.registry.names import model_of
from mlgit.serving import traffic
from mlgit.serving.asking import Desk
from mlgit.serving.live import Live, State
from mlgit.serving.proof import require_golden
from mlgit.serving.registered import brought
from mlgit.serving.served import Served, serve
from mlgit.serving.workers import Seat
from mlgit.world.context import Context

SWAPS = "mlgit_swaps_total"


class Follower:
    """Keeps what runs of one model of an environment what has to run there."""

    def __init__(
        self,
        context: Context,
        environment: str,
        model: str,
        *,
        remote: str,
        every: float,
        threads: int,
        seat: Seat | None = None,
    ) -> None:
        self._context = context
        self._environment = environment
        self._model = model
        self._remote = remote
        self._every = every
        self._threads = threads
        self._seat = seat
        self._entry: Entry | None = None
        self._said = ""

    def first(self) -> Live:
        """Return what has to run now.

        Raises `UsageError` (`serve-environment`, `serve-golden`, `version-...`, `artifact-...`) where it cannot.
        """
        project = Project.find(self._context)
        with self._seat.alone() if self._seat else nullcontext():
            plan = planned(project, self._environment, self._remote)
            artifact, entry = self._wanted(plan)
            state = self._state(project, plan, artifact, entry, None)
        self._entry = entry
        return Live(state, salt=f"{self._environment}/{artifact}")

    async def follow(self, desk: Desk) -> None:
        """Look again and again, and swap; runs until it is cancelled."""
        while True:
            await asyncio.sleep(self._pause())
            state = await asyncio.to_thread(self._looked_alone, desk)
            if state is not None:
                desk.live.swap(state)
                desk.counters.count(SWAPS, (("outcome", "swapped"),))
                self._context.console.say(f"{self._model} {state.main.release.version} answers now")

    def _pause(self) -> float:
        """Return the seconds until the next look: workers look at the same time, one after the other."""
        if self._seat is None:
            return self._every
        return self._every - (time.monotonic() - self._seat.began) % self._every

    def _looked_alone(self, desk: Desk) -> State | None:
        """Look while no other worker does: two would bring the same tags into one repository."""
        with self._seat.alone() if self._seat else nullcontext():
            return self._looked(desk)

    def _looked(self, desk: Desk) -> State | None:
        """Return what has to run where it is something else than runs; what cannot be loaded is said and left."""
        project = Project.find(self._context)
        try:
            plan = planned(project, self._environment, self._remote)
            artifact, entry = self._wanted(plan)
            if entry == self._entry:
                return None
            state = self._state(project, plan, artifact, entry, desk.live)
        except MlgitError as error:
            desk.counters.count(SWAPS, (("outcome", "failed"),))
            if error.message != self._said:
                self._context.console.warn(f"what runs goes on: {error.message}")
            self._said = error.message
            return None
        self._entry, self._said = entry, ""
        return state

    def _wanted(self, plan: Plan) -> tuple[str, Entry]:
        """Return the one model that is served, with what has to run of it; raises `UsageError` (`serve-environment`)."""
        found = {
            artifact: entry
            for artifact, entry in plan.desired.items()
            if self._model in ("", artifact, model_of(artifact)[0])
        }
        if len(found) != 1:
            names = ", ".join(plan.desired) or "none"
            raise UsageError(
                "serve-environment",
                f"{self._environment} has {len(found) or 'no'} models to serve; it has to run: {names}",
                hint="--model names one; mlgit promote MODEL lets the environment run a version",
                where=path_of(self._environment),
            )
        ((artifact, entry),) = found.items()
        self._model = model_of(artifact)[0]
        return artifact, entry

    def _state(self, project: Project, plan: Plan, artifact: str, entry: Entry, live: Live | None) -> State:
        """Load and prove every version that has a share."""
        shares = traffic.read(entry.traffic, entry.version, path_of(self._environment))
        known = plan.registry.get(artifact)
        if known is None:
            raise UsageError(
                "version-unknown",
                f"{artifact} has no version",
                hint="git fetch --tags brings those of the remote",
            )
        models: dict[str, Served] = {}
        for share in shares:
            version = require_version(known, share.version)
            said = version.record.digest if version.record else ""
            if share.version == entry.version and (said, version.commit) != (entry.digest, entry.commit):
                raise UsageError(
                    "deploy-digest",
                    f"{path_of(self._environment)} and the tag {version.tag} do not name the same model",
                    hint=f"mlgit rollback {self._model} {self._environment}",
                    where=path_of(self._environment),
                )
            loaded = live.loaded(share.version, said) if live else None
            if loaded is None:
                with brought(project, version) as release:
                    loaded = serve(release, self._threads)
                prove(project, loaded)
            models[share.version] = loaded
        return State(shares=shares, models=models)


def prove(project: Project, served: Served) -> None:
    """Ask a version its golden predictions, where its commit has some; raises `UsageError` (`serve-golden`, `golden-file`)."""
    revision = project.at(served.release.commit)
    golden = revision.configuration.models[served.release.name].golden
    if golden is not None:
        require_golden(served, golden, read_golden(revision.content(golden.file), golden.file))
