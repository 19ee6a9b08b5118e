"""The Vega-Lite description of a chart. No name of a repository becomes a field or an expression: only data and titles.

Reference: https://vega.github.io/vega-lite/docs/
"""

from __future__ import annotations

from typing import Any

from mlgit.dvc.plots import Chart, Point, Points

SIDES = ("base", "head")
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
HEIGHT = 260
"""Pixels."""
MOST_BARS = 16
MOST_WRITTEN = 12
"""Classes up to which the squares of a table of counts have room for their number."""


def spec(chart: Chart) -> dict[str, Any]:
    """Return the description of a chart with both moments laid over each other."""
    points = [(name, points_of(part)) for name, part in zip(SIDES, (chart.base, chart.head), strict=True)]
    rows = [record(name, point) for name, found in points for point in found.points]
    named = next((found for _, found in reversed(points) if found.points), Points((), "", ""))
    made: dict[str, Any] = {
        "$schema": SCHEMA,
        "data": {"values": rows},
        "width": "container",
        "height": HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
    }
    several = len({point.series for _, found in points for point in found.points}) > 1
    if chart.kind == "counts":
        return {"$schema": SCHEMA, "data": made["data"], **counts(rows, named)}
    if chart.kind == "bars":
        return {**made, **bars(rows, named)}
    return {**made, **curve(chart, rows, named, several=several)}


def points_of(part: object) -> Points:
    """Return the points of one moment, none where there is something else."""
    return part if isinstance(part, Points) else Points((), "", "")


def record(side: str, point: Point) -> dict[str, Any]:
    """Return one point as a row of data."""
    return {"side": side, "series": point.series, "x": point.x, "y": point.y, "count": point.count}


def curve(chart: Chart, rows: list[dict[str, Any]], named: Points, *, several: bool) -> dict[str, Any]:
    """Return lines or points, a colour for each moment, a dash for each column.

    A line goes from point to point as the file has them: a curve of recall and precision is no function of one of them.
    """
    encoding: dict[str, Any] = {
        "x": {**axis("x", rows), "title": named.x_title},
        "y": {**axis("y", rows), "title": named.y_title or None},
        "color": side_colour(),
        "tooltip": tooltips(named),
    }
    if several:
        encoding["strokeDash" if chart.kind == "line" else "shape"] = {"field": "series", "title": None}
    if chart.kind == "line":
        encoding["order"] = {"value": None}
    mark: dict[str, Any] = {"type": "line", "strokeWidth": 2, "point": len(rows) <= 120, "clip": True}
    if chart.kind == "points":
        mark = {"type": "point", "opacity": 0.5, "size": 18, "filled": True}
    zoom = (
        [{"name": "zoom", "select": "interval", "bind": "scales"}]
        if numeric(rows, "x") and numeric(rows, "y")
        else []
    )
    return {"mark": mark, "encoding": encoding, "params": zoom}


def bars(rows: list[dict[str, Any]], named: Points) -> dict[str, Any]:
    """Return horizontal bars in pairs, the longest first; of many only the longest of either moment."""
    longest: dict[Any, float] = {}
    for row in rows:
        length = abs(row["x"]) if isinstance(row["x"], float | int) else 0.0
        longest[row["y"]] = max(longest.get(row["y"], 0.0), length)
    kept = set(sorted(longest, key=lambda label: -longest[label])[:MOST_BARS])
    made: dict[str, Any] = {
        "data": {"values": [row for row in rows if row["y"] in kept]},
        "height": max(120, 24 * len(kept)),
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {"field": "y", "type": "nominal", "sort": "-x", "title": named.y_title or None},
            "yOffset": {"field": "side", "sort": list(SIDES)},
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": named.x_title,
                "axis": {"tickCount": 6, "labelOverlap": True},
            },
            "color": side_colour(),
            "tooltip": tooltips(named),
        },
    }
    if len(kept) < len(longest):
        made["title"] = {
            "text": f"the {len(kept)} longest of {len(longest)}",
            "fontSize": 11,
            "fontWeight": "normal",
        }
    return made


def counts(rows: list[dict[str, Any]], named: Points) -> dict[str, Any]:
    """Return how often each pair occurs, the two moments side by side."""
    half = max((row["count"] for row in rows), default=0) / 2
    labels = {"labelAngle": 0, "labelLimit": 70, "labelOverlap": True}
    cell = {
        "x": {"field": "x", "type": "nominal", "title": named.x_title, "axis": labels},
        "y": {"field": "y", "type": "nominal", "title": named.y_title, "axis": labels},
    }
    shade = {
        "field": "count",
        "type": "quantitative",
        "legend": None,
        "scale": {"range": ["#dbe7fb", "#1d4ed8"], "zero": True},
    }
    ink = {"condition": {"test": {"field": "count", "gt": half}, "value": "#ffffff"}, "value": "#1f2933"}
    few = len({row["x"] for row in rows}) <= MOST_WRITTEN
    number = {
        "mark": {"type": "text", "fontSize": 12},
        "encoding": {"text": {"field": "count"}, "color": ink},
    }
    square = {"mark": {"type": "rect"}, "encoding": {"color": shade, "tooltip": tooltips(named)}}
    return {
        "facet": {"column": {"field": "side", "sort": list(SIDES), "title": None}},
        "spec": {"width": 165, "height": 200, "encoding": cell, "layer": [square, *[number] * few]},
        "config": {"scale": {"bandPaddingInner": 0.02}},
    }


def side_colour() -> dict[str, Any]:
    """Return the colours of the two moments; the old one steps back."""
    return {
        "field": "side",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(SIDES), "range": ["#9aa5b1", "#3b82f6"]},
        "legend": {"orient": "top"},
    }


def tooltips(named: Points) -> list[dict[str, Any]]:
    """Return what is told where the mouse rests."""
    return [
        {"field": "side", "title": "side"},
        {"field": "series", "title": "column"},
        {"field": "x", "title": named.x_title or "x"},
        {"field": "y", "title": named.y_title or "y"},
        {"field": "count", "title": "count"},
    ]


def axis(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the encoding of one axis: numbers on a scale that need not start at zero, texts in their order."""
    if numeric(rows, name):
        return {"field": name, "type": "quantitative", "scale": {"zero": False}}
    return {"field": name, "type": "nominal", "sort": None}


def numeric(rows: list[dict[str, Any]], name: str) -> bool:
    """Tell whether every value of a column is a number or missing."""
    return all(row[name] is None or isinstance(row[name], float | int) for row in rows)
