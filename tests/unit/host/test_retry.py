"""Pace and repetition: what is repeated, what is never repeated, and how long is waited."""

from __future__ import annotations

import itertools

import pytest

from mlgit.errors import ExternalError
from mlgit.host.retry import RetryPolicy, UncertainError
from mlgit.world.http import ExchangeError, Reply, Request
from tests.github.virtual import VirtualClock

READ = Request(method="GET", target="/x")
WRITE = Request(method="POST", target="/x", body=b"{}")
Step = Reply | ExchangeError


class Script:
    """A transport that gives prepared answers and notes when it was asked."""

    def __init__(self, clock: VirtualClock, *steps: Step) -> None:
        self.steps = list(steps)
        self.times: list[float] = []
        self._clock = clock

    def exchange(self, request: Request) -> Reply:
        self.times.append(self._clock.now)
        step = self.steps.pop(0)
        if isinstance(step, ExchangeError):
            raise step
        return step


def reply(status: int = 200, body: bytes = b"{}", **headers: object) -> Reply:
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Reply(status=status, headers=named, body=body)


class Talk:
    """A conversation over a script, starting at second 1000."""

    def __init__(self, *steps: Step, longest_wait: float = 900) -> None:
        self.clock = VirtualClock(1000)
        self.script = Script(self.clock, *steps)
        self.conversation = RetryPolicy(
            self.script, clock=self.clock, sleep=self.clock.sleep, longest_wait=longest_wait
        )

    def send(self, request: Request = READ, *, repeatable: bool = True) -> Reply:
        return self.conversation.send(request, repeatable=repeatable)

    @property
    def gaps(self) -> list[float]:
        times = self.script.times
        return [after - before for before, after in itertools.pairwise(times)]


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 404, 409, 410, 422])
def test_an_answer_that_counts_comes_back_at_once(status: int) -> None:
    talk = Talk(reply(status))
    assert talk.send().status == status
    assert talk.clock.slept == []


def test_failures_are_repeated_after_growing_pauses() -> None:
    talk = Talk(
        reply(502), reply(503), ExchangeError("no answer in time", sent=True), reply(504), reply(500), reply()
    )
    assert talk.send().status == 200
    assert talk.gaps == [1, 2, 4, 8, 16]


def test_it_gives_up_after_six_attempts_and_says_why() -> None:
    talk = Talk(*[reply(502)] * 7)
    with pytest.raises(ExternalError) as caught:
        talk.send()
    assert caught.value.code == "forge-unreachable"
    assert "status 502" in caught.value.message
    assert len(talk.script.times) == 6


@pytest.mark.parametrize("body", [b"", b'{"id": 1', b"[1, 2", b"<html>", b'{"a": 1} x'])
def test_a_reply_that_is_no_whole_json_value_is_repeated(body: bytes) -> None:
    talk = Talk(reply(body=body), reply(body=b"[1]"))
    assert talk.send().body == b"[1]"


@pytest.mark.parametrize(
    "step",
    [reply(500), reply(502), reply(503), reply(504), reply(201, b'{"id'), ExchangeError("cut", sent=True)],
)
def test_a_write_that_may_have_landed_is_not_repeated(step: Step) -> None:
    talk = Talk(step, reply())
    with pytest.raises(UncertainError) as caught:
        talk.send(WRITE, repeatable=False)
    assert caught.value.code == "outcome-unknown"
    talk.send(READ)
    assert talk.gaps == [1], "the look that follows leaves the server a moment"


@pytest.mark.parametrize(
    "step",
    [
        ExchangeError("connection refused", sent=False),
        reply(429, retry_after=3),
        reply(403, retry_after=3),
        reply(403, x_ratelimit_remaining=0, x_ratelimit_reset=1002),
        reply(403, b'{"message": "You have exceeded a secondary rate limit."}'),
    ],
)
def test_a_write_that_certainly_did_nothing_is_repeated(step: Step) -> None:
    assert Talk(step, reply(201)).send(WRITE, repeatable=False).status == 201


def test_a_refusal_is_no_limit() -> None:
    talk = Talk(
        reply(403, b'{"message": "Resource not accessible by integration"}', x_ratelimit_remaining=55)
    )
    assert talk.send(WRITE).status == 403


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "17"}, 17),
        ({"retry_after": "Thu, 01 Jan 1970 00:17:20 GMT"}, 40),
        ({"retry_after": "soon"}, 60),
        ({"retry_after": "-5"}, 60),
        ({"retry_after": "\u0661"}, 60),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1100"}, 101),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "900"}, 1),
        ({"x_ratelimit_remaining": "3", "x_ratelimit_reset": "1100"}, 60),
        ({}, 60),
    ],
)
def test_a_limit_says_how_long_to_wait(headers: dict[str, object], seconds: float) -> None:
    talk = Talk(reply(429, **headers), reply())
    talk.send()
    assert talk.gaps == [seconds]


def test_an_allowance_that_is_used_up_is_waited_for_before_the_next_request() -> None:
    talk = Talk(reply(x_ratelimit_remaining=0, x_ratelimit_reset=1050), reply())
    talk.send()
    assert talk.clock.slept == []
    talk.send()
    assert talk.gaps == [51]


def test_writes_keep_a_second_apart_and_reads_do_not() -> None:
    talk = Talk(*[reply()] * 6)
    for request in (WRITE, WRITE, READ, READ, WRITE, WRITE):
        talk.send(request)
    assert talk.gaps == [1, 0, 0, 1, 1]


def test_a_clock_that_goes_back_does_not_stop_the_writes() -> None:
    talk = Talk(reply(), reply())
    talk.send(WRITE)
    talk.clock.now -= 100_000
    talk.send(WRITE)
    assert talk.clock.slept == [1]


def test_waiting_ends_with_the_time_that_was_asked_for() -> None:
    talk = Talk(
        reply(429, retry_after=400), reply(429, retry_after=400), reply(429, retry_after=400), reply()
    )
    with pytest.raises(ExternalError) as caught:
        talk.send()
    assert caught.value.code == "forge-limit"
    assert "400 seconds" in caught.value.message
    assert talk.clock.slept == [400, 400]
