"""`foreach`, `matrix` and `${}` are written out as DVC does it (cross-checked in tests/cli) or marked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc import pipeline
from mlgit.dvc.templating import has_template, options, resolve
from mlgit.dvc.variables import Parsing, Variables

VARIABLES = Variables(
    {"names": ["a", "b"], "sizes": {"s": {"n": 1}, "l": {"n": 2}}, "flag": True, "deep": [[1]]}
)


def commands(text: str, variables: Variables | None = VARIABLES) -> dict[str, str]:
    read = pipeline.read(text, variables=variables)
    return {name: str(stage.command) for name, stage in read.stages.items()}


def unresolved(text: str) -> dict[str, str]:
    return {name: stage.unresolved for name, stage in pipeline.read(text, variables=VARIABLES).stages.items()}


def test_foreach_over_a_list_a_mapping_and_a_value() -> None:
    assert commands("stages: {s: {foreach: [x, 2], do: {cmd: 'run ${item}'}}}") == {
        "s@x": "run x",
        "s@2": "run 2",
    }
    assert commands("stages: {s: {foreach: {k: 1}, do: {cmd: '${key} ${item}'}}}") == {"s@k": "k 1"}
    assert commands("stages: {s: {foreach: '${names}', do: {cmd: '${item}'}}}") == {"s@a": "a", "s@b": "b"}
    assert commands("stages: {s: {foreach: '${sizes}', do: {cmd: '${item.n}'}}}") == {"s@s": "1", "s@l": "2"}
    assert commands("stages: {s: {foreach: [{n: 1}, {n: 2}], do: {cmd: 'n ${item.n}'}}}") == {
        "s@0": "n 1",
        "s@1": "n 2",
    }


def test_a_matrix_is_every_combination() -> None:
    text = "stages: {s: {matrix: {x: [1, 2], y: [a]}, cmd: '${item.x}${item.y} ${key}'}}"
    assert commands(text) == {"s@1-a": "1a 1-a", "s@2-a": "2a 2-a"}
    assert commands("stages: {s: {matrix: {x: '${names}', y: [{z: 1}]}, cmd: 'z ${item.y.z}'}}") == {
        "s@a-y0": "z 1",
        "s@b-y0": "z 1",
    }


def test_values_of_a_stage_of_its_own() -> None:
    assert commands("stages: {s: {vars: [{mine: 3}], cmd: 'run ${mine}'}}") == {"s": "run 3"}
    assert unresolved("stages: {s: {vars: [file.yaml], cmd: 'run ${mine}'}}")["s"] == "file.yaml is not there"
    text = "stages: {s: {wdir: sub, vars: ['../mine.yaml:a,b'], cmd: 'run ${a}'}}"
    held = Variables(files={"mine.yaml": {"a": 1, "b": 2, "c": 3}})
    assert commands(text, held) == {"s": "run 1"}
    assert pipeline.read(text).variable_files == ("mine.yaml",)


@pytest.mark.parametrize(
    ("items", "values", "unknown"),
    [
        (["a.yaml", {"more": {"y": 2}}], {"one": 1, "more": {"x": 1, "y": 2}}, ""),
        (["a.yaml", "./a.yaml"], {"one": 1, "more": {"x": 1}}, ""),
        (["a.yaml:one"], {"one": 1}, ""),
        (["a.yaml:one", "a.yaml:more"], {"one": 1, "more": {"x": 1}}, ""),
        (["a.yaml:two"], None, "a.yaml has no two"),
        (["a.yaml", {"one": 1}], None, "vars gives one a second value"),
        (["a.yaml", {"more": {"x": 1}}], None, "vars gives more.x a second value"),
        (["a.yaml", "a.yaml:one"], None, "a.yaml stands in vars as a whole and in parts"),
        (["a.yaml:one", "a.yaml"], None, "a.yaml stands in vars as a whole and in parts"),
        (["gone.yaml", "a.yaml"], None, "gone.yaml is not there"),
        (["bad.yaml"], None, "line 3"),
    ],
)
def test_vars_are_taken_in_as_dvc_does(items: list[Any], values: Any, unknown: str) -> None:
    files = {"a.yaml": {"one": 1, "more": {"x": 1, 7: 1}}, "bad.yaml": "line 3"}
    found = Variables(files=files).taking(items)
    assert found.unknown == unknown
    assert unknown or found.values == values


def test_without_its_values_no_stage_is_told() -> None:
    text = "stages: {s: {cmd: plain}, t: {cmd: 'run ${x}'}}"
    read = pipeline.read(text, variables=Variables(unknown="params.yaml is broken"))
    assert {one.unresolved for one in read.stages.values()} == {"params.yaml is broken"}


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
trees = st.recursive(
    plain,
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(plain, max_size=3),
)


@given(st.dictionaries(st.sampled_from("abc"), trees, max_size=3), st.booleans(), st.booleans())
def test_a_mapping_becomes_the_options_that_dvc_writes(tree: Any, negated: bool, repeated: bool) -> None:
    from dvc.parsing.interpolate import to_str

    config = {
        "bool": "boolean_optional" if negated else "store_true",
        "list": "append" if repeated else "nargs",
    }
    assert options(tree, Parsing(negated, repeated)).rstrip() == to_str(tree, config)


def test_a_mapping_in_a_command_is_its_options() -> None:
    assert commands("stages: {s: {cmd: 'run ${sizes.s} x'}}") == {"s": "run --n 1 x"}
    assert commands("stages: {s: {cmd: ['run ${sizes}', b]}}") == {"s": "('run --s.n 1 --l.n 2', 'b')"}


@pytest.mark.parametrize(
    "text",
    [
        "stages: {s: {foreach: '${nowhere}', do: {cmd: x}}}",
        "stages: {s: {foreach: '${flag}', do: {cmd: x}}}",
        "stages: {s: {foreach: [a]}}",
        "stages: {s: {matrix: '${names}', cmd: x}}",
        "stages: {s: {matrix: {x: '${nowhere}'}, cmd: x}}",
        "stages: {s: {matrix: {x: '${flag}'}, cmd: x}}",
        "stages: {s: {cmd: 'run ${names}'}}",
        "stages: {s: {cmd: 'run ${deep[0]}'}}",
        "stages: {s: {cmd: 'run ${names[7]}'}}",
        "stages: {s: {cmd: '${sizes}'}}",
        "stages: {s: {cmd: run, deps: ['x${sizes}']}}",
    ],
)
def test_what_cannot_be_told_is_marked_and_never_guessed(text: str) -> None:
    assert all(unresolved(text).values())


def test_an_escaped_template_is_text() -> None:
    assert resolve("\\${HOME} ${flag}", VARIABLES).value == "${HOME} true"
    assert not has_template("\\${HOME}")
    assert has_template({"a": ["${b}"]})


@given(st.text(max_size=30).filter(lambda text: "$" not in text))
def test_text_without_a_template_stays(text: str) -> None:
    found = resolve({"key": [text]}, VARIABLES)
    assert (found.value, found.missing) == ({"key": [text]}, "")


@given(st.text(max_size=40))
def test_any_text_is_resolved_or_marked(text: str) -> None:
    found = resolve(f"${{{text}}}", VARIABLES)
    assert isinstance(found.value, str | bool | int | float)
