"""The form of a request for predictions by its `content-type`, and of the answer by what it accepts: the one place that knows all."""

from __future__ import annotations

from collections.abc import Callable

from mlgit.serving.asking import LONGEST_KEY, Asked, Desk, read, written
from mlgit.serving.bodies import arrow, floats
from mlgit.serving.exchange import CLOSE, JSON, Problem, Reply, Scope, header
from mlgit.serving.predictor import Answers
from mlgit.serving.served import Served

KEY = b"mlgit-key"
"""The header of the key by which a version is chosen, for the forms that have no place for it."""


def reader(scope: Scope) -> Callable[[bytes, Desk], Asked]:
    """Return what reads the body of a request; raises `Problem` (415, 422)."""
    kind = header(scope, b"content-type").partition(b";")[0].strip().lower()
    if kind in (JSON, b""):
        return lambda body, _: read(body)
    key = header(scope, KEY).decode("latin-1")
    if len(key) > LONGEST_KEY:
        raise Problem(422, "body-form", f"{KEY.decode()} has at most {LONGEST_KEY} characters", headers=CLOSE)
    if kind == arrow.KIND:
        return lambda body, desk: Asked(columns=arrow.read(body, desk.limits), key=key)
    if kind == floats.KIND:
        return lambda body, desk: Asked(
            columns=floats.read(body, desk.live.state.main.validator.rules), key=key
        )
    raise Problem(
        415,
        "media-type",
        f"a request is {JSON.decode()}, {arrow.KIND.decode()} or {floats.KIND.decode()}",
        headers=CLOSE,
    )


def reply(scope: Scope, served: Served, answers: Answers) -> Reply:
    """Return the answer in the first form that the request accepts, JSON without one; raises `Problem` (406)."""
    for one in header(scope, b"accept").lower().split(b","):
        kind = one.partition(b";")[0].strip()
        if kind == JSON:
            break
        if kind == arrow.KIND:
            return Reply(status=200, body=arrow.write(answers), kind=arrow.KIND, headers=served.headers)
        if kind == floats.KIND:
            body, shape = floats.write(answers)
            return Reply(status=200, body=body, kind=floats.KIND, headers=(*served.headers, *shape))
    return Reply(status=200, body=written(answers), headers=served.headers)
