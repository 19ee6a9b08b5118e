"""Do verdicts keep what they promise? 20,000 draws through the evaluator, at the confidence that really decides.

A model exactly at the margin passes, and fails, with a chance of at most alpha, a worse one in less: for one evaluation
by itself, and for one of the 32 that a test set is meant to last, each of which may spend a 32nd of alpha.
"""

from __future__ import annotations

from collections import Counter

import msgspec
import numpy as np
import pytest

from mlgit.config.model import Model
from mlgit.evaluation.evaluator import Evaluator, with_estimates
from mlgit.evaluation.rules import open_findings
from mlgit.predictions.table import Table
from mlgit.stats.decision import Verdict
from mlgit.stats.estimates import share_estimates
from mlgit.stats.evidence import Predictions, check_evidence
from mlgit.stats.proportions import PairedCounts

DRAWS = 20_000
MARGIN = 0.01
PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
CORRECTED, ALONE = (
    msgspec.convert(
        {"gates": [{"accuracy": {"no_worse_than": {"margin": MARGIN}}}], "test_set": {"split": split}}, Model
    )
    for split in (True, False)
)


def drawn(n: int, disagreement: float, effect: float, draws: int = DRAWS) -> Counter[tuple[int, ...]]:
    """Return how often each table of four cells was drawn; the base is right on 90 %, the head `effect` more often."""
    only_base, only_head = (disagreement + sign * effect for sign in (-1, 1))
    shares = np.array([1.8 - only_base, only_base, only_head, 0.2 - only_head]) / 2
    random = np.random.default_rng([n, round(1e4 * disagreement), round(-1e4 * effect)])
    return Counter(map(tuple, random.multinomial(n, shares, size=draws).tolist()))


def verdict(model: Model, cells: tuple[int, ...]) -> Verdict:
    """Return the evaluator's verdict on a table of four cells."""
    ((metric, rule),) = model.rules
    (found,) = open_findings(metric, rule, model.evaluation_confidence(rule))
    both, only_base, only_head, neither = cells
    counts = PairedCounts(both=both, only_base=only_base, only_head=only_head, neither=neither)
    return with_estimates(found, share_estimates(counts, only_base + only_head)).verdict


def rates(model: Model, tables: Counter[tuple[int, ...]]) -> dict[Verdict, float]:
    """Return the share of draws with each verdict."""
    found: Counter[Verdict] = Counter()
    for cells, times in tables.items():
        found[verdict(model, cells)] += times
    return {one: found[one] / tables.total() for one in Verdict}


def most(alpha: float, draws: int) -> float:
    """Return alpha and three standard errors of a rate that is alpha."""
    return alpha + 3 * (alpha * (1 - alpha) / draws) ** 0.5


@pytest.mark.parametrize(("model", "alpha"), [(ALONE, 0.05), (CORRECTED, 0.05 / 32)])
@pytest.mark.parametrize(
    ("n", "disagreement", "draws"),
    [
        (200, 0.02, DRAWS),
        pytest.param(200, 0.10, DRAWS, marks=pytest.mark.slow),
        pytest.param(1_000, 0.05, DRAWS, marks=pytest.mark.slow),
    ],
)
def test_a_model_at_the_margin_passes_and_fails_with_the_chance_it_may(
    model: Model, alpha: float, n: int, disagreement: float, draws: int
) -> None:
    at = rates(model, drawn(n, disagreement, -MARGIN, draws))
    assert at[PASS] <= most(alpha, draws)
    assert at[FAIL] <= most(alpha, draws)
    worse = rates(model, drawn(n, disagreement, -2 * MARGIN, draws))
    assert worse[PASS] <= alpha
    equal = rates(model, drawn(n, disagreement, 0.0, draws))
    assert equal[FAIL] <= most(alpha, draws)


def test_so_many_items_decide_between_equal_models() -> None:
    """3,092 items at 5 % disagreement: .795 of 20,000 draws pass by themselves, .304 as one of 32 evaluations."""
    tables = drawn(3_092, 0.05, 0.0, 1_000)
    assert rates(ALONE, tables)[PASS] > 0.795 - 3 * 0.0128
    assert rates(CORRECTED, tables)[PASS] == pytest.approx(0.304, abs=3 * 0.0146)


def test_a_table_of_predictions_gives_the_verdict_of_its_cells() -> None:
    """The same through the files' way: predictions row by row, checked, sliced, estimated, decided."""
    for model in (ALONE, CORRECTED):
        tables = drawn(400, 0.10, 0.0, 3)
        tables += Counter([(200, 120, 40, 40), (260, 10, 100, 30), (380, 2, 1, 17), (390, 0, 0, 10)])
        for cells in tables:
            ((metric, rule),) = model.rules
            (found,) = evaluator(cells).findings(metric, rule, model.evaluation_confidence(rule))
            assert (found.verdict, found.items) == (verdict(model, cells), 400)
            assert found.confidence == model.evaluation_confidence(rule)


def test_the_draws_hold_every_verdict() -> None:
    found = {verdict(model, cells) for model in (ALONE, CORRECTED) for cells in drawn(400, 0.10, 0.0, 50)}
    found |= {verdict(CORRECTED, (200, 120, 40, 40)), verdict(CORRECTED, (260, 10, 100, 30))}
    assert found == {PASS, FAIL, UNDECIDED}


def evaluator(cells: tuple[int, ...]) -> Evaluator:
    """Return the evaluator of predictions with these cells."""
    both, only_base, only_head, neither = cells
    n = sum(cells)
    base = np.repeat(["1", "1", "0", "0"], [both, only_base, only_head, neither])
    head = np.repeat(["1", "0", "1", "0"], [both, only_base, only_head, neither])
    ids, labels = np.arange(n).astype(np.str_), np.repeat(["1"], n)
    sides = [Predictions(ids=ids, labels=labels, predictions=one) for one in (base, head)]
    evidence = check_evidence(*sides).evidence
    assert evidence is not None
    table = Table(path="predictions.csv", columns={"id": ids, "label": labels})
    return Evaluator(evidence, table, positive=None, seed=1)
