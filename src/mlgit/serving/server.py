"""A server that runs until it is told to stop: uvicorn around the application, one process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from msgspec import Struct

from mlgit.errors import ExternalError
from mlgit.serving.application import Application
from mlgit.serving.asking import Desk
from mlgit.serving.counters import Counters
from mlgit.serving.exchange import Limits
from mlgit.serving.journal import Journal
from mlgit.serving.live import Live
from mlgit.serving.served import Calls

KEEP_ALIVE = 75
BACKLOG = 2048
ROWS_AT_ONCE = 1
"""Calls of slow models at a time: they share one processor with everything else."""


class Place(Struct, frozen=True, kw_only=True):
    """Where a server listens, who may ask, and how long it may take to end."""

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    grace: int = 20


Follow = Callable[[Desk], Coroutine[Any, Any, None]]
"""What goes on beside the answers for as long as the server runs."""


def run(
    live: Live,
    place: Place,
    limits: Limits,
    *,
    journal: Journal | None = None,
    follow: Follow | None = None,
    started: Callable[[str], None],
) -> None:
    """Serve until the process is told to stop; requests that are being answered are answered.

    `started` is told the address. Raises `ExternalError` (`serve-port`).
    """
    listening = bound(place)
    with ThreadPoolExecutor(ROWS_AT_ONCE, "model") as executor:
        desk = Desk(live, Calls(executor), limits, Counters(), journal)
        application = Application(desk, limits, place.token)
        try:
            host, port = listening.getsockname()[:2]
            started(f"http://{f'[{host}]' if ':' in host else host}:{port}")
            # uvicorn ends politely first, and then hands on the signal that told it to
            with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(serving(application, place, listening, follow))
        finally:
            listening.close()
            if journal is not None:
                journal.close()


async def serving(
    application: Application, place: Place, listening: socket.socket, follow: Follow | None
) -> None:
    """Run uvicorn, and beside it what follows an environment."""
    from uvicorn import Config, Server

    from mlgit.serving.connection import Connection

    config = Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=place.grace,
        backlog=BACKLOG,
    )
    server = Server(config)
    beside = asyncio.ensure_future(follow(application.desk)) if follow else None
    try:
        await server.serve(sockets=[listening])
    finally:
        if beside is not None:
            beside.cancel()


def bound(place: Place) -> socket.socket:
    """Return a socket that listens; raises `ExternalError` (`serve-port`) where another program does."""
    try:
        found = socket.create_server(
            (place.host, place.port),
            family=socket.AF_INET6 if ":" in place.host else socket.AF_INET,
            backlog=BACKLOG,
        )
    except OSError as error:
        raise ExternalError(
            "serve-port",
            f"nothing can listen at {place.host}:{place.port}: {error.strerror or error}",
            hint="--port chooses another one",
        ) from error
    found.set_inheritable(False)
    return found


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the loop: uvloop where there is one for this system."""
    try:
        import uvloop
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made
