"""`environments:` and `card:` in mlgit.yaml: order, approval, and what is refused with its line."""

from __future__ import annotations

import pytest

from mlgit.config.environments import environment_before
from mlgit.config.reader import read
from mlgit.errors import UsageError

START = "version: 1\nenvironments:\n"


def test_the_order_is_that_of_the_file_or_the_one_that_is_named() -> None:
    found = read(START + "  staging: {approval: gate}\n  eu: {}\n  us: {after: staging}\n").environments
    assert [environment_before(found, name) for name in found] == [None, "staging", "staging"]
    assert [one.approval for one in found.values()] == ["gate", "pull_request", "pull_request"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("  a: {after: b}\n", 3, "there is no environment 'b'"),
        ("  a: {after: a}\n", 3, "comes after itself"),
        ("  a: {after: c}\n  b: {}\n  c: {}\n", 3, "comes after itself"),
        ("  a: {approval: nobody}\n", 3, "approval"),
        ("  'A B': {}\n", 3, "a name of a-z"),
        ("  ../x: {}\n", 3, "a name of a-z"),
    ],
)
def test_what_is_refused(text: str, line: int, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read(START + text)
    assert caught.value.where == f"mlgit.yaml:{line}"


def test_a_card_has_words_by_topic() -> None:
    models = "version: 1\nmodels: {m: {card: {intended_use: 'two\n\n  lines'}}}\ncard: {required: [intended_use]}\n"
    found = read(models)
    assert found.card.required == ("intended_use",)
    assert found.models["m"].card["intended_use"] == "two\nlines"
    with pytest.raises(UsageError, match="not empty"):
        read("version: 1\nmodels: {m: {card: {limits: ' '}}}\n")
