"""The endpoint of a model: whether it answers, and what it answers to a request."""

from __future__ import annotations

from mlgit.errors import ExternalError, MlgitError
from mlgit.world.http import ExchangeError, Reply, Request, SystemTransport, origin

SECONDS = 30.0
PROMPT = 5.0
"""Seconds in which a healthy endpoint says so."""


def answers(address: str) -> bool:
    """Tell whether an address answers that all is well."""
    try:
        reply = exchange(address, Request(method="GET", target=""), PROMPT)
    except (MlgitError, ExchangeError):
        return False
    return 200 <= reply.status < 300


def posted(address: str, body: bytes) -> bytes:
    """Return what an address answers to a JSON text.

    Raises `ExternalError` (`endpoint-silent`) where no good answer comes.
    """
    headers = (("Content-Type", "application/json"), ("Accept", "application/json"))
    request = Request(method="POST", target="", body=body, headers=headers)
    try:
        reply = exchange(address, request, SECONDS)
    except ExchangeError as error:
        raise silent(address, error.reason) from error
    if not 200 <= reply.status < 300:
        raise silent(address, f"status {reply.status}")
    return reply.body


def exchange(address: str, request: Request, seconds: float) -> Reply:
    """Send one request to an address."""
    place = origin(address)
    transport = SystemTransport(place, timeout=seconds)
    asked = Request(
        method=request.method, target=place.prefix or "/", body=request.body, headers=request.headers
    )
    try:
        return transport.exchange(asked)
    finally:
        transport.close()


def silent(address: str, why: str) -> ExternalError:
    """Return the error for an endpoint that gives no answer."""
    return ExternalError(
        "endpoint-silent", f"{address} gives no answer: {why}", hint="look at what the model's server writes"
    )
