"""Golden predictions: requests and the answers that a version has to give, asked of its real endpoint.

They stand with the version, in a file of its commit, so a model and what it has to answer come and go together. Numbers may be
off by the tolerance, everything else has to be the same.
"""

from __future__ import annotations

import math
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from mlgit.config.targets import Golden
from mlgit.deploy.endpoint import posted
from mlgit.errors import ExternalError, UsageError
from mlgit.text import value_text

MOST = 1000
"""Requests of a file."""
LONGEST = 200
DEEPEST = 100
LARGEST = 2**1000
"""A whole number above is no number that can be compared with one that has a point."""


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request and its answer, both JSON."""

    send: Any
    expect: Any


class Smoke(Struct, frozen=True, kw_only=True):
    """What an endpoint answered to the golden predictions."""

    asked: Annotated[int, Meta(description="Requests that were sent.")] = 0
    wrong: Annotated[int, Meta(description="Answers that are not as they have to be, or did not come.")] = 0
    first: Annotated[str, Meta(description="What is wrong with the first of them.")] = ""


def read(content: bytes | None, name: str) -> tuple[Case, ...]:
    """Return the cases of a file; raises `UsageError` (`golden-file`) where there is none or it is none."""
    if content is None:
        raise broken(name, "the commit of the version has no such file")
    try:
        cases = msgspec.json.decode(content, type=tuple[Case, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise broken(name, str(error)) from error
    if not 0 < len(cases) <= MOST:
        raise broken(name, f"it has {len(cases)} requests, between 1 and {MOST} are allowed")
    return cases


def ask(address: str, golden: Golden, cases: tuple[Case, ...]) -> Smoke:
    """Ask an endpoint everything, and return what it answered; one that is silent is asked no more."""
    wrong: list[str] = []
    for number, case in enumerate(cases, 1):
        try:
            answer = decoded(posted(f"{address.rstrip('/')}{golden.path}", msgspec.json.encode(case.send)))
        except ExternalError as error:
            wrong += [f"request {number}: {error.message}"] * (len(cases) - number + 1)
            break
        difference = differs(case.expect, answer, golden.tolerance)
        if difference:
            wrong.append(f"request {number}: {difference}")
    return Smoke(asked=len(cases), wrong=len(wrong), first=wrong[0] if wrong else "")


def decoded(answer: bytes) -> Any:
    """Return what an answer says; raises `ExternalError` (`endpoint-silent`) for what is no JSON."""
    try:
        return msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ExternalError("endpoint-silent", f"the answer is no JSON: {error}") from error


def differs(expected: Any, answer: Any, tolerance: float, at: str = "the answer", depth: int = 0) -> str:
    """Return in words the first difference between what has to be answered and what is, empty where there is none.

    >>> differs([0.25], [0.75], 1e-6)
    'the answer[0] is 0.75 instead of 0.25'
    """
    if depth > DEEPEST:
        return f"{at} is too deep"
    if is_number(expected) and is_number(answer):
        off = abs(float(expected) - float(answer))
        return "" if off <= tolerance * max(1.0, abs(float(expected))) else instead(at, answer, expected)
    if isinstance(expected, list) and isinstance(answer, list) and len(expected) == len(answer):
        pairs = zip(expected, answer, strict=True)
        told = (
            differs(one, two, tolerance, f"{at}[{place}]", depth + 1)
            for place, (one, two) in enumerate(pairs)
        )
        return next(filter(None, told), "")
    if isinstance(expected, dict) and isinstance(answer, dict) and expected.keys() == answer.keys():
        told = (differs(expected[key], answer[key], tolerance, f"{at}.{key}", depth + 1) for key in expected)
        return next(filter(None, told), "")
    same = type(expected) is type(answer) and expected == answer
    return "" if same else instead(at, answer, expected)


def is_number(value: Any) -> bool:
    """Tell whether a value of JSON is a number that can be compared."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < LARGEST


def instead(at: str, answer: Any, expected: Any) -> str:
    """Return what stands where something else has to."""
    return f"{at} is {shown(answer)} instead of {shown(expected)}"[: 3 * LONGEST]


def shown(value: Any) -> str:
    """Return a value of JSON in a few characters."""
    text = value_text(value) if is_number(value) else msgspec.json.encode(value).decode("utf-8", "replace")
    return text[:LONGEST]


def broken(name: str, why: str) -> UsageError:
    """Return the error for a file of golden predictions that is none."""
    return UsageError(
        "golden-file",
        f"{name} holds no golden predictions: {why}",
        hint='a JSON list of {"send": ..., "expect": ...}; golden: in mlgit.yaml names the file',
        where=name,
    )
