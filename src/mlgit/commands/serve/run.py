"""`serve`: a registered version, what an environment has to run, or a file, behind an address until the process is told to stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from mlgit.errors import GOOD, UsageError
from mlgit.serving.release import Release, identity
from mlgit.serving.target import is_environment, release_at, require_installed
from mlgit.serving.workers import Agreed
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.serving.journal import Journal
    from mlgit.serving.workers import Seat

THREADS = "OMP_NUM_THREADS"


class Wanted(Struct, frozen=True, kw_only=True):
    """What is served, and how: `target` is MODEL, MODEL@VERSION, an environment or a path."""

    target: str
    host: str = "127.0.0.1"
    port: int = 8000
    token_variable: str = ""
    log: str = ""
    log_share: float = 1.0
    log_bytes: int = 256_000_000
    body: int = 8_000_000
    rows: int = 10_000
    seconds: float = 30.0
    threads: int = 1
    model: str = ""
    every: float = 30.0
    remote: str = "origin"
    workers: int = 1


def serve(context: Context, wanted: Wanted, started: Callable[[str, str], None]) -> int:
    """Serve until the process is told to stop, and return the exit code; `started` is told what answers and where.

    Raises `UsageError` (`serve-...`, `version-...`, `artifact-...`) and `ExternalError` (`serve-extra`, `serve-port`).
    """
    os.environ[THREADS] = str(wanted.threads)  # read by the libraries when they are loaded
    require_installed("uvicorn", "httptools", "orjson")
    token = token_of(context, wanted.token_variable)
    if wanted.workers == 1:
        answer(context, wanted, token, None, started)
        return GOOD
    from mlgit.serving.server import Place, bound_together
    from mlgit.serving.workers import Workers
    from mlgit.world.staging import scratch

    with scratch() as folder:
        listening = bound_together(Place(host=wanted.host, port=wanted.port), wanted.workers)
        found = Workers(listening, folder, context.console.warn).run()
        if isinstance(found, int):
            return found
        with suppress(KeyboardInterrupt):  # Ctrl-C comes from the terminal and, as SIGTERM, from the parent
            answer(context, wanted, token, found, started)
        return GOOD


def answer(
    context: Context, wanted: Wanted, token: str, seat: Seat | None, started: Callable[[str, str], None]
) -> None:
    """Load what is wanted and answer, as one process alone or as the worker of a seat."""
    from mlgit.serving.exchange import Limits
    from mlgit.serving.following import Follower
    from mlgit.serving.live import Live
    from mlgit.serving.served import serve as load
    from mlgit.serving.server import Place, run

    place = Place(host=wanted.host, port=wanted.port, token=token)
    limits = Limits(body=wanted.body, rows=wanted.rows, seconds=wanted.seconds)
    follower = None
    with ExitStack() as stack:
        if is_environment(context, wanted.target):
            follower = Follower(
                context,
                wanted.target,
                wanted.model,
                remote=wanted.remote,
                every=wanted.every,
                threads=wanted.threads,
                seat=seat,
            )
            live = follower.first()
        else:
            release = stack.enter_context(release_for(context, wanted.target, seat))
            live = Live.of(load(release, wanted.threads))
        main = live.state.main.release
        run(
            live,
            place,
            limits,
            journal=journal_of(context, wanted),
            follow=follower.follow if follower else None,
            seat=seat,
            started=lambda address: (
                started(f"{main.name} {main.version}".strip(), address)
                if seat is None or seat.told is not None
                else None
            ),
        )


@contextmanager
def release_for(context: Context, target: str, seat: Seat | None) -> Iterator[Release]:
    """Give the model that is meant; a worker gets the version of the first one, also where a newer one is registered now.

    Raises as `release_at` does, and `UsageError` (`serve-replaced`) where another model stands at a path than the first worker found.
    """
    said = seat.agreed() if seat else None
    pinned = f"{target}@{said.version}" if target and said and said.version and "@" not in target else target
    with release_at(context, pinned) as release:
        if seat is not None:
            found = Agreed(version=release.version, digest=identity(release))
            if said is None:
                seat.agree(found)
            elif said != found:
                raise replaced(release)
        yield release


def replaced(release: Release) -> UsageError:
    """Return the error for a worker that is started again and finds another model than the other workers have."""
    return UsageError(
        "serve-replaced",
        f"{release.path.name}, or what lies beside it, is not the model any more that the other workers answer with",
        hint="no address may have two models, so all workers end: start mlgit serve again",
        where=str(release.path),
    )


def journal_of(context: Context, wanted: Wanted) -> Journal | None:
    """Open the log of predictions, where one is wanted; raises `ExternalError` (`serve-log`)."""
    from mlgit.serving.journal import Journal

    if not wanted.log:
        return None
    return Journal(
        context.directory / wanted.log,
        share=wanted.log_share,
        largest=wanted.log_bytes,
        several=wanted.workers > 1,
    )


def token_of(context: Context, variable: str) -> str:
    """Return the token that requests have to bring; raises `UsageError` (`serve-token`) where the variable is empty."""
    token = context.environment.get(variable, "") if variable else ""
    if variable and not token:
        raise UsageError(
            "serve-token",
            f"the variable {variable} holds no token",
            hint=f"export {variable}=..., then mlgit serve",
        )
    context.learn_secrets([variable] if variable else [])
    return token
