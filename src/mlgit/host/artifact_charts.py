"""Charts on their way from the run that reads them to the run that draws them, as JSON of a bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.dvc.plots import Absence, Chart, Picture, Points, thinned

MOST_CHARTS = 20
MOST_POINTS = 400
"""Of one chart at one moment: ten times what a comment shows, and few enough for 20 charts in 4 MB."""
LONGEST = 100
LARGEST = 3_600_000
"""Bytes of all charts."""


class ChartsForm(Struct, frozen=True, kw_only=True):
    """The whole file; reading one with more points than mlgit writes, or with a picture, raises `msgspec.ValidationError`."""

    version: Literal[2] = 2
    charts: Annotated[tuple[Chart, ...], Meta(max_length=MOST_CHARTS)] = ()

    def __post_init__(self) -> None:
        """Refuse what nobody would draw."""
        for side in (side for chart in self.charts for side in (chart.base, chart.head)):
            if isinstance(side, Points) and len(side.points) > 2 * MOST_POINTS:
                raise ValueError(f"a chart has at most {2 * MOST_POINTS:,} points")
            if isinstance(side, Picture) and side.link:
                raise ValueError("a picture stays where it was made")


def encode_charts(charts: Sequence[Chart]) -> bytes:
    """Return the charts that differ as JSON: the first 20, with as many points as a comment can show."""
    differing = [chart for chart in charts if chart.state != "unchanged"][:MOST_CHARTS]
    sent = tuple(replace(one, base=side_sent(one.base), head=side_sent(one.head)) for one in differing)
    while len(content := msgspec.json.encode(ChartsForm(charts=sent)) + b"\n") > LARGEST:
        sent = sent[:-1]
    return content


def side_sent(side: Points | Picture | Absence) -> Points | Picture | Absence:
    """Return what travels of one side: points of a bounded number, no picture."""
    if isinstance(side, Picture):
        return Picture("")
    if isinstance(side, Absence) or not side.points:
        return Absence(side.reason[:LONGEST] if isinstance(side, Absence) else "")
    names = dict.fromkeys(point.series for point in side.points)
    most = max(MOST_POINTS // max(len(names), 1), 2)
    points = [
        point for name in names for point in thinned([one for one in side.points if one.series == name], most)
    ]
    kept = tuple(replace(point, series=point.series[:LONGEST]) for point in points[: 2 * MOST_POINTS])
    return Points(kept, side.x_title[:LONGEST], side.y_title[:LONGEST])
