"""Look at every digest that a record covers, as far as this clone can compute it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from mlgit.dvc import values
from mlgit.dvc.commit_evidence import CommittedEvidence
from mlgit.dvc.lockfile import Entry, is_lock
from mlgit.dvc.paths import below, folder_of
from mlgit.dvc.state import Request
from mlgit.dvc.tracked import Tracked, outputs, tracked_files
from mlgit.errors import UsageError
from mlgit.project.recorded import RecordedPipeline
from mlgit.runs import covered
from mlgit.runs.covered import Check, Verification
from mlgit.runs.described import entry_of
from mlgit.runs.history import Record
from mlgit.runs.lineage import Lineage, succeeded
from mlgit.runs.statement import Descriptor, Statement


def verified(recorded: RecordedPipeline, lineage: Lineage, record: Record | None) -> Verification:
    """Hold the record of a model against the revision.

    Without a record of these outputs, the newest success is held against them, which names what differs.
    """
    held = record or next((one for one in reversed(recorded.records) if succeeded(one)), None)
    checks = list(covered.name_checks(recorded.records))
    checks += [
        Check(path=error.where, state="different", text="it cannot be read as a record")
        for error in recorded.unreadable
    ]
    checks += [
        Check(path=one.file, state="different", text=one.message) for one in recorded.material.state.errors
    ]
    if held is not None:
        checks += statement_checks(recorded, held.statement)
    if held is not None and record is None:
        checks.append(Check(path=held.path, state="different", text="it tells of other outputs than these"))
    path = held.path if held else ""
    return covered.verification(lineage.model, lineage.pipeline, path, checks)


def statement_checks(
    recorded: RecordedPipeline, statement: Statement, *, cache: bool = True
) -> Iterator[Check]:
    """Yield every check of one record; `cache`: those of the DVC cache too."""
    revision = recorded.revision
    yield from covered.byte_checks(statement, revision.content)
    yield from covered.lock_checks(statement, recorded.material.seen)
    evidence = evidence_of(recorded)
    results = [
        one for one in statement.subject if evidence.files_of(one.name) or one.name in in_git(recorded)
    ]
    wanted = [*statement.dependencies, *results]
    revision.gather([path for one in wanted for path in evidence.files_of(one.name)])
    yield from covered.content_checks(wanted, evidence)
    yield from covered.parameter_checks(statement.inputs.parameters, partial(parameter_tree, recorded))
    if not cache:
        return
    cached = cached_entries(recorded, statement, evidence)
    yield from covered.cache_checks(cached, revision.reader.cache, recorded.material.state.folder)


def in_git(recorded: RecordedPipeline) -> set[str]:
    """Return the outputs that DVC does not keep: Git has to."""
    state = recorded.material.state
    return {path for path, output in outputs(state.folder, state.pipeline) if not output.cache}


def evidence_of(recorded: RecordedPipeline) -> CommittedEvidence:
    """Return what Git, the .dvc files and the other pipelines say of paths at this revision.

    What the pipeline itself made is not among it: dvc.lock would be held against itself.
    """
    revision = recorded.revision
    tracked = {one.path: one for file in revision.pointers for one in file.tracked()}
    known = [*revision.paths(), *tracked]
    unknown = [
        one.name
        for one in recorded.material.seen.inputs
        if not any(below(one.name, path) or below(path, one.name) for path in known)
    ]
    if unknown:
        tracked.update(made_elsewhere(recorded))
    return CommittedEvidence(revision.reader.blobs, revision.files, tracked, revision.reader.cache)


def made_elsewhere(recorded: RecordedPipeline) -> dict[str, Tracked]:
    """Return what the other pipelines made."""
    revision, own = recorded.revision, recorded.material.state.folder
    folders = sorted(folder_of(path) for path in revision.paths() if is_lock(path))
    requests = [(revision.files, Request(folder=folder)) for folder in folders if folder != own]
    made = (
        tracked_files(state.folder, state.pipeline, state.lock, ())
        for state in revision.reader.read_stages(requests)
    )
    return {path: one for found in made for path, one in found.items() if one.role != "read"}


def parameter_tree(recorded: RecordedPipeline, file: str) -> Any:
    """Return the nested values of a file of parameters; None when only DVC can tell them.

    Raises `UsageError` (`parameters-missing`) when the file is gone.
    """
    content = recorded.revision.content(file)
    if content is None and file in {one.name for one in recorded.material.seen.outputs}:
        return None
    if content is None:
        raise UsageError("parameters-missing", "it is not there", where=file)
    return values.nested(content, file)


def cached_entries(
    recorded: RecordedPipeline, statement: Statement, evidence: CommittedEvidence
) -> dict[str, Entry]:
    """Return what DVC keeps of the inputs and outputs of a run."""
    brought = [one for file in recorded.material.pointers for one in file.tracked()]
    found = {one.path: one.entry for one in brought}
    for one in (*statement.dependencies, *statement.subject):
        entry = entry_of(one)
        kept = not evidence.files_of(one.name) and one.name not in in_git(recorded)
        if entry is not None and kept and not inside_brought(one, brought):
            found[one.name] = entry
    return found


def inside_brought(one: Descriptor, brought: list[Tracked]) -> bool:
    """Tell whether something lies in what a .dvc file brings: its content is looked at there."""
    return any(below(held.path, one.name) for held in brought)
