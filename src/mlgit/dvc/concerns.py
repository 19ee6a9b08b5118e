"""Decide what a change concerns: the code, the data, the model, and which models. Pure.

A path is looked up in what `mlgit.yaml` and the pipelines say of it. What nothing is known of concerns everything, and
so does every doubt: a job that runs for nothing costs minutes, one that is skipped by mistake costs trust.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mlgit.config import reader
from mlgit.config.jobs import RunnerChoice
from mlgit.config.model import Configuration
from mlgit.dvc.known import Automation, Known, known_of
from mlgit.dvc.paths import around, below, folder_of, joined
from mlgit.dvc.pointer import is_pointer
from mlgit.dvc.state import PipelineState

Subject = Literal["code", "data", "model"]
SUBJECTS: tuple[Subject, ...] = ("code", "data", "model")
NOTHING: tuple[Subject, ...] = ()
PROSE = frozenset({".md", ".rst", ".adoc"})
PROSE_NAMES = frozenset({"LICENSE", "NOTICE", "CODEOWNERS", "AUTHORS", ".editorconfig"})
SOURCE = frozenset(
    {".py", ".pyi", ".ipynb", ".r", ".jl", ".sh", ".sql", ".c", ".cpp", ".cu", ".rs", ".go", ".scala"}
)
RECORDS = ".mlgit/runs/"
OURS = ".mlgit/"
PIPELINE_FILES = ("dvc.yaml", "dvc.lock")


class Concern(Struct, frozen=True, kw_only=True):
    """A changed path: what it concerns and why; `pipelines` are folders."""

    path: str
    subjects: tuple[Subject, ...]
    because: str
    pipelines: tuple[str, ...] = ()


class ModelsJob(Struct, frozen=True, kw_only=True):
    """One job of CI that looks at models: one model, those of one pipeline, or a batch."""

    id: Annotated[int, Meta(description="Its number, from 1.")]
    name: Annotated[str, Meta(description="What it is called on the page of the run.")]
    models: Annotated[
        str, Meta(description="Its models with commas in between; `.`: what belongs to no model.")
    ]
    pull: Annotated[str, Meta(description="What it tells `dvc pull`, a word a line.")]
    minutes: Annotated[int, Meta(description="Its time limit, in minutes.")]
    runner: Annotated[RunnerChoice, Meta(description="The labels of its runner, or its group.")]
    requirements: Annotated[str, Meta(description="What it installs for stages and tests.")]


class Affected(Struct, frozen=True, kw_only=True):
    """What a change concerns."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    code: bool
    data: bool
    model: bool
    models: Annotated[tuple[str, ...], Meta(description="The models concerned.")] = ()
    doubt: Annotated[str, Meta(description="Why everything is concerned although nobody looked.")] = ""
    concerns: Annotated[tuple[Concern, ...], Meta(description="Each changed path.")] = ()
    jobs: Annotated[
        tuple[ModelsJob, ...],
        Meta(description="The jobs that CI starts where mlgit.yaml names two models and more, 250 at most."),
    ] = ()


def everything(configuration: Configuration | None, doubt: str) -> Affected:
    """Return that everything is concerned, and why."""
    models = tuple(configuration.models) if configuration else ()
    return Affected(code=True, data=True, model=True, models=models, doubt=doubt)


def affected(
    configuration: Configuration,
    pipelines: Sequence[PipelineState],
    changed: Iterable[str],
    automation: Automation,
) -> Affected:
    """Return what the changed paths concern."""
    broken = next((error for state in pipelines for error in state.errors), None)
    if broken is not None:
        return everything(configuration, f"{broken.file} cannot be read: {broken.message}")
    known = replace(known_of(configuration, pipelines), automation=automation)
    concerns = tuple(concern(path, known) for path in sorted(changed))
    subjects = {subject for one in concerns for subject in one.subjects}
    return Affected(
        code="code" in subjects,
        data="data" in subjects,
        model="model" in subjects,
        models=models_of(known, concerns),
        concerns=concerns,
    )


def concern(path: str, known: Known) -> Concern:
    """Return what one changed path concerns."""
    for look in (
        as_record,
        as_configuration,
        as_test,
        as_table,
        as_pipeline_file,
        as_stage_file,
        as_result,
        as_prose,
    ):
        found = look(path, known)
        if found is not None:
            return found
    return Concern(path=path, subjects=SUBJECTS, because="nothing is known of it", pipelines=("*",))


def as_record(path: str, _known: Known) -> Concern | None:
    """Look at a path as the record of a run: it tells of results and changes none."""
    if path.startswith(RECORDS) and path.endswith((".json", "/.gitattributes")):
        return Concern(path=path, subjects=NOTHING, because="it is the record of a run")
    return None


def as_configuration(path: str, known: Known) -> Concern | None:
    """Look at a path as one that every job depends on."""
    names = {reader.FILE, known.configuration.ci.requirements, "pyproject.toml", ".dvcignore"}
    if path in names or path.startswith((OURS, *known.automation.managed)) or path.endswith(".dvc/config"):
        return Concern(path=path, subjects=SUBJECTS, because="every job depends on it", pipelines=("*",))
    if path.rpartition("/")[2] == ".gitattributes":
        return Concern(path=path, subjects=SUBJECTS, because="Git converts files by it", pipelines=("*",))
    if path.startswith(known.automation.files):
        return Concern(path=path, subjects=("code",), because="it belongs to the repository's automation")
    return None


def as_test(path: str, known: Known) -> Concern | None:
    """Look at a path as a test of one subject."""
    for subject in SUBJECTS:
        if path.startswith(f"tests/{subject}/"):
            model = known.configuration.models.get(path.split("/")[2]) if path.count("/") > 2 else None
            pipelines = (model.folder if model else "*",) if subject == "model" else ()
            return Concern(
                path=path, subjects=(subject,), because=f"it tests the {subject}", pipelines=pipelines
            )
    return None


def as_table(path: str, known: Known) -> Concern | None:
    """Look at a path as a table of `mlgit.yaml`, its schema or the file by which DVC keeps it."""
    for name, table in known.configuration.data.items():
        if path == table.schema:
            pipelines = tuple(readers_of(path, known.read))
            return Concern(
                path=path,
                subjects=("data", "model"),
                because=f"it is the schema of {name}",
                pipelines=pipelines,
            )
    if is_pointer(path):
        kept = path.removesuffix(".dvc")
        return Concern(
            path=path,
            subjects=("data", "model"),
            because=f"it is the version of {kept}",
            pipelines=tuple(readers_of(kept, known.read)) or ("*",),
        )
    return None


def as_pipeline_file(path: str, known: Known) -> Concern | None:
    """Look at a path as the text or the lock of a pipeline, or a file of parameters."""
    if PurePosixPath(path).name in PIPELINE_FILES:
        return Concern(
            path=path, subjects=("data", "model"), because="it is the pipeline", pipelines=(folder_of(path),)
        )
    readers = readers_of(path, known.parameters)
    if readers:
        return Concern(
            path=path,
            subjects=("data", "model"),
            because="stages take parameters from it",
            pipelines=tuple(readers),
        )
    return None


def as_stage_file(path: str, known: Known) -> Concern | None:
    """Look at a path as something that a stage reads."""
    readers = readers_of(path, known.read)
    if not readers:
        return None
    subjects: tuple[Subject, ...] = SUBJECTS if is_source(path) else ("data", "model")
    return Concern(path=path, subjects=subjects, because="a stage depends on it", pipelines=tuple(readers))


def as_result(path: str, known: Known) -> Concern | None:
    """Look at a path as something that a stage writes, or that `mlgit.yaml` says a model is measured by."""
    writers = readers_of(path, known.written)
    measured = [
        model.pipeline.removeprefix("./")
        for model in known.configuration.models.values()
        if path in {joined(one) for one in (*model.metrics, model.predictions or "", model.artifact or "")}
    ]
    if not writers and not measured:
        return None
    folders = tuple(dict.fromkeys([*writers, *("" if one == "." else one for one in measured)]))
    return Concern(path=path, subjects=("data", "model"), because="a stage writes it", pipelines=folders)


def as_prose(path: str, _known: Known) -> Concern | None:
    """Look at a path as text for people."""
    place = PurePosixPath(path)
    if place.name == ".gitignore" or place.name in PROSE_NAMES or place.suffix.lower() in PROSE:
        return Concern(path=path, subjects=NOTHING, because="it is text for people")
    return None


def is_source(path: str) -> bool:
    """Tell whether a file is a program."""
    return PurePosixPath(path).suffix.lower() in SOURCE


def readers_of(path: str, map_: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the pipelines that a map gives for a path: for itself, a folder around it, or something inside of it."""
    found = [folder for one in (path, *around(path)) for folder in map_.get(one, ())]
    found += [
        folder for one, folders in map_.items() if one != path and below(path, one) for folder in folders
    ]
    return list(dict.fromkeys(found))


def models_of(known: Known, concerns: Iterable[Concern]) -> tuple[str, ...]:
    """Return the models whose pipeline is concerned, itself or through a pipeline whose outputs it reads."""
    touched = pipelines_of(known, concerns)
    models = known.configuration.models
    return tuple(name for name, model in models.items() if touched is None or model.folder in touched)


def pipelines_of(known: Known, concerns: Iterable[Concern]) -> frozenset[str] | None:
    """Return the folders of the pipelines concerned, themselves or through one whose outputs they read; None: all."""
    touched = {folder for one in concerns if "model" in one.subjects for folder in one.pipelines}
    if "*" in touched:
        return None
    growing = True
    while growing:
        further = {folder for folder, makers in known.uses.items() if makers & touched} - touched
        touched |= further
        growing = bool(further)
    return frozenset(touched)
