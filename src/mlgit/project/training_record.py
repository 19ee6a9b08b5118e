"""Write down a training: what it was about to run on, and afterwards one record for each pipeline that ran."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mlgit import __version__
from mlgit.config.model import Configuration
from mlgit.dvc.interpreter import interpreter
from mlgit.dvc.reasons import NOT_HERE, Reason, reason_text
from mlgit.dvc.staleness import StageState
from mlgit.dvc.state import place
from mlgit.errors import MlgitError
from mlgit.host.choose import ci_of
from mlgit.plan.apply import apply
from mlgit.plan.change import Change, Plan
from mlgit.plan.outcome import StageRun
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.runs.building import Occasion, source_of, statement_of
from mlgit.runs.described import outside
from mlgit.runs.material import covered_files, file_descriptors, materials
from mlgit.runs.place import ROOT, record_path, surplus
from mlgit.runs.statement import (
    Builder,
    Descriptor,
    Outcome,
    RunnerRecord,
    StageRecord,
    UsageRecord,
    canonical,
)
from mlgit.text import visible
from mlgit.world.context import Context
from mlgit.world.files import read_bytes
from mlgit.world.usage import Usage, joules_between

EXITED = re.compile(r"exited with (-?[0-9]+)")
ATTRIBUTES = f"{ROOT}/.gitattributes"
MOST_REASONS = 10
DUE = ("ran", "restored", "failed")
"""What happened to stages that were out of date."""


class Beginning(Struct, frozen=True, kw_only=True):
    """What was so when the training began; `locks` are the dvc.lock files by the folder of their pipeline."""

    started: float
    usage: Usage
    source: Descriptor | None
    trigger: str
    locks: Mapping[str, bytes | None]


class Ending(Struct, frozen=True, kw_only=True):
    """How it ended: what each stage did, and what DVC complained of."""

    outcome: Outcome
    runs: tuple[StageRun, ...]
    complaint: str = ""


def beginning(project: Project, trigger: str, folders: Iterable[str]) -> Beginning:
    """Look at the clock, the counters, the commit and each pipeline's dvc.lock before the first stage runs."""
    context, repository = project.context, project.repository
    head = repository.head()
    changed = repository.run("status", "--porcelain", "-z", "--", ".", f":(exclude){ROOT}").stdout
    return Beginning(
        started=context.clock(),
        usage=context.usage(),
        source=source_of(head, ci_of(context).invocation, dirty=bool(changed)),
        trigger=trigger,
        locks={folder: lock_of(project.root, folder) for folder in folders},
    )


def lock_of(root: Path, folder: str) -> bytes | None:
    """Return the dvc.lock of a pipeline as it stands on disk."""
    return read_bytes(root / place(folder, "dvc.lock"))


def write_records(
    project: Project, start: Beginning, before: Sequence[StageState], end: Ending
) -> tuple[str, ...]:
    """Write one record for each pipeline that has something to tell, and return their paths.

    On the default branch the records beyond the newest 20 of a pipeline leave the tree: on one branch only, because Git
    takes a record that two branches delete for one that both renamed, and would stop a merge over it.
    """
    folders = folders_to_record(project.root, start, end)
    if not folders:
        return ()
    context, trained = project.context, Project(project.repository)
    tree, occasion = trained.at(), occasion_of(context, start, end)
    spent = usage_of(start.usage, context.usage(), occasion)
    rules, changes, new = rules_of(tree).ci, [], {}
    for folder, found in zip(folders, materials(tree.reader, tree.files, folders), strict=True):
        files = file_descriptors(tree.files, covered_files(found, tree.files, rules.requirements))
        stages = stage_records(folder, before, end)
        usage = spent if len(folders) == 1 else shared(spent, stages, len(folders))
        statement = statement_of(found.state, occasion, stages, usage, files)
        content = canonical(context.redactor.value(msgspec.to_builtins(statement)))
        new[folder] = path = record_path(folder, statement.started, content)
        changes.append(Change(path=path, old=None, new=content, reason="a stage ran or was restored"))
    changes += [*prunings(trained, new, rules.branch), *attributes(project.root)]
    apply(Plan(changes=tuple(changes)), project.root)
    return tuple(new.values())


def folders_to_record(root: Path, start: Beginning, end: Ending) -> list[str]:
    """Return the pipelines of which a stage ran or failed, or was restored as something that stood there not before.

    What the run cache restores may be of a run that was killed before it could write its record. Outputs that are only
    brought back leave dvc.lock as it is: what stands there has its record.
    """
    touched = {folder_of(run.name) for run in end.runs if run.outcome in ("ran", "failed")}
    restored = {folder_of(run.name) for run in end.runs if run.outcome == "restored"}
    changed = {folder for folder in restored if lock_of(root, folder) != start.locks.get(folder)}
    return sorted(touched | changed)


def attributes(root: Path) -> list[Change]:
    """Return the file that keeps Git from changing line ends and lets a forge fold records, unless it is there."""
    if (root / ATTRIBUTES).exists():
        return []
    return [
        Change(
            path=ATTRIBUTES,
            old=None,
            new=b"*.json -text linguist-generated\n",
            reason="nothing changes a record",
        )
    ]


def prunings(project: Project, new: Mapping[str, str], branch: str) -> list[Change]:
    """Return the deletions of records that Git keeps and the tree needs no more; none but on the default branch.

    `new` are the paths of the records that come now by the folder of their pipeline.
    """
    repository = project.repository
    head = repository.head()
    current = repository.run("symbolic-ref", "--quiet", "--short", "HEAD", check=False).text.strip()
    if head is None or current != branch:
        return []
    committed = project.at(head).paths()
    return [
        Change(path=path, old=content, new=None, reason=f"{path} is not among the newest records")
        for folder, record in new.items()
        for path in surplus([*committed, record], folder)
        if path in committed and (content := read_bytes(project.root / path)) is not None
    ]


def occasion_of(context: Context, start: Beginning, end: Ending) -> Occasion:
    """Return what is the same for every pipeline of this training."""
    invocation = ci_of(context).invocation
    runner = RunnerRecord(
        system=platform.system(),
        architecture=platform.machine(),
        python=interpreter(context).version,
        github=dict(invocation.facts),
    )
    return Occasion(
        started=start.started,
        finished=context.clock(),
        outcome=end.outcome,
        trigger=start.trigger,
        runner=runner,
        builder=Builder(id=invocation.builder, version=versions()),
        invocation=invocation.address,
        source=start.source,
    )


def versions() -> dict[str, str]:
    """Return the versions of what runs the stages."""
    found = {"mlgit": __version__}
    with suppress(PackageNotFoundError):
        found["dvc"] = version("dvc")
    return found


def usage_of(before: Usage, after: Usage, occasion: Occasion) -> UsageRecord:
    """Return what the run took, from two readings of the counters."""
    return UsageRecord(
        wall_seconds=round(occasion.finished - occasion.started, 3),
        cpu_seconds=round(after.cpu_seconds - before.cpu_seconds, 3),
        peak_memory_bytes=after.peak_memory_bytes,
        energy_joules=joules_between(before, after),
    )


def shared(spent: UsageRecord, stages: Sequence[StageRecord], pipelines: int) -> UsageRecord:
    """Return the usage of one pipeline of several: its own seconds of the clock, the rest that of all together."""
    return replace(spent, wall_seconds=round(sum(one.seconds for one in stages), 3), pipelines=pipelines)


def stage_records(folder: str, before: Sequence[StageState], end: Ending) -> tuple[StageRecord, ...]:
    """Return what happened to the stages of one pipeline, those that did nothing last."""
    # Those last that every fresh clone has: there all results are missing.
    telling = {one.address: sorted(one.reasons, key=lambda reason: reason.text == NOT_HERE) for one in before}
    reasons = {address: tuple(map(because, found)) for address, found in telling.items()}
    return tuple(
        StageRecord(
            name=name_of(run.name),
            outcome=run.outcome,
            seconds=run.seconds,
            because=reasons.get(run.name, ())[:MOST_REASONS] if run.outcome in DUE else (),
            exit_code=exit_code_of(end.complaint) if run.outcome == "failed" else None,
        )
        for run in end.runs
        if folder_of(run.name) == folder
    )


def because(reason: Reason) -> str:
    """Return why a stage had to run, without the path of a place outside of the repository."""
    elsewhere = reason.name.startswith(("/", "~", "..")) or "://" in reason.name
    return visible(reason_text(replace(reason, name=outside(reason.name)) if elsewhere else reason))


def folder_of(address: str) -> str:
    """Return the folder of the pipeline of a stage, from how DVC calls it."""
    file, colon, _ = address.rpartition(":")
    return file.rpartition("/")[0] if colon and file.endswith("dvc.yaml") else ""


def name_of(address: str) -> str:
    """Return the name of a stage in its pipeline."""
    file, colon, name = address.rpartition(":")
    return name if colon and file.endswith("dvc.yaml") else address


def exit_code_of(complaint: str) -> int | None:
    """Return the exit code of a stage from what DVC says of it, None when it does not."""
    found = EXITED.search(complaint)
    return int(found[1]) if found else None


def rules_of(tree: Revision) -> Configuration:
    """Return what mlgit.yaml says; the defaults when it cannot be read: what was trained gets its record all the same."""
    try:
        return tree.configuration_or_default
    except MlgitError:
        return Configuration(version=1)
