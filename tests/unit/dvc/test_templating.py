"""`foreach`, `matrix` and `${}` are written out as DVC does it (cross-checked in tests/cli) or marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.dvc import pipeline
from mlgit.dvc.templating import Variables, has_template, resolve

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
    assert "vars" in unresolved("stages: {s: {vars: [file.yaml], cmd: 'run ${mine}'}}")["s"]


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
        "stages: {s: {cmd: 'run ${sizes}'}}",
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
