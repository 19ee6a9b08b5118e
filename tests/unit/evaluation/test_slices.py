"""Slices that got worse are found, and of what nothing touched hardly a search claims anything."""

from __future__ import annotations

import numpy as np
import pytest

from mlgit.evaluation import slices
from mlgit.evaluation.evaluator import Evaluator
from mlgit.evaluation.slices import cut_columns, search
from tests.unit.evaluation.predictions_of import evaluator

N = 1_200


def columns(random: np.random.Generator) -> dict[str, list[object]]:
    return {
        "country": random.choice(["AT", "DE", "FR"], N).tolist(),
        "age": random.integers(18, 90, N).tolist(),
        "channel": random.choice(["web", "shop"], N).tolist(),
        "name": [f"n{row}" for row in range(N)],
        "plan": ["basic"] * N,
    }


def planted(seed: int = 1, broken: float = 0.0, weak: float = 0.0) -> Evaluator:
    """Both are right on 90 %; the head breaks a share of AT by web, and both are weak in a share of DE."""
    random = np.random.default_rng(seed)
    labels, more = random.integers(0, 2, N), columns(random)
    hits = random.random((2, N)) < 0.9
    at, web = np.array(more["country"]), np.array(more["channel"]) == "web"
    hits[:, (at == "DE") & (random.random(N) < weak)] = False
    hits[1, (at == "AT") & web & (random.random(N) < broken)] = False
    base, head = (np.where(side, labels, 1 - labels).tolist() for side in hits)
    return evaluator(labels.tolist(), base, head, columns=more)


def test_columns_are_cut_by_few_values_and_by_quarters_of_numbers() -> None:
    cuts = cut_columns(planted())
    assert [len(found) for found in cuts.values()] == [3, 4, 2]
    assert list(cuts) == ["country", "age", "channel"]
    for found in cuts.values():
        assert np.array_equal(sum(rows.astype(int) for rows in found.values()), np.ones(N))
    assert next(iter(cuts["age"])).startswith("age<=")


def test_a_slice_that_a_head_breaks_is_found_though_nobody_named_it() -> None:
    found = search(planted(broken=0.5), "accuracy").found
    worst = found[0]
    assert (worst.slice, worst.against) == ("country=AT, channel=web", "the base")
    assert worst.head < worst.other - 0.2
    assert worst.change.high < 0.0
    assert worst.p_value < 0.001
    assert {one.slice for one in found if one.against == "the base"} >= {
        "country=AT",
        "country=AT, channel=web",
    }


def test_a_slice_on_which_both_are_weak_is_worse_than_the_rest_and_not_than_the_base() -> None:
    found = search(planted(weak=0.3), "accuracy").found
    assert {(one.slice, one.against) for one in found} >= {("country=DE", "the rest")}
    assert all(one.against == "the rest" for one in found)


def test_losses_are_worse_where_they_are_higher() -> None:
    assert search(planted(broken=0.5), "error_rate").found[0].slice == "country=AT, channel=web"


@pytest.mark.parametrize("draws", [6, pytest.param(200, marks=pytest.mark.slow)])
def test_of_what_nothing_touched_hardly_a_search_claims_anything(draws: int) -> None:
    """Every search looks at some 30 slices twice; one in twenty of single tests would claim in nearly every one of them."""
    made = [search(planted(seed), "accuracy") for seed in range(draws)]
    assert all(one.slices >= 20 and one.claims == 2 * one.slices for one in made)
    false = sum(bool(one.found) for one in made) / draws
    assert false <= 0.05 + 3 * (0.05 * 0.95 / draws) ** 0.5


def test_small_slices_are_not_looked_at_and_many_are_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    labels = random.integers(0, 2, N).tolist()
    rare = ["rare" if row < 19 else "usual" for row in range(N)]
    made = search(evaluator(labels, labels, labels, columns={"kind": rare}), "accuracy")
    assert (made.slices, made.claims, made.columns) == (0, 0, ("kind",))
    monkeypatch.setattr(slices, "MOST_SLICES", 5)
    assert search(planted(), "accuracy").slices == 5


def test_a_metric_that_a_slice_does_not_have_claims_nothing_there() -> None:
    """No AUC without scores: nothing is looked at, and nothing raised."""
    assert search(planted(), "roc_auc").claims == 0
