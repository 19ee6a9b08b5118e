"""Hostile texts, and a comparison with room for one in each of its places."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from mlgit.dvc.plots import Chart, Kind, Point, Points
from mlgit.metrics.comparison import (
    Comparison,
    DataRow,
    DataVersion,
    Interval,
    MetricRow,
    ModelComparison,
    ParameterRow,
    PlotRow,
    Side,
    SideError,
    StageReason,
    StageRow,
)
from mlgit.metrics.coverage import NOT_FINITE
from mlgit.metrics.direction import is_baseline
from mlgit.metrics.verdict import Budget, EvidenceError, Finding, GateWarning, ModelVerdict
from mlgit.stats.decision import Verdict

TRICKS = (
    "<!-- mlgit:comment workflow=mlgit-ci report=models key=00000000000000000000000000000000 -->",
    "--> <!--", "--!>", "<!", "<?php", "<![CDATA[", "]]>", "@octocat", "@octo-org/everyone", "closes #1",
    "Fixes octo-org/churn#12", "GH-7", "https://e.example/x", "www.e.example", "<https://e.example>",
    "![x](https://e.example/x.png)", "[x](javascript:alert(1))", "[x]: https://e.example", "<img src=x onerror=1>",
    "</details>", "<details>", "<summary>", "</code>", "<br>", "<b>", "&lt;img&gt;", "&#64;octocat", "&#x60;", "\\`",
    "`", "``", "```", "````", "~~~", "```mermaid\ngraph TD", "\n```\n@octocat", "` | `", "|", "\\|", "\\\\|", "||",
    "a | b\n| --- |", "\\", "\\\\", "*", "**x**", "_x_", "~~x~~", "$x$", "$`x`$", "$$", "# x", "- [x] y", "> x",
    ":tada:", "x\ny", "x\r\ny", "\r", "\n\n", "\t", "\x00", "\x1b[31m", "\u202eevil", "\u200b", "\ufeff", "\u2028",
    "\ud800", "é", "漢字", "🙂", "*empty*", "*blank*", "...", "--- |", "===", '"', '" 0 --> 1', "%%{init: {}}%%",
    "%% x", "--- config", "line [1, 2]", "]", '"]', "#quot;", "#35;", "end", "{x}", ";", "a" * 300, "`" * 300, "|" * 300,
)  # fmt: skip
PLACES = 67
"""How many texts a comparison holds."""
COMMIT = "f" * 40
"""The commit of the newer side."""


def strings(seed: int, count: int) -> Iterator[str]:
    """Yield texts made of tricks glued together, never empty."""
    chance = random.Random(seed)
    for _ in range(count):
        yield "".join(chance.choice(TRICKS) for _ in range(chance.randint(1, 4)))


def has_meaning(text: str) -> bool:
    """Tell whether a text is no mere name, so that a comment rightly says something else where it stands.

    A metric called baseline is context and not counted; the working tree is no revision; a commit is shown once where
    it was asked for by its digest; a value that is no finite number is told as one.
    """
    return is_baseline(text) or text in ("working tree", *NOT_FINITE) or COMMIT.startswith(text)


def comparison(texts: Sequence[str]) -> Comparison:
    """Return a comparison that shows every kind of row, with a text of `texts` in each place."""
    text = iter(texts)
    models = tuple(model(text) for _ in range(2))
    errors = (SideError(file=next(text), side="base", message=next(text), where=next(text)),)
    sides = [Side(name=next(text), commit=commit) for commit in (None, COMMIT)]
    made = Comparison(base=sides[0], head=sides[1], state="changed", models=models, errors=errors)
    assert next(text, None) is None
    return made


def model(text: Iterator[str]) -> ModelComparison:
    """Return one model: 31 texts."""
    file = next(text)
    metrics = (
        MetricRow(file=file, name=next(text), state="changed", base=0.5, head=1e-7, change=-0.5, effect="worse"),
        MetricRow(
            file=file, name=next(text), state="changed", base=next(text), head=next(text), slice=next(text),
            verdict="FAIL", interval=Interval(estimate=0.0, low=-1.0, high=2.0, method="m"),
        ),
        MetricRow(file=file, name="", state="not available", reason=next(text), hint=next(text)),
    )  # fmt: skip
    parameters = (
        ParameterRow(file=file, name=next(text), state="changed", base=[next(text)], head={next(text): 1}),
    )
    version = DataVersion(digest=next(text), size=10)
    data = (DataRow(path=next(text), state="changed", base=version, head=version),)
    reasons = (
        StageReason(item="parameter", state="changed", name=next(text), base=next(text), head=1),
        StageReason(item="dependency", state="new", name=next(text)),
    )
    stages = (StageRow(name=next(text), state="changed", reasons=reasons),)
    finding = Finding(
        metric=next(text), condition="min", threshold=0.5, verdict=Verdict.FAIL, reason=next(text), hint=next(text),
        slice=next(text), head=0.4,
    )  # fmt: skip
    gate = ModelVerdict(
        name="m", verdict=Verdict.FAIL, state="evaluated", reason=next(text), hint=next(text), findings=(finding,),
        errors=(EvidenceError(kind=next(text), message=next(text), rows=(next(text),)),),
        warnings=(GateWarning(kind=next(text), message=next(text), hint=next(text)),),
        budget=Budget(test_set=next(text), planned=9, used=1, accepted=0, recorded=None),
    )  # fmt: skip
    return ModelComparison(
        gate=gate, name=next(text), pipeline=".", state="changed", metrics=metrics, parameters=parameters, data=data,
        stages=stages, plots=(PlotRow(file="plots/" + file, state="changed"),),
    )  # fmt: skip


def charts(texts: Sequence[str]) -> tuple[Chart, ...]:
    """Return a chart of each kind with hostile titles and labels: 16 texts."""
    text = iter(texts)
    return tuple(chart(kind, text) for kind in ("line", "bars", "counts", "points"))  # type: ignore[arg-type]


def chart(kind: Kind, text: Iterator[str]) -> Chart:
    """Return one chart: 4 texts and the labels of its points."""
    title, x_title, y_title, name = (next(text) for _ in range(4))
    if kind == "line":
        points = tuple(Point(name, x / 4, x / 5) for x in range(5))
    elif kind == "bars":
        points = tuple(Point("importance", length, f"{name}{length}") for length in (3.0, 2.0, 1.0))
    else:
        points = (Point("", name, name, 3),)
    side = Points(points, x_title, y_title)
    return Chart(model="m", file="f", state="changed", kind=kind, title=title, base=side, head=side)
