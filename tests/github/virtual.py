"""Time that passes only when somebody waits, and the stub server without sockets."""

from __future__ import annotations

from mlgit.world.http import ExchangeError, Reply, Request
from tests.github.state import GitHubState

EXCHANGE = 0.05
TIMEOUT = 30.0


class VirtualClock:
    """A clock that tests turn."""

    def __init__(self, start: float = 1_767_614_400.0) -> None:
        self.now = start
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


class VirtualTransport:
    """Exchanges with the state machine in this process; each takes virtual time."""

    def __init__(self, state: GitHubState, clock: VirtualClock) -> None:
        self._state = state
        self._clock = clock

    def exchange(self, request: Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers}
        if request.secret is not None:
            headers["authorization"] = f"Bearer {request.secret.reveal()}"
        answer = self._state.answer(request.method, request.target, headers, request.body)
        self._clock.now += TIMEOUT if answer.cut == "timeout" else EXCHANGE
        if answer.cut == "timeout":
            raise ExchangeError("no answer in time", sent=True)
        body = answer.body[: len(answer.body) // 2] if answer.cut == "truncated" else answer.body
        reply_headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(status=answer.status, headers=reply_headers, body=body)
