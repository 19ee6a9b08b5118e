"""Values by dotted names: what a pattern matches, what differs."""

from __future__ import annotations

from mlgit.dvc import dotted, values


def test_a_pattern_stands_for_the_names_it_matches() -> None:
    tree = {"moon_a": 1, "moon_b": {"x": 2}, "sun": [3, 4]}
    assert dotted.matching(tree, "moon*") == {"moon_a": 1, "moon_b": {"x": 2}}
    assert dotted.matching(tree, "*.?") == {"moon_b.x": 2, "sun.0": 3, "sun.1": 4}
    assert dotted.matching(tree, "**.x") == {"moon_b.x": 2}
    read = values.parameters(b"moon_a: 1\nmoon_b: {x: 2}\nsun: 3\n", "params.yaml", ["moon*"])
    assert read.values == {"moon_a": 1, "moon_b.x": 2}


def test_what_differs_inside_a_mapping() -> None:
    old, new = (
        {"a": 1, "b": {"c": [1], "d": 2}, "gone": 0},
        {"a": 1, "b": {"c": [2], "d": 2}, "new": float("nan")},
    )
    assert list(dotted.differences("p", old, new)) == [
        ("p.b.c", [1], [2]),
        ("p.new", None, "NaN"),
        ("p.gone", 0, None),
    ]
    assert list(dotted.differences("p", {}, {"a": 1})) == [("p.a", None, 1)]
    assert list(dotted.differences("p", {}, {})) == []
    assert list(dotted.differences("p", {}, 1)) == [("p", {}, 1)]
    assert list(dotted.differences("p", float("nan"), float("nan"))) == []
