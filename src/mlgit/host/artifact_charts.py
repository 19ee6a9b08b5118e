"""Charts on their way from the run that reads them to the run that draws them, as JSON of a bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.dvc.plots import Absence, Chart, Kind, Picture, Point, Points, thinned
from mlgit.metrics.comparison import State

MOST_CHARTS = 20
MOST_POINTS = 400
"""Of one chart at one moment: ten times what a comment shows, and few enough for 20 charts in 4 MB."""
LONGEST = 100


class SideForm(Struct, frozen=True, kw_only=True):
    """One chart at one moment: its points, or why there are none."""

    points: Annotated[tuple[Point, ...], Meta(max_length=2 * MOST_POINTS)] = ()
    x_title: str = ""
    y_title: str = ""
    absence: str = ""
    picture: bool = False

    def value(self) -> Points | Picture | Absence:
        """Return what a chart holds; a picture stays behind."""
        if self.picture:
            return Picture("")
        return Points(self.points, self.x_title, self.y_title) if self.points else Absence(self.absence)


class ChartForm(Struct, frozen=True, kw_only=True):
    """One chart."""

    model: str
    file: str
    state: State
    kind: Kind
    title: str
    base: SideForm
    head: SideForm

    def value(self) -> Chart:
        """Return the chart."""
        return Chart(
            model=self.model,
            file=self.file,
            state=self.state,
            kind=self.kind,
            title=self.title,
            base=self.base.value(),
            head=self.head.value(),
        )


class ChartsForm(Struct, frozen=True, kw_only=True):
    """The whole file."""

    version: Literal[1] = 1
    charts: Annotated[tuple[ChartForm, ...], Meta(max_length=MOST_CHARTS)] = ()


def encode_charts(charts: Sequence[Chart]) -> bytes:
    """Return the charts that differ as JSON: the first 20, with as many points as a comment can show."""
    differing = [chart for chart in charts if chart.state != "unchanged"][:MOST_CHARTS]
    forms = tuple(
        ChartForm(
            model=chart.model,
            file=chart.file,
            state=chart.state,  # type: ignore[arg-type]
            kind=chart.kind,
            title=chart.title,
            base=side_form(chart.base),
            head=side_form(chart.head),
        )
        for chart in differing
    )
    return msgspec.json.encode(ChartsForm(charts=forms)) + b"\n"


def side_form(side: Points | Picture | Absence) -> SideForm:
    """Return what travels of one moment."""
    if isinstance(side, Picture):
        return SideForm(picture=True)
    if isinstance(side, Absence):
        return SideForm(absence=side.reason[:LONGEST])
    names = dict.fromkeys(point.series for point in side.points)
    most = max(MOST_POINTS // max(len(names), 1), 2)
    points = [
        point for name in names for point in thinned([one for one in side.points if one.series == name], most)
    ]
    kept = tuple(replace(point, series=point.series[:LONGEST]) for point in points[: 2 * MOST_POINTS])
    return SideForm(points=kept, x_title=side.x_title[:LONGEST], y_title=side.y_title[:LONGEST])
