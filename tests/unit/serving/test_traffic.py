"""Shares of the traffic: as large as they say, and the same version for the same key."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.errors import UsageError
from mlgit.serving.traffic import Share, chosen, point, read


def test_shares_are_within_three_standard_errors() -> None:
    shares = read("v2=0.1, v3=0.25, v4=shadow", "v1")
    assert [one.weight for one in shares] == pytest.approx([0.65, 0.1, 0.25, 0.0])
    total = 20_000
    counts = [0] * 4
    for number in range(total):
        counts[chosen(shares, f"customer-{number}", "staging/churn")] += 1
    assert counts[3] == 0
    for one, count in zip(shares[:3], counts, strict=False):
        assert abs(count / total - one.weight) < 3 * math.sqrt(one.weight * (1 - one.weight) / total)


@given(st.text(max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_key_stays_with_its_version_while_the_share_grows(key: str, one: float, other: float) -> None:
    small, large = sorted((one, other))

    def who(weight: float) -> int:
        return chosen((Share(version="v1"), Share(version="v2", weight=weight)), key, "s")

    assert who(small) == who(small)
    assert who(small) <= who(large)


def test_another_salt_deals_anew() -> None:
    assert 0 <= point("a", "x") < 1
    assert point("a", "x") != point("a", "y")
    assert point("b", "a") != point("ab", "")


@pytest.mark.parametrize(
    "text", ["v2", "v2=2", "v2=x", "=0.1", "v1=0.1", "v2=0.1, v2=0.2", "v2=0.6, v3=0.6", "v2=nan"]
)
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(text, "v1", "deploy/staging.yaml")
    assert raised.value.code == "deploy-traffic"
