"""A comparison as one HTML file that needs no network: the tables, and the plots of both moments in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from mlgit.dvc.plots import Absence, Chart, Picture, Points
from mlgit.metrics.comparison import (
    Comparison,
    DataRow,
    MetricRow,
    ModelComparison,
    ParameterRow,
    Problem,
    Side,
    StageRow,
)
from mlgit.text import counted, value_text
from mlgit.views.escape import html, script_json
from mlgit.views.gate_html import gate_part
from mlgit.views.interval_bar import interval_bar
from mlgit.views.vega_spec import spec
from mlgit.views.wording import changed_by, judged_text, metric_name, needed_text, reason_text, version_text

FOLDER = Path(__file__).with_name("vega")
SCRIPTS = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:"
)
"""What a browser lets the page do: run what stands in it, and reach nothing outside of it."""


def render(comparison: Comparison, charts: Sequence[Chart] = ()) -> str:
    """Return the whole page."""
    title = f"{side_text(comparison.base)} → {side_text(comparison.head)}"
    drawn = [chart for chart in charts if isinstance(chart.base, Points) or isinstance(chart.head, Points)]
    body = [f"<h1>{title}</h1>", f'<p class="state {slug(comparison.state)}">{html(comparison.state)}</p>']
    body += problem_list(comparison.problems)
    for model in comparison.models:
        body += model_part(model, [chart for chart in charts if chart.model == model.name], drawn)
    if not comparison.models and not comparison.problems:
        body.append("<p>Nothing changed.</p>")
    if comparison.untouched:
        body.append(f'<p class="quiet">{counted(comparison.untouched, "model")} without a change.</p>')
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>mlgit: {title_text(comparison)}</title>",
        f"<style>{(FOLDER / 'page.css').read_text('utf-8')}</style>",
    ]
    parts = ["<!doctype html>", '<html lang="en"><head>', *head, "</head><body><main>", *body, "</main>"]
    return "\n".join([*parts, *(scripts(drawn) if drawn else []), "</body></html>"]) + "\n"


def scripts(charts: Sequence[Chart]) -> list[str]:
    """Return Vega and the descriptions of the charts, safe inside their script elements."""
    described = msgspec.json.encode([spec(chart) for chart in charts]).decode()
    return [
        *(f"<script>{script_text(name)}</script>" for name in SCRIPTS),
        f'<script type="application/json" id="charts">{script_json(described)}</script>',
        f"<script>{(FOLDER / 'page.js').read_text('utf-8')}</script>",
    ]


def script_text(name: str) -> str:
    """Return a vendored script without its reference to a map of its source."""
    text = (FOLDER / name).read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//# sourceMappingURL="))


def side_text(side: Side) -> str:
    """Return how a moment is called."""
    if side.commit is None:
        return html(side.name)
    short = f"<code>{html(side.commit[:9])}</code>"
    return short if side.commit.startswith(side.name) else f"{html(side.name)} ({short})"


def title_text(comparison: Comparison) -> str:
    """Return the title of the page's window."""
    return f"{html(comparison.base.name)} → {html(comparison.head.name)}"


def slug(state: str) -> str:
    """Return a state as the name of a style."""
    return state.replace(" ", "-")


def model_part(model: ModelComparison, charts: Sequence[Chart], drawn: Sequence[Chart]) -> list[str]:
    """Return the section of one model."""
    made = [
        "<section>",
        f'<h2>{html(model.name)} <span class="state {slug(model.state)}">{html(model.state)}</span></h2>',
        *problem_list(model.problems),
        *evidence_part(model),
        *metric_table(model.metrics),
        *parameter_table(model.parameters),
        *data_table(model.data),
        *stage_table(model.stages),
    ]
    if charts:
        made += ["<h3>Plots</h3>", '<div class="charts">']
        made += [line for chart in charts for line in chart_part(chart, drawn)]
        made.append("</div>")
    if model.unchanged:
        made.append(f'<p class="quiet">{counted(model.unchanged, "more row")} unchanged.</p>')
    return [*made, "</section>"]


def problem_list(problems: Sequence[Problem]) -> list[str]:
    """Return the files that cannot be read."""
    items = [
        f"<li><strong>unreadable</strong> at the {problem.side}: <code>{html(problem.where or problem.file)}</code>: "
        f"{html(problem.message)}</li>"
        for problem in problems
    ]
    return ['<ul class="problems">', *items, "</ul>"] if items else []


def table(title: str, header: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Return a table; a header that starts with `#` is that of numbers; each row has a style and its cells."""
    numbers = [name.startswith("#") for name in header]
    made = [f"<h3>{title}</h3>", '<div class="table"><table><thead><tr>']
    made.append(
        "".join(
            f"<th{number_class(number)}>{name.lstrip('#')}</th>"
            for name, number in zip(header, numbers, strict=True)
        )
    )
    made.append("</tr></thead><tbody>")
    for style, cells in rows:
        inside = "".join(
            f"<td{number_class(number)}>{cell}</td>" for cell, number in zip(cells, numbers, strict=True)
        )
        made.append(f'<tr class="{style}">{inside}</tr>')
    return [*made, "</tbody></table></div>"]


def number_class(number: bool) -> str:
    """Return the class of a cell that holds a number."""
    return ' class="number"' if number else ""


def metric_table(rows: Sequence[MetricRow]) -> list[str]:
    """Return the table of the metrics."""
    several = len({row.file for row in rows}) > 1
    intervals = any(row.interval is not None for row in rows)
    verdicts = any(row.verdict is not None for row in rows)
    header = ["metric", "#base", "#head", f"#change{' [95 %]' * intervals}"]
    header += [*[""] * intervals, *["verdict"] * verdicts, ""]
    cells = [
        (
            f"{slug(row.state)} {row.judgement}",
            [
                metric_cell(row, several),
                html(value_text(row.base)),
                html(value_text(row.head)),
                html(changed_by(row)),
                *[interval_cell(row)] * intervals,
                *[verdict_cell(row)] * verdicts,
                note_cell(row.state, row.reason, row.hint) or judged_text(row.judgement),
            ],
        )
        for row in rows
    ]
    return table("Metrics", header, cells) if rows else []


def evidence_part(model: ModelComparison) -> list[str]:
    """Return what the gates say, or what the intervals rest on."""
    if model.gate is not None and model.gate.verdict is not None:
        return gate_part(model.gate)
    return [f'<p class="quiet">{html(model.evidence)}</p>'] if model.evidence else []


def metric_cell(row: MetricRow, several: bool) -> str:
    """Return how a metric is called: with its slice, or with its file where there are several."""
    if row.slice:
        return f'<code>{html(row.name)}</code> <span class="quiet">{html(row.slice)}</span>'
    return name_cell(row.file, row.name, several)


def interval_cell(row: MetricRow) -> str:
    """Return the bar of the interval of a change; empty when there is none."""
    if row.interval is None or row.change is None:
        return ""
    return interval_bar(row.change, row.interval, style=str(row.verdict or row.judgement).lower())


def verdict_cell(row: MetricRow) -> str:
    """Return the verdict of a metric's gates, with the number of items that would decide."""
    if row.verdict is None:
        return ""
    needed = needed_text(row.needed, row.interval.items if row.interval else None)
    shown = f'<span class="verdict {row.verdict.lower()}">{row.verdict}</span>'
    return f'{shown} <span class="quiet">{html(needed)}</span>' if needed else shown


def parameter_table(rows: Sequence[ParameterRow]) -> list[str]:
    """Return the table of the parameters."""
    several = len({row.file for row in rows}) > 1
    cells = [
        (
            slug(row.state),
            [
                name_cell(row.file, row.name, several),
                html(value_text(row.base)),
                html(value_text(row.head)),
                note_cell(row.state, row.reason, row.hint),
            ],
        )
        for row in rows
    ]
    return table("Parameters", ["parameter", "#base", "#head", ""], cells) if rows else []


def data_table(rows: Sequence[DataRow]) -> list[str]:
    """Return the table of the data."""
    cells = [
        (
            slug(row.state),
            [
                f"<code>{html(row.path)}</code>",
                version_text(row.base),
                version_text(row.head),
                note_cell(row.state, row.reason, row.hint),
            ],
        )
        for row in rows
    ]
    return table("Data", ["data", "base", "head", ""], cells) if rows else []


def stage_table(rows: Sequence[StageRow]) -> list[str]:
    """Return the table of the stages."""
    cells = [
        (
            slug(row.state),
            [
                f"<code>{html(row.name)}</code>",
                html(row.state),
                "<br>".join(html(reason_text(reason)) for reason in row.reasons) or html(row.reason),
            ],
        )
        for row in rows
    ]
    return table("Stages", ["stage", "", "what"], cells) if rows else []


def name_cell(file: str, name: str, several: bool) -> str:
    """Return how a value of a file is called, with its file where there are several."""
    shown = f"<code>{html(metric_name(file, name))}</code>"
    return f'{shown} <span class="quiet">{html(file)}</span>' if several and name else shown


def note_cell(state: str, reason: str, hint: str) -> str:
    """Return a state that is not plain from the values, why, and the command that helps."""
    said = "" if state in ("changed", "unchanged") else html(state)
    if reason:
        said += f"{': ' if said else ''}{html(reason)}"
    return f"{said} (<code>{html(hint)}</code>)" if hint else said


def chart_part(chart: Chart, drawn: Sequence[Chart]) -> list[str]:
    """Return one plot: a place that Vega fills, two pictures, or why there is nothing to see."""
    made = ["<figure>", f"<figcaption>{html(chart.title)} {chart_notes(chart)}</figcaption>"]
    if chart in drawn:
        made.append(f'<div class="chart" data-chart="{drawn.index(chart)}"></div>')
    pictures = [
        (name, part)
        for name, part in (("base", chart.base), ("head", chart.head))
        if isinstance(part, Picture)
    ]
    made += [f'<img alt="{html(chart.file)}, {name}" src="{html_link(part)}">' for name, part in pictures]
    return [*made, "</figure>"]


def html_link(picture: Picture) -> str:
    """Return the address of a picture for an attribute: base64 needs no escaping beyond its own alphabet."""
    return picture.link.replace('"', "")


def chart_notes(chart: Chart) -> str:
    """Return what is to be said about a plot: its file, its state, what is missing, how many points were left out."""
    notes = [f"<code>{html(chart.file)}</code>", html(chart.state)]
    for name, part in (("base", chart.base), ("head", chart.head)):
        if isinstance(part, Absence):
            notes.append(f"{name}: {html(part.reason)}")
        elif isinstance(part, Points) and part.thinned:
            notes.append(f"{name}: {counted(part.thinned, 'point')} left out")
    return f'<span class="quiet">{", ".join(notes)}</span>'
