"""A server that runs until it is told to stop: uvicorn around the application, one process, alone or as one of several workers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from msgspec import Struct, structs

from mlgit.errors import ExternalError
from mlgit.serving.application import Application
from mlgit.serving.asking import Desk
from mlgit.serving.calls import Calls
from mlgit.serving.counters import Counters
from mlgit.serving.exchange import Limits
from mlgit.serving.journal import Journal
from mlgit.serving.live import Live
from mlgit.serving.shared_counts import SharedCounts
from mlgit.serving.workers import Seat

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
    seat: Seat | None = None,
    started: Callable[[str], None],
) -> None:
    """Serve until the process is told to stop; requests that are being answered are answered.

    `started` is told the address; `seat` is that of a worker. Raises `ExternalError` (`serve-port`).
    """
    listening = seat.listening if seat else bound(place)
    shared = SharedCounts(seat.folder, seat.number, seat.count) if seat else None
    with ThreadPoolExecutor(ROWS_AT_ONCE, "model") as executor:
        calls = Calls(executor)
        desk = Desk(live, calls, limits, shared.counters if shared else Counters(), journal)
        beside = [follow(desk)] if follow else []
        if shared is not None:
            desk.all_counters = shared.all
            beside.append(shared.write_on())
        application = Application(desk, limits, place.token)
        try:
            started(address_of(listening))
            # uvicorn ends politely first, and then hands on the signal that told it to
            with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(serving(application, calls, place, listening, beside, seat))
        finally:
            listening.close()
            if journal is not None:
                journal.close()


async def serving(
    application: Application,
    calls: Calls,
    place: Place,
    listening: socket.socket,
    beside: Iterable[Coroutine[Any, Any, None]],
    seat: Seat | None,
) -> None:
    """Run uvicorn, and beside it what goes on as long as it runs; a worker ends when its parent is gone."""
    from uvicorn import Config, Server

    from mlgit.serving.connection import Connection

    config = Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",  # a line for each malformed request would fill a disk
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=place.grace,
        backlog=BACKLOG,
    )
    server = Server(config)
    calls.in_hand = server.server_state.tasks.__len__
    tasks = [asyncio.ensure_future(one) for one in beside]
    if seat is not None:
        asyncio.get_running_loop().add_reader(seat.parent, left_alone, seat.parent)
        seat.answers()
    try:
        await server.serve(sockets=[listening])
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def left_alone(parent: int) -> None:
    """End as on SIGTERM: the parent is gone."""
    asyncio.get_running_loop().remove_reader(parent)
    os.kill(os.getpid(), signal.SIGTERM)


def address_of(listening: socket.socket) -> str:
    """Return where a socket listens."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def bound(place: Place, *, shared: bool = False) -> socket.socket:
    """Return a socket that listens; raises `ExternalError` (`serve-port`) where another program does.

    `shared` lets several sockets of this user listen at one port.
    """
    try:
        found = socket.create_server(
            (place.host, place.port),
            family=socket.AF_INET6 if ":" in place.host else socket.AF_INET,
            backlog=BACKLOG,
            reuse_port=shared,
        )
    except OSError as error:
        raise ExternalError(
            "serve-port",
            f"nothing can listen at {place.host}:{place.port}: {error.strerror or error}",
            hint="--port chooses another one",
        ) from error
    found.set_inheritable(False)
    return found


def bound_together(place: Place, count: int) -> list[socket.socket]:
    """Return sockets that listen at one port, and that no other program shared before; raises `ExternalError` (`serve-port`)."""
    bound(place).close()
    first = bound(place, shared=True)
    here = structs.replace(place, port=first.getsockname()[1])
    return [first, *(bound(here, shared=True) for _ in range(1, count))]


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return what makes the loop: uvloop where there is one for this system."""
    try:
        import uvloop
    except ImportError:
        return None
    made: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return made
