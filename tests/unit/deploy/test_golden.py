"""Golden predictions: what is the same answer, and what a file of them has to be."""

from __future__ import annotations

from typing import Any

import pytest

from mlgit.config.targets import Golden
from mlgit.deploy import golden
from mlgit.deploy.golden import differs, read
from mlgit.errors import ExternalError, UsageError


@pytest.mark.parametrize(
    ("expected", "answer", "said"),
    [
        ([0.25], [0.2500001], ""),
        ([0.25], [0.75], "the answer[0] is 0.75 instead of 0.25"),
        ([1e9], [1e9 + 100], ""),
        ([1], [1.0], ""),
        ([1], [True], "the answer[0] is true instead of 1"),
        ([1, 2], [1], "the answer is [1] instead of [1,2]"),
        ({"a": 1}, {"a": 1, "b": 2}, 'the answer is {"a":1,"b":2} instead of {"a":1}'),
        ({"a": {"b": ["yes"]}}, {"a": {"b": ["no"]}}, 'the answer.a.b[0] is "no" instead of "yes"'),
        (None, None, ""),
        (10**400, 10**400, ""),
        (10**400, 1, None),
    ],
)
def test_numbers_may_be_off_by_the_tolerance_and_nothing_else_may(
    expected: Any, answer: Any, said: str | None
) -> None:
    found = differs(expected, answer, 1e-6)
    assert bool(found) if said is None else found == said


def test_an_answer_that_is_too_deep_is_different() -> None:
    value: Any = 1
    for _ in range(200):
        value = [value]
    assert differs(value, value, 0.0).endswith("is too deep")


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b"{}", b'[{"send": 1}]', b'[{"send": 1, "expect": 2, "more": 3}]', b"\xff"]
)
def test_what_is_no_file_of_golden_predictions_is_refused(content: bytes | None) -> None:
    with pytest.raises(UsageError) as error:
        read(content, "golden.json")
    assert (error.value.code, error.value.where) == ("golden-file", "golden.json")


def test_an_endpoint_that_is_silent_is_asked_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def posted(address: str, body: bytes) -> bytes:
        asked.append(f"{address} {body.decode()}")
        if len(asked) == 2:
            raise ExternalError("endpoint-silent", "no answer")
        return b"[1]"

    monkeypatch.setattr(golden, "posted", posted)
    cases = read(b'[{"send": 1, "expect": [1]}, {"send": 2, "expect": [1]}, {"send": 3, "expect": [1]}]', "f")
    smoke = golden.ask("http://127.0.0.1:1/", Golden(file="f", path="/ask"), cases)
    assert (smoke.asked, smoke.wrong, smoke.first) == (3, 2, "request 2: no answer")
    assert asked == ["http://127.0.0.1:1/ask 1", "http://127.0.0.1:1/ask 2"]
