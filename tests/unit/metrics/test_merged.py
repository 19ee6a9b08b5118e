"""Comparisons of several models as one, the worst first, and made small enough to be handed over."""

from __future__ import annotations

import msgspec
import pytest

from mlgit.metrics.comparison import Comparison, MetricRow, ModelComparison, ParameterRow, Remark, Side
from mlgit.metrics.coverage import with_coverage
from mlgit.metrics.merged import merged, worst_first
from mlgit.metrics.tally import tally
from mlgit.metrics.trimmed import trimmed
from mlgit.metrics.verdict import ModelVerdict
from mlgit.stats.decision import Verdict

BASE, HEAD = Side(name="base", commit="a" * 40), Side(name="head", commit="b" * 40)


def model(name: str, verdict: Verdict, rows: int = 0) -> ModelComparison:
    metrics = tuple(
        MetricRow(file="m.json", name=f"metric{n}", state="unchanged", base=1.0, head=1.0, effect="same")
        for n in range(rows)
    )
    changed = MetricRow(file="m.json", name="loss", state="changed", base=1.0, head=2.0, change=1.0)
    context = tuple(ParameterRow(file="p", name=f"{n}", state="changed", base=1, head=2) for n in range(rows))
    gate = ModelVerdict(name=name, verdict=verdict, state="changed", pull_request="warn", promote="refuse")
    one = ModelComparison(
        name=name, pipeline=name, state="changed", metrics=(*metrics, changed), parameters=context, gate=gate
    )
    return with_coverage(one)


def comparison(*models: ModelComparison) -> Comparison:
    return Comparison(base=BASE, head=HEAD, state="changed", models=models, untouched=1)


def names(found: Comparison) -> list[str]:
    return [one.name for one in found.models]


GOOD, OPEN, BAD = (
    model("good", Verdict.PASS),
    model("open", Verdict.UNDECIDED),
    model("bad", Verdict.FAIL),
)


def test_the_worst_model_is_first() -> None:
    assert worst_first([GOOD, OPEN, BAD])[0].name in ("bad", "open")
    whole = merged([comparison(GOOD), comparison(OPEN), comparison(BAD)])
    assert sorted(names(whole)) == ["bad", "good", "open"]
    assert whole.untouched == 3
    assert whole.state == "changed"
    broken = msgspec.structs.replace(
        GOOD, coverage=msgspec.structs.replace(GOOD.coverage, failed=(Remark(reason="x"),))
    )
    assert [one.name for one in worst_first([OPEN, broken])] == ["good", "open"]


@pytest.mark.parametrize("limit", [400_000, 200_000, 30_000])
def test_a_report_that_is_too_large_says_so_and_keeps_the_worst(limit: int) -> None:
    models = [model(f"m{n:03}", Verdict.PASS, rows=40) for n in range(100)]
    broken = MetricRow(file="m.json", name="nan", state="changed", base=1.0, head="NaN")
    worst = with_coverage(msgspec.structs.replace(models[77], metrics=(*models[77].metrics, broken)))
    whole = merged([comparison(*models[:77], worst, *models[78:])])
    assert names(whole)[0] == "m077"
    found = trimmed(whole, limit)
    assert len(msgspec.json.encode(found)) <= limit
    assert names(found)[0] == "m077"
    assert found.left_out > 0
    assert tally(found).outcome == "bad"
    assert trimmed(whole, 10_000_000) == whole


def test_what_was_left_out_and_could_have_counted_is_never_good() -> None:
    assert tally(Comparison(base=BASE, head=HEAD, state="unchanged")).outcome == "good"
    left = Comparison(base=BASE, head=HEAD, state="unchanged", left_out=1, not_shown=1)
    assert tally(left).outcome == "open"
