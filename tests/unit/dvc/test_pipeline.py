"""dvc.yaml becomes a value, or an error that names the line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit import yamlfile
from mlgit.dvc import pipeline
from mlgit.dvc.pipeline import Output, Parameters, Plot
from mlgit.dvc.variables import Variables
from mlgit.errors import UsageError

FULL = """
vars: [more.yaml:a, {inline: 1}]
stages:
  train:
    desc: what it does
    wdir: src
    cmd: [a, b]
    deps: [one.csv, two]
    params: [seed, train.rate, other.toml: [x, y], whole.yaml: ]
    outs:
      - plain
      - kept: {persist: true, remote: big, cache: true}
    metrics:
      - m.json: {cache: false}
    plots:
      - p.csv: {x: a, y: b, cache: false}
      - q.csv
    frozen: true
    always_changed: false
    meta: {anything: [1]}
metrics: [top.json]
params: [top.yaml]
plots:
  - bare.csv
  - drawn.csv: {x: a, y: [b, c], title: T, x_label: X, y_label: Y, template: scatter}
  - joined: {x: step, y: {one.csv: loss, two.csv: [loss, acc]}}
artifacts:
  model: {path: model.bin, type: model}
"""


def test_everything_that_stands_in_a_declaration() -> None:
    read = pipeline.read(FULL)
    stage = read.stages["train"]
    assert (stage.command, stage.directory, stage.description) == (("a", "b"), "src", "what it does")
    assert (stage.frozen, stage.always_changed, stage.unresolved) == (True, False, "")
    assert stage.dependencies == ("one.csv", "two")
    assert stage.parameters == (
        Parameters(file="params.yaml", names=("seed", "train.rate")),
        Parameters(file="other.toml", names=("x", "y")),
        Parameters(file="whole.yaml"),
    )
    assert stage.outputs == (
        Output(path="plain"),
        Output(path="kept", persist=True, remote="big"),
        Output(path="m.json", kind="metrics", cache=False),
        Output(
            path="p.csv",
            kind="plots",
            cache=False,
            plot=Plot(name="p.csv", files=("p.csv",), x="a", y={"p.csv": ("b",)}),
        ),
        Output(path="q.csv", kind="plots"),
    )
    assert (read.metrics, read.parameters, read.artifacts) == (
        ("top.json",),
        ("top.yaml",),
        {"model": "model.bin"},
    )
    assert (read.templated, read.variable_files) == (False, ("more.yaml",))
    assert read.variables == ("more.yaml:a", {"inline": 1})


def test_plots_at_the_top() -> None:
    bare, drawn, joined = pipeline.read(FULL).plots
    assert (bare.name, bare.files) == ("bare.csv", ("bare.csv",))
    assert (drawn.x, drawn.y, drawn.title, drawn.template) == ("a", {"drawn.csv": ("b", "c")}, "T", "scatter")
    assert joined.files == ("one.csv", "two.csv")
    assert joined.y["two.csv"] == ("loss", "acc")


def test_a_file_whole_in_one_place_and_in_part_elsewhere_counts_as_a_whole() -> None:
    read = pipeline.read("stages: {s: {cmd: x, params: [a.yaml: [k], a.yaml: , a.yaml: [l]]}}")
    assert read.stages["s"].parameters == (Parameters(file="a.yaml"),)


@pytest.mark.parametrize("content", ["", "{}", "stages:\n", "# nothing\n"])
def test_an_empty_file_declares_nothing(content: str) -> None:
    assert pipeline.read(content).stages == {}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("[]", 1, "the top has to be a mapping"),
        ("stages: []\n", 1, "stages has to be a mapping"),
        ("stages:\n  a: x\n", 2, "stages.a has to be a mapping"),
        ("stages:\n  a:\n    deps: [x]\n", 2, "stages.a has to be a stage with a cmd"),
        ("stages:\n  a:\n    cmd: 3\n", 3, "stages.a.cmd has to be a text"),
        ("stages:\n  a:\n    cmd: x\n    deps: y\n", 4, "stages.a.deps has to be a list"),
        ("stages:\n  a:\n    cmd: x\n    deps: [1]\n", 4, "stages.a.deps.0 has to be a text"),
        ("stages:\n  a:\n    cmd: x\n    frozen: 1\n", 4, "stages.a.frozen has to be true or false"),
        ("stages:\n  a:\n    cmd: x\n    outs:\n      - {a: , b: }\n", 5, "one path with its options"),
        ("stages:\n  a:\n    cmd: x\n    outs:\n      - a: {cache: 1}\n", 5, "cache has to be true or false"),
        ("stages:\n  a:\n    cmd: x\n    params: [1]\n", 4, "has to be a mapping"),
        ("metrics: [1]\n", 1, "metrics.0 has to be a text"),
        ("stages: {a: {cmd: x}\n", 2, "not valid YAML"),
        ("stages: {a: {cmd: x}, a: {cmd: y}}\n", 1, "stands twice"),
    ],
)
def test_bad_input_is_named_with_its_line(content: str, line: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        pipeline.read(content, "some/dvc.yaml")
    assert words in caught.value.message
    assert caught.value.where == f"some/dvc.yaml:{line}"


def test_templates_are_written_out_with_values_and_marked_without() -> None:
    text = "stages:\n  s:\n    cmd: run ${a.b} ${list[1]}\n    outs: ['${a.b}.bin']\n"
    known = pipeline.read(text, variables=Variables({"a": {"b": 1e-3}, "list": ["x", True]}))
    assert known.stages["s"].command == "run 0.001 true"
    assert known.stages["s"].outputs[0].path == "0.001.bin"
    unknown = pipeline.read(text).stages["s"]
    assert "${a.b}" in unknown.unresolved
    assert unknown.command == "run ${a.b} ${list[1]}"


NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda text: "${" not in text
)


@given(name=NAMES, command=PATHS, dependencies=st.lists(PATHS, max_size=4), outs=st.lists(PATHS, max_size=4))
def test_any_text_survives(name: str, command: str, dependencies: list[str], outs: list[str]) -> None:
    text = "stages:\n"
    text += f"  {yamlfile.quoted(name)}:\n    cmd: {yamlfile.quoted(command)}\n"
    text += f"    deps: [{', '.join(map(yamlfile.quoted, dependencies))}]\n"
    text += f"    outs: [{', '.join(map(yamlfile.quoted, outs))}]\n"
    stage = pipeline.read(text).stages[name]
    assert (stage.command, list(stage.dependencies)) == (command, dependencies)
    assert [output.path for output in stage.outputs] == outs


@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused_and_nothing_else(content: bytes) -> None:
    with suppress(UsageError):
        pipeline.read(content)
