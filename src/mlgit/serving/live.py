"""The versions that answer now: shares of the traffic, and the ones before them, kept for an instant way back."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from mlgit.serving.served import Served
from mlgit.serving.traffic import Share, chosen


class State(Struct, frozen=True, kw_only=True):
    """What runs: the shares, the first that of the version which answers what the others leave, and each one loaded."""

    shares: tuple[Share, ...]
    models: Mapping[str, Served]

    @property
    def main(self) -> Served:
        """The version that the environment has to run."""
        return self.models[self.shares[0].version]

    @property
    def shadows(self) -> tuple[Served, ...]:
        """The versions that are asked and never answer."""
        return tuple(self.models[one.version] for one in self.shares if one.shadow)


class Live:
    """What runs now; a change takes effect for the next request, and those that are being answered keep their version."""

    def __init__(self, state: State, salt: str = "") -> None:
        self.state = state
        self.before: State | None = None
        self.salt = salt

    @classmethod
    def of(cls, served: Served) -> Live:
        """Return what runs where there is one version."""
        version = served.release.version
        return cls(State(shares=(Share(version=version, weight=1.0),), models={version: served}))

    def choose(self, key: str) -> Served:
        """Return the version that answers a key."""
        state = self.state
        if len(state.shares) == 1:
            return state.main
        return state.models[state.shares[chosen(state.shares, key, self.salt)].version]

    def swap(self, state: State) -> None:
        """Let another state answer from now on."""
        self.before, self.state = self.state, state

    def loaded(self, version: str, digest: str) -> Served | None:
        """Return a version that is loaded already, also one that ran before."""
        for state in (self.state, self.before):
            found = state.models.get(version) if state else None
            if found is not None and found.release.digest == digest:
                return found
        return None
