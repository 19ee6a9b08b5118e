"""The four faces of one comparison, with everything in it that can be."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mlgit.dvc import plots
from mlgit.dvc.pipeline import Plot
from mlgit.dvc.plots import Chart
from mlgit.dvc.state import PlotFile
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
from mlgit.text import schema_text
from mlgit.views import compare, compare_tables, markdown, page, terminal
from mlgit.views.cells import Block
from mlgit.views.json_form import json_text, schema
from mlgit.views.vega_spec import spec

ROOT = Path(__file__).resolve().parents[3]
VEGA = ROOT / "src/mlgit/views/vega"
SCHEMA = ROOT / "docs/reference/schemas/compare-2.json"
FULL = Comparison(
    base=Side(name="main", commit="a" * 40),
    head=Side(name="working tree", commit=None),
    state="unreadable",
    errors=(SideError(file="mlgit.yaml", side="head", message="unknown key 'x'", where="mlgit.yaml:3"),),
    untouched=2,
    models=(
        ModelComparison(
            name="churn",
            pipeline=".",
            state="changed",
            unchanged=4,
            metrics=(
                MetricRow(
                    file="m.json", name="accuracy", state="changed", base=0.5, head=0.75, change=0.25, direction="higher",
                    effect="better", verdict="UNDECIDED", needed=3092, changed=7,
                    interval=Interval(estimate=0.0, low=-0.01, high=0.51, method="newcombe", items=100),
                ),
                MetricRow(file="m.json", name="loss", state="changed", base=1, head=2, change=1, effect="worse"),
                MetricRow(file="m.json", name="same", state="unchanged", base=1, head=1, change=0, effect="same"),
                MetricRow(file="n.json", name="", state="unreadable", reason="at the head: not JSON"),
                MetricRow(file="o.json", name="f1", state="not available", reason="away", hint="dvc fetch o.json"),
                MetricRow(file="m.json", name="auc", state="new", head="NaN"),
            ),
            parameters=(ParameterRow(file="params.yaml", name="sizes", state="changed", base=[1, 2], head=[1, 3]),),
            data=(
                DataRow(path="raw", state="changed", base=DataVersion(digest="a", files=2, size=10), head=DataVersion(rows=5)),
                DataRow(path="gone", state="gone", base=DataVersion(digest="b" * 32)),
            ),
            stages=(
                StageRow(name="new", state="new"),
                StageRow(
                    name="train", state="changed",
                    reasons=(
                        StageReason(item="command", state="changed", base="a", head="b"),
                        StageReason(item="parameter", state="changed", name="depth", base=1, head=2),
                        StageReason(item="output", state="new", name="o"),
                    ),
                ),
                StageRow(name="odd", state="changed", reason="its template needs values"),
            ),
            plots=(PlotRow(file="roc.csv", state="changed"), PlotRow(file="p.csv", state="not available", reason="away")),
        ),
    ),
)  # fmt: skip
EMPTY = Comparison(
    base=Side(name="a", commit="a" * 40), head=Side(name="b", commit="b" * 40), state="unchanged"
)


def chart(*arguments: Any) -> Chart:
    (made,) = plots.charts(*arguments)
    return made


def charts() -> list[Chart]:
    csv = PlotFile(
        plots=(Plot(name="roc.csv", files=("roc.csv",), x="x", y={"roc.csv": ("y",)}),),
        version="1",
        content=b"x,y\n0,0\n1,</script>\n",
    )
    picture = PlotFile(plots=(Plot(name="a.png", files=("a.png",)),), version="1", content=b"\x89PNG")
    broken = PlotFile(plots=(Plot(name="b.json", files=("b.json",)),), version="1", content=b"{")
    return [
        chart("churn", "roc.csv", "changed", csv, csv),
        chart("churn", "a.png", "new", None, picture),
        chart("churn", "b.json", "changed", broken, PlotFile(plots=broken.plots, version="2")),
    ]


def test_the_text_says_everything() -> None:
    text = terminal.render(blocks(FULL))
    for words in (
        "main (aaaaaaaaa) -> working tree", "unreadable at the head: mlgit.yaml:3: unknown key 'x'", "churn: changed",
        "+0.250 [-0.010, +0.510]", "UNDECIDED: n >= 3,092 would decide", "unreadable: at the head: not JSON", "not available: away (dvc fetch o.json)",
        "sizes", "[1, 3]", "2 files, 10 B", "5 rows", "command changed", "parameter depth: 1 -> 2", "output o added",
        "its template needs values", "4 more rows unchanged (--all shows them)", "2 models without a change",
    ):  # fmt: skip
        assert words in text
    assert "\x1b[32m" in terminal.render(blocks(FULL), coloured=True)
    assert "\nNothing changed." in terminal.render(blocks(EMPTY))


def test_the_markdown_says_everything() -> None:
    text = markdown.render(blocks(FULL)).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "## `main` (`aaaaaaaaa`) → working tree", "- **unreadable** at the head: `mlgit.yaml:3`: `unknown key 'x'`",
        "### `churn`: changed", "| `accuracy` in `m.json` | 0.5 | 0.75 | +0.250 [-0.010, +0.510] | ⚠️ **UNDECIDED**: n >= 3,092 would decide | better |",
        "**worse**", "unreadable: `at the head: not JSON`", "not available: `away` (`dvc fetch o.json`)", "`[1, 3]`",
        "command changed<br>parameter `depth`: 1 → 2<br>output `o` added", "4 more rows unchanged (`--all` shows them).", "| `raw` | 2 files, 10 B | 5 rows | content changed |",
    ):  # fmt: skip
        assert words in text
    assert "Nothing changed." in markdown.render(blocks(EMPTY))


def reason_text(reason: StageReason) -> str:
    return terminal.written(compare_tables.reason_line(reason), "", False)[0]


def test_reasons() -> None:
    assert reason_text(StageReason(item="command", state="changed", base="a", head="b")) == "command changed"
    assert reason_text(StageReason(item="dependency", state="new", name="x")) == "dependency x added"
    assert reason_text(StageReason(item="output", state="gone", name="x")) == "output x removed"
    assert (
        reason_text(StageReason(item="parameter", state="changed", name="p", base=1, head=2))
        == "parameter p: 1 -> 2"
    )
    assert reason_text(
        StageReason(item="definition", state="changed", name="frozen", base=False, head=True)
    ) == ("frozen: false -> true")


def test_the_json_is_what_its_schema_says() -> None:
    form = schema("compare-2")
    Draft202012Validator.check_schema(form)
    for comparison in (FULL, EMPTY):
        Draft202012Validator(form).validate(json.loads(json_text(comparison)))
    broken = json.loads(json_text(FULL))
    broken["models"][0]["state"] = "fine"
    assert list(Draft202012Validator(form).iter_errors(broken))


def test_the_published_schema_is_the_one_of_the_classes() -> None:
    assert SCHEMA.read_text() == schema_text(schema("compare-2"))
    assert SCHEMA.with_name("gate-2.json").read_text() == schema_text(schema("gate-2"))


def test_the_example_in_the_documentation_is_of_that_schema() -> None:
    text = (ROOT / "docs/reference/compare-json.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    Draft202012Validator(schema("compare-2")).validate(json.loads(example))


def blocks(comparison: Comparison, drawn: Sequence[Chart] = ()) -> tuple[Block, ...]:
    return tuple(compare.blocks(comparison, drawn))


def whole_page() -> str:
    return page.render(blocks(FULL, charts()))


def test_the_page_says_everything() -> None:
    text = whole_page()
    for words in (
        "<h1><code>main</code> (<code>aaaaaaaaa</code>) → working tree</h1>", "mlgit.yaml:3", "+0.250 [-0.010, +0.510]", '<svg class="interval warn"', "UNDECIDED", "n &gt;= 3,092 would decide",
        "dvc fetch o.json", "[1, 3]", "command changed<br>parameter <code>depth</code>: 1 → 2", "data:image/png;base64,iVBORw==",
        "base: there is no such file", "is not valid JSON", "the cache of this machine does not have it",
    ):  # fmt: skip
        assert words in text
    assert "Nothing changed." in page.render(blocks(EMPTY))


def test_the_page_reaches_nothing_and_is_told_so() -> None:
    text = whole_page()
    assert "default-src 'none'" in text
    without_scripts = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.findall(r"(?:src|href)=\"(?!data:)", without_scripts)
    assert "http" not in without_scripts.replace("http-equiv", "")
    assert "unsafe-eval" not in text


def test_points_cannot_leave_their_script() -> None:
    text = whole_page()
    described = re.findall(
        r'<script type="application/json" id="charts">(.*?)</script>', text, flags=re.DOTALL
    )
    (found,) = [json.loads(one) for one in described]
    assert found[0]["data"]["values"][1]["y"] == "</script>"
    assert text.count("</script>") == text.count("<script") == 5
    assert not re.search("[<>&]", described[0])


def test_a_page_without_plots_carries_no_scripts() -> None:
    text = page.render(blocks(FULL))
    assert "<script" not in text
    assert len(text) < 20_000


def test_the_vendored_scripts_are_those_of_the_notice() -> None:
    notice = (VEGA / "NOTICE.md").read_text()
    for name in page.SCRIPTS:
        content = (VEGA / name).read_bytes()
        row = next(line for line in notice.splitlines() if line.startswith(f"| `{name}`"))
        assert sha256(content).hexdigest() in row
        licence = re.findall(r"LICENSE\.[a-z-]+\.txt", row)
        assert "Redistribution and use" in (VEGA / licence[0]).read_text()
        assert b"</script" not in content
        assert b"<!--" not in content


def drawn(template: str, content: bytes, **options: Any) -> dict[str, Any]:
    file = PlotFile(
        plots=(Plot(name="p.csv", files=("p.csv",), template=template, **options),),
        version="1",
        content=content,
    )
    return spec(chart("m", "p.csv", "changed", file, file))


def test_charts_by_the_templates_of_dvc() -> None:
    columns = b"x,y,z\n1,2,a\n2,3,b\n"
    line = drawn("linear", columns, x="x", y={"p.csv": ("y",)})
    assert (line["mark"]["type"], line["encoding"]["x"]["title"], line["params"][0]["bind"]) == (
        "line",
        "x",
        "scales",
    )
    assert drawn("scatter", columns, x="x", y={"p.csv": ("y",)})["mark"]["type"] == "point"
    assert drawn("bar_horizontal", columns, x="x", y={"p.csv": ("z",)})["mark"]["type"] == "bar"
    counts = drawn("confusion", columns, x="z", y={"p.csv": ("z",)})
    assert [row["count"] for row in counts["data"]["values"]] == [1, 1, 1, 1]
    several = drawn("linear", columns, x="z", y={"p.csv": ("x", "y")})
    assert several["encoding"]["strokeDash"]["field"] == "series"
    assert (several["params"], several["encoding"]["x"]["type"]) == ([], "nominal")
    assert drawn("own_template", columns)["encoding"]["x"]["title"] == "step"


def test_of_many_bars_the_longest_of_either_moment_are_shown() -> None:
    old = "x,y\n" + "".join(f"{number},bar{number}\n" for number in range(30))
    new = "x,y\n-99,bar0\n,bar1\n"
    plot = Plot(name="p.csv", files=("p.csv",), template="bar_horizontal_sorted", x="x", y={"p.csv": ("y",)})
    sides = [PlotFile(plots=(plot,), version=str(len(text)), content=text.encode()) for text in (old, new)]
    made = spec(chart("m", "p.csv", "changed", *sides))
    labels = {row["y"] for row in made["data"]["values"]}
    assert labels == {"bar0", *(f"bar{number}" for number in range(15, 30))}
    assert made["title"]["text"] == "the 16 longest of 30"


@pytest.mark.parametrize("name", ["datum.x", "__proto__", "x['y']", "a.b", "${x}", "');alert(1)//"])
def test_no_name_of_a_column_becomes_a_field_or_an_expression(name: str) -> None:
    made = drawn("linear", f'"{name}",y\n1,2\n'.encode(), x=name, y={"p.csv": ("y",)})
    assert made["encoding"]["x"]["field"] == "x"
    assert made["encoding"]["x"]["title"] == name
    assert {tuple(row) for row in made["data"]["values"]} == {("side", "series", "x", "y", "count")}
