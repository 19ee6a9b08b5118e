"""The sums of a campaign are those of its tests."""

from __future__ import annotations

from tests.campaign import KEY, summary


def test_the_sums_of_several_tests() -> None:
    told = [
        (KEY, ["kills", "a", 3, 1]),
        ("other", 1),
        (KEY, ["kills", "b", 4, 0]),
        (KEY, ["files", "a", 2, 0]),
    ]
    assert summary(told) == ["kills: 6 of 7 held (seeds: a, b)", "files: 2 of 2 held (seeds: a)"]
    assert summary([]) == []
