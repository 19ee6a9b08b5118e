"""Points of plots from every kind of file, and what is wrong with some."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc import plots
from mlgit.dvc.pipeline import Plot
from mlgit.dvc.plots import Absence, Chart, Picture, Point, Points
from mlgit.dvc.state import PlotFile
from mlgit.errors import UsageError


def plot(name: str = "p.csv", **options: object) -> Plot:
    return Plot(name=name, files=(name,), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"x,y\n1,2\n3,4\n", "p.csv"),
        (b"x\ty\n1\t2\n3\t4\n", "p.tsv"),
        (b'[{"x": 1, "y": 2}, {"x": 3, "y": 4}]', "p.json"),
        (b'{"meta": 1, "points": {"all": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}}', "p.json"),
        (b"- {x: 1, y: 2}\n- {x: 3, y: 4}\n", "p.yaml"),
        (b"\xef\xbb\xbfx,y\n1,2\n3,4\n", "p.csv"),
    ],
)
def test_the_same_points_from_every_format(content: bytes, path: str) -> None:
    found = plots.read(content, path, plot(path, x="x", y={path: ("y",)}))
    assert found == Points((Point("y", 1, 2), Point("y", 3, 4)), "x", "y")


def test_without_columns_the_last_is_drawn_over_the_steps() -> None:
    found = plots.read(b"a,b\n5,6\n7,8\n", "p.csv", plot())
    assert found == Points((Point("b", 0, 6), Point("b", 1, 8)), "step", "b")


def test_a_file_of_a_joined_plot_is_found_by_its_end() -> None:
    joined = plot("both", y={"one.csv": ("loss",), "two.csv": ("acc",)})
    assert plots.read(b"loss,acc\n1,2\n", "models/a/two.csv", joined).points[0].series == "acc"


def test_numbers_texts_and_nothing() -> None:
    values = [plots.plain(value) for value in ("1e-3", "x", "", None, True, "nan", "inf", 2, "x" * 200)]
    assert values == [0.001, "x", None, None, "true", None, None, 2.0, "x" * 100]


def test_many_points_are_thinned_evenly_with_both_ends() -> None:
    content = b"x\n" + b"".join(b"%d\n" % number for number in range(10_001))
    found = plots.read(content, "p.csv", plot())
    assert (len(found.points), found.thinned) == (2_000, 8_001)
    assert (found.points[0].y, found.points[-1].y) == (0, 10_000)


@pytest.mark.parametrize(
    ("content", "path", "code"),
    [
        (b"a,b\n1,2\n", "p.csv", "plot-column"),
        (b"\xff\n1\n", "p.csv", "plot-table"),
        (b"{}", "p.json", "plot-shape"),
        (b"[1, 2]", "p.json", "plot-shape"),
        (b"{", "p.json", "values-json"),
    ],
)
def test_what_holds_no_points_is_named(content: bytes, path: str, code: str) -> None:
    with pytest.raises(UsageError) as caught:
        plots.read(content, path, plot(path, x="none"))
    assert caught.value.code == code
    assert caught.value.where.startswith(path)


def test_an_empty_table_has_no_points() -> None:
    assert plots.read(b"x,y\n", "p.csv", plot(x="x")).points == ()


def chart(*arguments: Any) -> Chart:
    (made,) = plots.charts(*arguments)
    return made


def test_sides_of_a_chart() -> None:
    points = PlotFile(plots=(plot(title="T"),), version="1", content=b"x\n1\n")
    made = chart("m", "p.csv", "new", None, points)
    assert (made.title, made.kind) == ("T", "line")
    assert isinstance(made.base, Absence)
    assert isinstance(made.head, Points)
    image = PlotFile(plots=(plot("a.svg"),), version="1", content=b"<svg/>")
    shown = chart(
        "m",
        "a.svg",
        "changed",
        image,
        PlotFile(plots=(plot("a.svg"),), version="2", content=b"x" * 2_000_001),
    )
    assert shown.base == Picture("data:image/svg+xml;base64,PHN2Zy8+")
    assert isinstance(shown.head, Absence)
    assert isinstance(chart("m", "p.csv", "new", None, PlotFile(plots=(plot(),), version="1")).head, Absence)


@given(st.binary(max_size=100), st.sampled_from(["p.csv", "p.tsv", "p.json", "p.yaml"]))
def test_bytes_are_points_or_an_absence(content: bytes, path: str) -> None:
    found = plots.side(path, plot(path), PlotFile(plots=(plot(path),), version="1", content=content))
    assert isinstance(found, Points | Absence)


def test_a_table_without_a_header_has_numbers_for_names() -> None:
    found = plots.read(b"1,2\n3,4\n\n5\n", "p.csv", plot(x="0", y={"p.csv": ("1",)}, header=False))
    assert [(point.x, point.y) for point in found.points] == [(1.0, 2.0), (3.0, 4.0), (5.0, None)]


def test_every_plot_of_a_file_is_drawn_as_the_head_declares_it() -> None:
    one = plot(x="x", y={"p.csv": ("y",)})
    two = Plot(name="second", files=("p.csv",), x="x", y={"p.csv": ("z",)})
    head = PlotFile(plots=(one, two), version="2", content=b"x,y,z\n1,2,3\n")
    base = PlotFile(plots=(one,), version="1", content=b"x,y,z\n1,2,4\n")
    made = plots.charts("m", "p.csv", "changed", base, head)
    drawn = [[side.points[0].y for side in (one.base, one.head) if isinstance(side, Points)] for one in made]
    assert ([one.title for one in made], drawn) == (["p.csv", "second"], [[2.0, 2.0], [4.0, 3.0]])
