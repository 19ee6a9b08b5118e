"""What the comment says: its verdict line, its parts, and what is left out when it is too long."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mlgit.dvc.plots import Absence, Chart, Kind, Picture, Point, Points
from mlgit.host.document import CommentDocument, fit
from mlgit.metrics.comparison import (
    Comparison,
    DataRow,
    DataVersion,
    Interval,
    MetricRow,
    ModelComparison,
    PlotRow,
    Side,
    SideError,
)
from mlgit.metrics.tally import Tally, tally
from mlgit.metrics.verdict import EvidenceError, Finding, GateWarning, ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.views.chart_mermaid import chart_block, digits, distinct
from mlgit.views.comment import Frame, document, headline

BASE, HEAD = Side(name="main", commit="b" * 40), Side(name="deeper", commit="a" * 40)


def comparison(*models: ModelComparison, **more: object) -> Comparison:
    made = Comparison(base=BASE, head=HEAD, state="changed", models=models)
    return replace(made, **more)


def model(name: str = "churn", **parts: object) -> ModelComparison:
    return replace(ModelComparison(name=name, pipeline=".", state="changed"), **parts)


def metric(name: str = "roc_auc", **facts: object) -> MetricRow:
    row = MetricRow(
        file="m.json", name=name, state="changed", base=0.8, head=0.9, change=0.1, effect="better"
    )
    return replace(row, **facts)


def text(made: CommentDocument) -> str:
    return fit(made).text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("counts", "said", "outcome"),
    [
        (Tally(), "no model changed", "good"),
        (Tally(models=1), "no metrics", "open"),
        (Tally(models=1, failed=1), "gates failed", "bad"),
        (Tally(same=4), "no metric changed", "good"),
        (Tally(better=1, same=2), "1 metric better", "good"),
        (Tally(better=3, worse=1), "3 metrics better, 1 worse", "open"),
        (
            Tally(models=1, undirected=2, new=1, gone=1, unknown=1, not_judged=4),
            "2 metrics changed, 1 new, 1 gone, 1 not known; 4 not judged",
            "open",
        ),
        (Tally(models=1, better=1, not_judged=1), "1 metric better; 1 not judged", "open"),
        (Tally(same=4, open_checks=1), "no metric changed; 1 table not judged in full", "open"),
        (Tally(models=1, lost=1, broken=1, better=1), "1 metric no finite number any more, 1 better", "bad"),
        (
            Tally(models=1, passed=1, unverified=1, better=1),
            "gates passed; not verified: nothing was measured again; 1 metric better",
            "open",
        ),
        (
            Tally(models=2, passed=2, unverified=1, why="off", better=1),
            "gates of 2 models: 2 passed; 1 model not verified: verify is off in mlgit.yaml; 1 metric better",
            "open",
        ),
        (
            Tally(models=1, passed=1, different=1, better=1),
            "the metrics were not reproduced; gates passed; 1 metric better",
            "bad",
        ),
        (Tally(worse=1, passed=2), "gates of 2 models: 2 passed; 1 metric worse", "good"),
        (Tally(worse=1, passed=1), "gates passed; 1 metric worse", "good"),
        (Tally(worse=1, passed=2, failed=1), "gates of 3 models: 1 failed, 2 passed; 1 metric worse", "bad"),
        (Tally(noise=2), "2 metrics within noise", "good"),
        (Tally(better=1, undecided=1), "gates undecided; 1 metric better", "open"),
        (Tally(better=1, undecided=1, refused=1), "gates undecided; 1 metric better", "bad"),
        (Tally(better=1, errors=2), "2 files cannot be read; 1 metric better", "bad"),
    ],
)
def test_the_verdict_line(counts: Tally, said: str, outcome: str) -> None:
    assert (headline(counts), counts.outcome) == (said, outcome)


def test_metrics_are_counted_by_state_and_judgement() -> None:
    rows = (
        metric(), metric(effect="worse"), metric(state="unchanged", effect="same"), metric(effect="unknown"),
        metric(state="new", effect="unknown"), metric(state="gone", effect="unknown"),
        metric(state="unreadable"), metric(state="not available"), metric(verdict="PASS"), metric(verdict="FAIL"),
        metric(verdict="UNDECIDED"), metric(effect="noise"), metric(name="baseline.f1"),
    )  # fmt: skip
    error = [SideError(file="m.json", side=side, message="no JSON") for side in ("base", "head")]
    gates = [
        ModelVerdict(name="m", verdict=answer, state="evaluated", pull_request="fail") for answer in Verdict
    ]
    judged = [model(gate=gate) for gate in gates]
    counted = tally(comparison(model(metrics=rows, errors=tuple(error)), *judged))
    expected = Tally(
        better=4,
        worse=1,
        noise=1,
        same=1,
        undirected=1,
        new=1,
        gone=1,
        unknown=2,
        passed=1,
        failed=1,
        undecided=1,
        refused=1,
        errors=1,
        broken=0,
        unverified=4,
        models=4,
    )
    assert counted == expected


def test_intervals_and_gates_stand_in_the_table_when_there_are_any() -> None:
    gated = metric(
        verdict="FAIL",
        interval=Interval(estimate=0.0, low=-0.01, high=0.2, items=50),
        effect="worse",
        needed=90,
    )
    body = text(document(comparison(model(metrics=(metric(), gated)))))
    assert "| metric | base | head | change [95 %] | verdict |  |" in body
    assert "| +0.100 [-0.010, +0.200] | ❌ **FAIL**: n >= 90 would decide | **worse** |" in body
    assert "interval" not in text(document(comparison(model(metrics=(metric(),)))))


def test_what_the_gates_tell_stands_in_the_metrics_once() -> None:
    finding = Finding(
        metric="roc_auc",
        condition="no_worse_than",
        threshold=0.01,
        verdict=Verdict.UNDECIDED,
        needed=90,
        items=50,
    )
    gate = ModelVerdict(
        name="churn", verdict=Verdict.UNDECIDED, state="evaluated", findings=(finding,), items=50
    )
    interval = Interval(estimate=0.0, low=-0.01, high=0.2, items=50)
    rows = (
        metric(verdict="UNDECIDED", interval=interval, needed=90),
        metric("latency", verdict="PASS", effect="worse"),
        replace(metric(slice="country=AT", interval=interval), file="predictions.csv"),
    )
    body = text(document(comparison(model(gate=gate, metrics=rows))))
    assert "⚠️ **UNDECIDED** (50 items): neither a PASS nor a FAIL, a reviewer decides" in body
    assert body.count("n >= 90 would decide") == 1
    assert "| `latency` | 0.8 | 0.9 | +0.1 | ✅ **PASS** | worse |" in body
    assert "| `roc_auc` where `country=AT` | 0.8 | 0.9 | +0.100 [-0.010, +0.200] |  | better |" in body
    stopped = text(document(comparison(model(gate=replace(gate, pull_request="fail"), metrics=rows))))
    assert "stops a pull request then" in stopped


def test_the_gates_say_why() -> None:
    finding = Finding(
        metric="roc_auc",
        condition="no_worse_than",
        threshold=0.01,
        verdict=Verdict.FAIL,
        change=-0.2,
        head=0.7,
    )
    gate = ModelVerdict(
        name="churn", verdict=Verdict.FAIL, state="evaluated", findings=(finding,), items=400,
        errors=(EvidenceError(kind="edited", message="the head was edited"),), warnings=(GateWarning(kind="spent", message="spent"),),
    )  # fmt: skip
    made = document(comparison(model(gate=gate, metrics=(metric(),))))
    assert text(made).startswith("## ❌ Gates failed; 1 metric better")
    assert "### Gates\n\n❌ **FAIL** (400 items)\n\n- **error**: `the head was edited`\n" in text(made)
    assert "| ❌ **FAIL** | `roc_auc` | no worse by 0.01 | -0.200 |" in text(made)
    assert "### Gates" in fit(made, 1_000).text
    evidence = text(document(comparison(model(evidence="400 items, 3 predictions changed"))))
    assert "### Gates\n\n`400 items, 3 predictions changed`" in evidence


def test_several_models_have_a_line_and_a_column() -> None:
    models = [model(f"m{number}", metrics=(metric(),)) for number in range(12)]
    body = text(document(comparison(*models, untouched=3)))
    assert "- `m0`: not verified: nothing was measured again; 1 metric better" in body
    assert "- and 2 more models" in body
    assert "3 models without a change." in body
    assert "| `m11` | `roc_auc` | 0.8 | 0.9 | +0.1 | better |" in body


def test_of_many_metrics_the_telling_ones_come_first() -> None:
    rows = [metric(f"m{number}", state="unchanged", effect="same") for number in range(30)]
    rows += [metric("worse", effect="worse"), metric("failed", verdict="FAIL", effect="same")]
    body = text(document(comparison(model(metrics=tuple(rows)))))
    assert body.index("`failed`") < body.index("`worse`") < body.index("`m0`") < body.index("`m29`")


def test_data_tell_how_many_more() -> None:
    old, new = (
        DataVersion(digest="a" * 32, size=100, rows=10),
        DataVersion(digest="b" * 32, size=90, rows=1_011),
    )
    folder = DataVersion(digest="c" * 32 + ".dir", files=3, size=5)
    rows = (
        DataRow(path="t.csv", state="changed", base=old, head=new),
        DataRow(
            path="d", state="changed", base=folder, head=replace(folder, files=2, digest="d" * 32 + ".dir")
        ),
        DataRow(path="same.csv", state="unchanged", base=old, head=old),
        DataRow(path="new.csv", state="new", head=new),
        DataRow(path="c.csv", state="changed", base=old, head=replace(old, digest="e" * 32)),
    )
    body = text(document(comparison(model(data=rows)), (), Frame(seconds=125)))
    assert "| `t.csv` | 10 rows, 100 B | 1,011 rows, 90 B | +1,001 rows |" in body
    assert "| `d` | 3 files, 5 B | 2 files, 5 B | -1 file |" in body
    assert "| `new.csv` |  | 1,011 rows, 90 B | new |" in body
    assert "| `c.csv` | 10 rows, 100 B | 10 rows, 100 B | content changed |" in body
    assert "same.csv" not in body
    assert (
        "<details><summary>Digests and cost</summary>\n\nThe run took 2 minutes 5 s. New versions of data: 285 B."
        in body
    )
    assert f"| `d` | `{'c' * 12}.dir`, 5 B | `{'d' * 12}.dir`, 5 B |" in body


def test_an_integer_of_a_thousand_digits_stays_short() -> None:
    body = text(document(comparison(model(metrics=(metric(base=10**1000, head=-(10**1000), change=None),)))))
    assert max(map(len, body.splitlines())) < 200


def test_nothing_changed_is_said() -> None:
    body = text(document(Comparison(base=BASE, head=HEAD, state="unchanged")))
    assert body == f"## ✅ No model changed\n\n`main` (`{'b' * 9}`) → `deeper` (`{'a' * 9}`)\n"


def test_what_is_left_out_first() -> None:
    rows = tuple(metric(f"metric_{number}") for number in range(400))
    data = tuple(
        DataRow(path=f"d{number}", state="new", head=DataVersion(digest="a" * 32)) for number in range(900)
    )
    fitted = fit(document(comparison(model(metrics=rows, data=data))), 40_000)
    assert fitted.left_out[0] == "Digests and cost"
    assert "`metric_399`" in fitted.text


def chart(kind: Kind = "line", base: object = None, head: object = None, **facts: object) -> Chart:
    made = Chart(
        model="churn", file="f.csv", state="changed", kind=kind, title="T", base=line(2), head=line(3)
    )
    sides = {"base": base, "head": head}
    return replace(made, **{side: part for side, part in sides.items() if part is not None}, **facts)


def line(power: int, points: int = 5, series: str = "y") -> Points:
    steps = points - 1
    return Points(tuple(Point(series, x / steps, (x / steps) ** power) for x in range(points)), "x", "y")


def test_a_curve_is_read_off_at_even_steps() -> None:
    block = chart_block(chart())
    assert '  x-axis "x" 0 --> 1\n  y-axis "y" 0 --> 1\n' in block
    assert "  line [0, 0.0625, 0.25, 0.5625, 1]\n" in block
    assert "  line [0, 0.015625, 0.125, 0.421875, 1]\n" in block


def test_a_curve_from_right_to_left_is_the_same_curve() -> None:
    turned = replace(line(2), points=line(2).points[::-1])
    assert chart_block(chart(base=turned)) == chart_block(chart())


def test_curves_of_other_lengths_are_compared_where_both_are() -> None:
    longer = Points(tuple(Point("y", float(x), float(x)) for x in range(11)), "step", "")
    shorter = Points(longer.points[:6], "step", "")
    block = chart_block(chart(base=shorter, head=longer))
    assert '  x-axis "step" 0 --> 5\n' in block
    assert block.count("line [0, 0.5, 1,") == 2


def test_a_new_chart_has_one_line() -> None:
    block = chart_block(chart(base=Absence("there is no such file")))
    assert block.count("  line [") == 1
    assert 'plotColorPalette: "#3b82f6"' in block


@pytest.mark.parametrize(
    "part",
    [
        Absence("gone"),
        Picture("data:image/png;base64,"),
        Points((), "x", "y"),
        Points((Point("y", "a", 1.0), Point("y", "b", 2.0)), "x", "y"),
        Points((Point("y", 1.0, 1.0),), "x", "y"),
        Points((Point("y", 1.0, 1.0), Point("y", 1.0, 2.0)), "x", "y"),
        Points((Point("y", 0.0, 1e300), Point("y", 1.0, -1e300)), "x", "y"),
        Points((Point("y", 0.0, None), Point("y", None, 1.0)), "x", "y"),
        Points(tuple(Point(f"s{n}", float(x), 1.0) for n in range(9) for x in range(3)), "x", "y"),
    ],
)
def test_what_cannot_be_drawn_is_named_instead(part: object) -> None:
    for kind in ("line", "bars"):
        one = chart(kind, base=part, head=part)
        if kind == "bars" and chart_block(one):
            continue
        body = text(document(comparison(model(plots=(PlotRow(file="f.csv", state="changed"),))), (one,)))
        assert "Not drawn here: `T` (" in body
        assert "mermaid" not in body


def test_bars_are_the_new_values_and_a_line_the_old() -> None:
    old = Points((Point("v", 1.0, "a"), Point("v", 3.0, "b")), "importance", "feature")
    new = Points((Point("v", 2.0, "a"), Point("v", -4.0, "b"), Point("v", 1.0, "c")), "importance", "feature")
    block = chart_block(chart("bars", base=old, head=new))
    assert 'x-axis ["b", "a", "c"]' in block
    assert "  bar [-4, 2, 1]\n  line [3, 1, 0]\n" in block


def test_confusion_is_a_table() -> None:
    old = Points((Point("", "no", "no", 5), Point("", "yes", "no", 2)), "predicted", "actual")
    new = Points((Point("", "no", "no", 7), Point("", "yes", "yes", 1)), "predicted", "actual")
    assert chart_block(chart("counts", base=old, head=new)).splitlines() == [
        "| `actual` \\ `predicted` | `no` | `yes` |",
        "| --- | ---: | ---: |",
        "| `no` | 5 → 7 | 2 → 0 |",
        "| `yes` | 0 | 0 → 1 |",
    ]


def test_only_charts_that_differ_and_only_six_are_drawn() -> None:
    charts = [chart(file=f"f{number}") for number in range(8)] + [chart(state="unchanged")]
    body = text(document(comparison(model()), charts))
    assert body.count("```mermaid") == 6
    assert "Not drawn here: `T` (one of many), `T` (one of many)." in body


@pytest.mark.parametrize(("files", "end"), [(20, "`p19.csv`."), (21, "`p19.csv` and 1 more.")])
def test_a_long_list_of_charts_has_its_end_counted(files: int, end: str) -> None:
    rows = tuple(PlotRow(file=f"p{number}.csv", state="changed") for number in range(files))
    assert f", {end}" in text(document(comparison(model(plots=rows))))


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0"), (-0.0, "0"), (1e-7, "0.0000001"), (123456789.0, "123457000"), (-1.5, "-1.5")],
)
def test_numbers_of_a_chart_have_no_exponent(value: float, said: str) -> None:
    assert digits(value) == said


def test_labels_are_distinct_and_not_empty() -> None:
    assert distinct(["a", "a", "", "a (2)", ""]) == ["a", "a (2)", "unnamed", "a (2) (2)", "unnamed (2)"]
