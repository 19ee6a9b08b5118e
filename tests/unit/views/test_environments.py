"""The history of environments as a person reads it."""

from __future__ import annotations

import pytest

from mlgit.environments.history import History, Span
from mlgit.views.environments import history
from mlgit.views.terminal import render


@pytest.mark.parametrize(
    ("gate", "approved_by", "said"),
    [
        ("PASS against v0.1.0", "", "  gates  "),
        ("UNDECIDED against v0.1.0", "", "          "),
        ("no verdict: the first version there", "", "          "),
        ("UNDECIDED against v0.1.0", "Ada Example <ada@example.org>", "  Ada Example  "),
    ],
)
def test_gates_let_in_only_what_passed_them(gate: str, approved_by: str, said: str) -> None:
    span = Span(
        environment="production", model="churn", artifact="churn", version="v0.2.0", digest="md5:0",
        action="promote", since=1_700_000_000, by="Grace <grace@example.org>", approved_by=approved_by, gate=gate,
    )  # fmt: skip
    line = render(tuple(history(History(spans=(span,))))).splitlines()[-1]
    assert said in line.partition("Grace")[2].partition(gate[:9])[0]
