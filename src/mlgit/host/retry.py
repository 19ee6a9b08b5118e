"""When requests to an API with limits are sent, and sent again; never guesses whether a write landed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from mlgit.errors import ExternalError
from mlgit.host.forge import UncertainError
from mlgit.world.http import ExchangeError, Reply, Request, Transport

READS = frozenset({"GET", "HEAD"})
PASSING = frozenset({500, 502, 503, 504})
BETWEEN_WRITES = 1.0
"""Seconds between the end of one write and the start of the next, as GitHub asks."""
UNNAMED_LIMIT = 60.0
"""Seconds to wait when a limit is met and the reply does not say for how long."""


class RetryPolicy:
    """Requests one after another, at a pace the other side allows.

    `clock` gives seconds since the epoch, `sleep` takes seconds. A request is tried `attempts` times at most, and all
    waiting together stays below `longest_wait` seconds.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        attempts: int = 6,
        longest_wait: float = 900.0,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._sleep = sleep
        self._attempts = attempts
        self._wait_left = longest_wait
        self._not_before = float("-inf")
        self._last_write = float("-inf")

    def send(self, request: Request, *, repeatable: bool = True) -> Reply:
        """Return the reply that counts, whatever its status below 500.

        Repeats after time-outs, cut replies, 500, 502, 503, 504 when `repeatable`; otherwise raises `UncertainError` then.
        Repeats after a limit (429, 403 of a limit), which means that nothing was done, in any case. Raises `ExternalError`
        (`forge-unreachable`, `forge-limit`) when attempts or waiting time are used up.
        """
        reason = ""
        for attempt in range(self._attempts):
            self._wait_for_turn(request)
            try:
                reply = self._exchange(request)
            except ExchangeError as broken:
                self._back_off(attempt)
                reason = broken.reason
                if broken.sent and not repeatable:
                    raise UncertainError(f"{request.method} {request.target}", reason) from None
                continue
            self._heed(reply)
            if not limited(reply) and reply.status not in PASSING:
                return reply
            self._back_off(attempt)
            reason = f"status {reply.status}"
            if not limited(reply) and not repeatable:
                raise UncertainError(f"{request.method} {request.target}", reason)
        raise unreachable(request, self._attempts, reason)

    def _exchange(self, request: Request) -> Reply:
        """Send once; a JSON reply that is not whole counts as broken."""
        try:
            reply = self._transport.exchange(request)
        finally:
            if request.method not in READS:
                self._last_write = self._clock()
        if reply.status < 300 and not is_whole(reply):
            raise ExchangeError("the reply was cut off", sent=True)
        return reply

    def _wait_for_turn(self, request: Request) -> None:
        """Sleep until limits and the pace of writes let this request go."""
        now = self._clock()
        delay = self._not_before - now
        if request.method not in READS:
            delay = max(delay, min(self._last_write + BETWEEN_WRITES - now, BETWEEN_WRITES))
        if delay <= 0:
            return
        if delay > self._wait_left:
            raise too_long(delay)
        self._wait_left -= delay
        self._sleep(delay)

    def _heed(self, reply: Reply) -> None:
        """Remember until when the other side wants silence."""
        now = self._clock()
        wait = asked_wait(reply, now)
        if wait is None and limited(reply):
            wait = UNNAMED_LIMIT
        if wait is not None:
            self._not_before = max(self._not_before, now + wait)

    def _back_off(self, attempt: int) -> None:
        """Wait longer after each failure: 1, 2, 4, ... seconds."""
        self._not_before = max(self._not_before, self._clock() + 2.0**attempt)


def asked_wait(reply: Reply, now: float) -> float | None:
    """Return the seconds that `Retry-After` or an empty rate limit ask for, None when neither does."""
    after = reply.headers.get("retry-after", "")
    if after:
        return seconds_of(after, now)
    reset = reply.headers.get("x-ratelimit-reset", "")
    if reply.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(float(reset[:12]) - now, 0.0) + 1.0
    return None


def seconds_of(after: str, now: float) -> float:
    """Read `Retry-After`: seconds or a date (RFC 9110, section 10.2.3); a minute when it is neither."""
    if after.isascii() and after.isdigit():
        return float(after[:9])
    from email.utils import parsedate_to_datetime

    try:
        return max(parsedate_to_datetime(after).timestamp() - now, 0.0)
    except (TypeError, ValueError, OverflowError):
        return UNNAMED_LIMIT


def limited(reply: Reply) -> bool:
    """Tell whether a reply says "too much" and not "never": 429, or 403 with a limit's signs."""
    if reply.status == 429:
        return True
    if reply.status != 403:
        return False
    return (
        "retry-after" in reply.headers
        or reply.headers.get("x-ratelimit-remaining") == "0"
        or b"secondary rate limit" in reply.body
    )


def is_whole(reply: Reply) -> bool:
    """Tell whether the body is empty or one JSON value from its start to its end."""
    if not reply.body:
        return reply.status == 204
    try:
        msgspec.json.decode(reply.body, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def too_long(delay: float) -> ExternalError:
    """Return the error for a limit that asks to wait too long."""
    return ExternalError(
        "forge-limit",
        f"the forge asks to wait {delay:.0f} seconds, longer than a job should stand still",
        hint="run the job again later: the limit is one of requests an hour",
    )


def unreachable(request: Request, attempts: int, reason: str) -> ExternalError:
    """Return the error for a request that never got a good answer."""
    return ExternalError(
        "forge-unreachable",
        f"{request.method} {request.target} failed {attempts} times, at last: {reason}",
        hint="look at the forge's status page and the network of this machine, then run the command again",
    )
