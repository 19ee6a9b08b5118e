"""Read dvc.yaml: stages and what stands at its top. Text in, a value out.

What only DVC can work out is kept and marked: a stage whose text needs values from elsewhere says so in `unresolved`.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from mlgit import yamlfile
from mlgit.dvc.shape import Place
from mlgit.dvc.templating import expanded, expressions, has_template, resolve, stage_variables
from mlgit.dvc.variables import Variables, chosen_keys

FILE = "dvc.yaml"
DEFAULT_PARAMETERS = "params.yaml"
OutputKind = Literal["output", "metrics", "plots"]
KINDS: tuple[tuple[str, OutputKind], ...] = (("outs", "output"), ("metrics", "metrics"), ("plots", "plots"))


class Plot(Struct, frozen=True, kw_only=True):
    """A plot: its files, and what DVC knows about how to draw it. `header`: the first line of a table names its columns."""

    name: str
    files: tuple[str, ...]
    x: str = ""
    y: dict[str, tuple[str, ...]] = {}
    x_label: str = ""
    y_label: str = ""
    title: str = ""
    template: str = ""
    header: bool = True


class Output(Struct, frozen=True, kw_only=True):
    """What a stage writes. `cache`: DVC keeps it (then Git has only its digest); `plot`: how to draw it."""

    path: str
    kind: OutputKind = "output"
    cache: bool = True
    persist: bool = False
    remote: str = ""
    plot: Plot | None = None


class Parameters(Struct, frozen=True, kw_only=True):
    """The parameters of one file that a stage depends on; no names: the whole file."""

    file: str
    names: tuple[str, ...] = ()


class Stage(Struct, frozen=True, kw_only=True):
    """One step of a pipeline. Paths are as written: from the folder of dvc.yaml and `directory` in it."""

    name: str
    command: str | tuple[str, ...] = ""
    directory: str = "."
    dependencies: tuple[str, ...] = ()
    parameters: tuple[Parameters, ...] = ()
    outputs: tuple[Output, ...] = ()
    description: str = ""
    frozen: bool = False
    always_changed: bool = False
    unresolved: str = ""


class Pipeline(Struct, frozen=True, kw_only=True):
    """A dvc.yaml. `variables` is its `vars`: mappings, and files with the keys chosen from them.

    `variable_files` are the files that it or one of its stages names there, as paths from its folder; `template_values` are
    the names in them, and in params.yaml, whose values a stage's template takes.
    """

    stages: dict[str, Stage] = {}
    metrics: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    artifacts: dict[str, str] = {}
    templated: bool = False
    variable_files: tuple[str, ...] = ()
    variables: tuple[Any, ...] = ()
    template_values: tuple[Parameters, ...] = ()


def is_pipeline(path: str) -> bool:
    """Tell whether a path is that of a dvc.yaml."""
    return path.rpartition("/")[2] == FILE


def read(content: bytes | str, name: str = FILE, variables: Variables | None = None) -> Pipeline:
    """Return the pipeline that a dvc.yaml declares.

    `variables` are the values for its templates; without them a templated stage is marked, and where they cannot be told
    every stage is, because DVC then reads none. Raises `UsageError` with file and line when the file is not what DVC accepts.
    """
    document = yamlfile.read(content, name)
    top = Place(document, document.value)
    templated = has_template(document.value)
    known = variables if variables is not None else Variables()
    return Pipeline(
        stages=stages(top.at("stages"), known if templated or known.unknown else None),
        metrics=texts(top.at("metrics"), known),
        parameters=texts(top.at("params"), known),
        plots=top_plots(top.at("plots"), known),
        artifacts={key: str(place.at("path").value or "") for key, place in top.at("artifacts").entries()},
        templated=templated,
        variable_files=variable_files(top),
        variables=tuple(item.value for item in top.at("vars").items()),
        template_values=template_values(top.at("stages"), known) if templated else (),
    )


def template_values(place: Place, known: Variables) -> tuple[Parameters, ...]:
    """Return what the templates of the stages take from files, by file; DVC counts it among the parameters."""
    names: dict[str, dict[str, None]] = {}
    for _, entry in place.entries():
        body = entry.mapping().get("do", entry.value)
        seen = stage_variables(body, known) if isinstance(body, dict) else known
        for expression in expressions(entry.value):
            for file, name in seen.sources(expression):
                names.setdefault(file, {})[name] = None
    return tuple(Parameters(file=file, names=tuple(found)) for file, found in names.items())


def texts(place: Place, variables: Variables) -> tuple[str, ...]:
    """Return a list of paths; one whose template cannot be resolved stays as written."""
    return tuple(resolve(item.text(), variables).value for item in place.items())


def variable_files(top: Place) -> tuple[str, ...]:
    """Return the files that the `vars` of a dvc.yaml and of its stages name, without the keys chosen from them."""
    named = [(".", item.value) for item in top.at("vars").items()]
    for _, entry in top.at("stages").entries():
        body = entry.mapping().get("do", entry.value)
        own = body.get("vars") if isinstance(body, dict) else None
        if isinstance(own, list):
            named += [(str(body.get("wdir") or "."), item) for item in own]
    return tuple(
        dict.fromkeys(chosen_keys(item, folder)[0] for folder, item in named if isinstance(item, str))
    )


def stages(place: Place, variables: Variables | None) -> dict[str, Stage]:
    """Return the stages by name, those of `foreach` and `matrix` written out where that is possible."""
    found: dict[str, Stage] = {}
    for name, entry in place.entries():
        entry.mapping()
        if variables is None and not {"foreach", "matrix"} & entry.mapping().keys():
            found[name] = stage(name, entry)
            continue
        for generated in expanded(name, entry.value, variables or Variables()):
            definition = Place(entry.document, generated.definition, *entry.path)
            found[generated.name] = stage(generated.name, definition, generated.unresolved)
    return found


def stage(name: str, place: Place, unresolved: str = "") -> Stage:
    """Return one stage."""
    if not unresolved and "cmd" not in place.mapping():
        raise place.wrong("a stage with a cmd")
    return Stage(
        name=name,
        command=command(place.at("cmd")),
        directory=place.at("wdir").text_or("."),
        dependencies=tuple(item.text() for item in place.at("deps").items()),
        parameters=stage_parameters(place.at("params")),
        outputs=tuple(
            output(item, kind) for key, kind in KINDS for item in output_items(place.at(key), kind)
        ),
        description=place.at("desc").text_or(""),
        frozen=place.at("frozen").truth(False),
        always_changed=place.at("always_changed").truth(False),
        unresolved=unresolved,
    )


def command(place: Place) -> str | tuple[str, ...]:
    """Return the command line, or the lines of a list."""
    if isinstance(place.value, list):
        return tuple(item.text() for item in place.items())
    return place.text_or("")


def stage_parameters(place: Place) -> tuple[Parameters, ...]:
    """Return the parameters by file: plain names are of params.yaml, a mapping names the file."""
    chosen: dict[str, list[str]] = {}
    whole: set[str] = set()
    for item in place.items():
        if isinstance(item.value, str):
            chosen.setdefault(DEFAULT_PARAMETERS, []).append(item.value)
            continue
        for file, names in item.entries():
            wanted = [name.text() for name in names.items()]
            chosen.setdefault(file, []).extend(wanted)
            if not wanted:
                whole.add(file)
    return tuple(
        Parameters(file=file, names=() if file in whole else tuple(dict.fromkeys(names)))
        for file, names in chosen.items()
    )


def output_items(place: Place, kind: OutputKind) -> list[Place]:
    """Return the entries of `outs`, `metrics` or `plots`; a mapping instead of a list is an old form of `plots`."""
    if kind != "output" and isinstance(place.value, dict):
        return [Place(place.document, {key: entry.value}, *place.path) for key, entry in place.entries()]
    return place.items()


def output(place: Place, kind: OutputKind) -> Output:
    """Return one output: a path, or a path with its options."""
    if isinstance(place.value, str):
        return Output(path=place.value, kind=kind)
    entries = place.entries()
    if len(entries) != 1:
        raise place.wrong("a path, or one path with its options")
    path, options = entries[0]
    if isinstance(options.value, list):
        options = Place(options.document, next(iter(options.value), None), *options.path)
    return Output(
        path=path,
        kind=kind,
        cache=options.at("cache").truth(True),
        persist=options.at("persist").truth(False),
        remote=options.at("remote").text_or(""),
        plot=plot_of(path, options) if kind == "plots" else None,
    )


def top_plots(place: Place, variables: Variables) -> tuple[Plot, ...]:
    """Return the plots declared at the top: a list of paths and of names with their options."""
    found: list[Plot] = []
    for item in place.items() if not isinstance(place.value, dict) else [place]:
        if isinstance(item.value, str):
            path = resolve(item.value, variables).value
            found.append(Plot(name=path, files=(path,)))
            continue
        found.extend(plot_of(name, options) for name, options in item.entries())
    return tuple(found)


def plot_of(name: str, options: Place) -> Plot:
    """Return one plot: its files are the keys of `y` (or of `x`), or its name."""
    vertical = options.at("y").value
    horizontal = options.at("x").value
    columns: dict[str, tuple[str, ...]] = {}
    if isinstance(vertical, dict):
        columns = {str(file): as_texts(fields) for file, fields in vertical.items()}
    else:
        columns = {name: as_texts(vertical)}
    across = horizontal
    if isinstance(horizontal, dict):
        across = next(iter(horizontal.values()), "")
    return Plot(
        name=name,
        files=tuple(columns),
        x=str(across or ""),
        y=columns,
        x_label=options.at("x_label").text_or(""),
        y_label=options.at("y_label").text_or(""),
        title=options.at("title").text_or(""),
        template=options.at("template").text_or(""),
        header=options.at("header").truth(True),
    )


def as_texts(value: Any) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)
