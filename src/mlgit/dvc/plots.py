"""Read the points that DVC plots (CSV, TSV, JSON, YAML) and tell which chart they make. Pure.

Reference: https://dvc.org/doc/user-guide/experiment-management/visualizing-plots
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, Literal

from msgspec import Struct

from mlgit.dvc import values
from mlgit.dvc.content import NOT_IN_CACHE
from mlgit.dvc.pipeline import Plot
from mlgit.dvc.state import PlotFile
from mlgit.errors import MlgitError, UsageError
from mlgit.metrics.comparison import State

Kind = Literal["line", "points", "bars", "counts", "image"]
KINDS: dict[str, Kind] = {
    "scatter": "points",
    "scatter_jitter": "points",
    "bar_horizontal": "bars",
    "bar_horizontal_sorted": "bars",
    "confusion": "counts",
    "confusion_normalized": "counts",
}
IMAGES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}
MOST_POINTS = 2_000
MAXIMUM_IMAGE = 2_000_000


class Point(Struct, frozen=True):
    """One point: which column it is of, and its two values (numbers or texts)."""

    series: str
    x: float | str | None
    y: float | str | None
    count: int = 1


class Points(Struct, frozen=True, tag="points"):
    """What one file holds at one moment; `thinned` counts the points left out."""

    points: tuple[Point, ...]
    x_title: str
    y_title: str
    thinned: int = 0


class Picture(Struct, frozen=True, tag="picture"):
    """A picture as an address that holds it."""

    link: str


class Absence(Struct, frozen=True, tag="absence"):
    """Why there is nothing to show."""

    reason: str


class Chart(Struct, frozen=True, kw_only=True):
    """One plot, old against new. `state` is that of its row in the comparison."""

    model: str
    file: str
    state: State
    kind: Kind
    title: str
    base: Points | Picture | Absence
    head: Points | Picture | Absence


def is_image(path: str) -> bool:
    """Tell whether a plot is a picture that a browser shows."""
    return path.rpartition(".")[2].lower() in IMAGES


def kind_of(path: str, plot: Plot) -> Kind:
    """Return which chart a plot makes; a template that is not DVC's own is drawn as a line."""
    return "image" if is_image(path) else KINDS.get(plot.template, "line")


def read(content: bytes, path: str, plot: Plot) -> Points:
    """Return the points of a file; raises `UsageError` (`plot-...`) when it holds none."""
    records = read_records(content, path, header=plot.header)
    if not records:
        return Points((), plot.x_label or plot.x, plot.y_label)
    names = list(records[0])
    columns = columns_of(path, plot) or names[-1:]
    missing = next((name for name in [*columns, *([plot.x] if plot.x else [])] if name not in names), None)
    if missing is not None:
        raise UsageError("plot-column", f"{path} has no column {missing!r}", where=path)
    x_title = plot.x_label or plot.x or "step"
    y_title = plot.y_label or (columns[0] if len(columns) == 1 else "")
    kind = kind_of(path, plot)
    if kind == "counts":
        return Points(counted(records, plot.x or names[0], columns[0]), x_title, y_title)
    points = [
        Point(column, plain(record.get(plot.x)) if plot.x else number, plain(record.get(column)))
        for column in columns
        for number, record in enumerate(records)
    ]
    kept = thinned(points, MOST_POINTS)
    return Points(tuple(kept), x_title, y_title, len(points) - len(kept))


def columns_of(path: str, plot: Plot) -> list[str]:
    """Return the columns to draw of one of the files of a plot."""
    for file, columns in plot.y.items():
        if path == file or path.endswith("/" + file):
            return list(columns)
    return list(next(iter(plot.y.values()), ())) if len(plot.y) == 1 else []


def read_records(content: bytes, path: str, *, header: bool = True) -> Sequence[Mapping[str, Any]]:
    """Return the rows of a file by the names of their columns; without a `header` these are 0, 1, 2 ..., as for DVC."""
    suffix = path.rpartition(".")[2].lower()
    if suffix in ("csv", "tsv"):
        return table_records(content, path, "\t" if suffix == "tsv" else ",", header=header)
    tree = values.nested(content, path)
    found = first_list(tree)
    if found is None:
        raise UsageError("plot-shape", f"{path} holds no list of points", where=path)
    return [{str(key): value for key, value in one.items()} for one in found]


def table_records(content: bytes, path: str, separator: str, *, header: bool) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    import csv

    try:
        rows = [
            row for row in csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=separator) if row
        ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError("plot-table", f"{path} is not a table in UTF-8: {error}", where=path) from error
    if not rows:
        return []
    names = rows[0] if header else [str(number) for number in range(len(rows[0]))]
    return [
        {name: value for name, value in zip_longest(names, row[: len(names)], fillvalue="") if name}
        for row in (rows[1:] if header else rows)
    ]


def first_list(tree: Any) -> list[Mapping[str, Any]] | None:
    """Return the first list of mappings in nested values, as DVC looks for it."""
    if isinstance(tree, list) and all(isinstance(one, dict) for one in tree):
        return tree
    if isinstance(tree, dict):
        for value in tree.values():
            found = first_list(value)
            if found is not None:
                return found
    return None


def plain(value: Any) -> float | str | None:
    """Return a value of a point: a number where it is one, else a text; what is not finite is left out."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)[:100]
    return number if abs(number) < float("inf") else None


def counted(records: Sequence[Mapping[str, Any]], x: str, y: str) -> tuple[Point, ...]:
    """Return how often each pair of values occurs."""
    found: dict[tuple[str, str], int] = {}
    for record in records:
        pair = (str(record.get(x, ""))[:100], str(record.get(y, ""))[:100])
        found[pair] = found.get(pair, 0) + 1
    return tuple(Point("", across, up, count) for (across, up), count in sorted(found.items()))


def thinned(points: list[Point], most: int) -> list[Point]:
    """Return at most `most` points, evenly chosen, the first and the last among them."""
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    return [points[round(number * step)] for number in range(most)]


def image_link(content: bytes, path: str) -> str:
    """Return a picture as a `data:` address; raises `UsageError` when it is too large for a page."""
    from base64 import b64encode

    if len(content) > MAXIMUM_IMAGE:
        raise UsageError("plot-image", f"{path} is larger than {MAXIMUM_IMAGE:,} bytes", where=path)
    kind = IMAGES[path.rpartition(".")[2].lower()]
    return f"data:{kind};base64,{b64encode(content).decode()}"


def charts(model: str, file: str, state: State, base: PlotFile | None, head: PlotFile | None) -> list[Chart]:
    """Return the charts of one file with both moments in each, drawn as the head declares them."""
    declared = head or base
    return [
        Chart(
            model=model,
            file=file,
            state=state,
            kind=kind_of(file, plot),
            title=plot.title or (plot.name if plot.name != file else file),
            base=side(file, plot, base),
            head=side(file, plot, head),
        )
        for plot in (declared.plots if declared else (Plot(name=file, files=()),))
    ]


def side(file: str, plot: Plot, held: PlotFile | None) -> Points | Picture | Absence:
    """Return what a file holds at one moment, or why nothing can be shown."""
    if held is None or not held.version:
        return Absence("there is no such file")
    if held.content is None:
        return Absence(held.reason or NOT_IN_CACHE)
    known = next((one for one in held.plots if one.name == plot.name), plot)
    try:
        if is_image(file):
            return Picture(image_link(held.content, file))
        return read(held.content, file, known)
    except MlgitError as error:
        return Absence(error.message)
