"""Look at every digest that a record covers, as far as this clone can compute it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from mlgit.commands.lineage.ground import Ground
from mlgit.dvc import values
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.evidence import CommittedEvidence
from mlgit.dvc.lockfile import Entry
from mlgit.dvc.paths import below, folder_of
from mlgit.dvc.state import Request
from mlgit.dvc.tracked import Tracked, outputs, tracked_files
from mlgit.errors import UsageError
from mlgit.project.revision import Revision
from mlgit.runs import covered
from mlgit.runs.covered import Check, Verification
from mlgit.runs.described import entry_of
from mlgit.runs.history import Record
from mlgit.runs.lineage import Lineage, succeeded
from mlgit.runs.statement import Descriptor, Statement


def verified(ground: Ground, told: Lineage, record: Record | None) -> Verification:
    """Hold the record of a model against the moment.

    Without a record of these outputs, the newest success is held against them, which names what differs.
    """
    held = record or next((one for one in reversed(ground.records) if succeeded(one)), None)
    checks = list(covered.name_checks(ground.records))
    checks += [
        Check(path=error.where, state="different", text="it cannot be read as a record")
        for error in ground.wrong
    ]
    checks += [
        Check(path=one.file, state="different", text=one.message) for one in ground.found.state.troubles
    ]
    if held is not None:
        checks += statement_checks(ground, held.statement)
    if held is not None and record is None:
        checks.append(Check(path=held.path, state="different", text="it tells of other outputs than these"))
    path = held.path if held else ""
    return covered.verification(told.model, told.pipeline, path, checks)


def statement_checks(ground: Ground, statement: Statement, *, cache: bool = True) -> Iterator[Check]:
    """Yield every check of one record; `cache`: those of the DVC cache too."""
    blobs = ground.reader.blobs
    content = partial(blobs.content, ground.moment)
    yield from covered.byte_checks(statement, content)
    yield from covered.lock_checks(statement, ground.found.seen)
    evidence = evidence_of(ground)
    results = [one for one in statement.subject if evidence.files_of(one.name) or one.name in in_git(ground)]
    wanted = [*statement.dependencies, *results]
    blobs.gather([(ground.moment, path) for one in wanted for path in evidence.files_of(one.name)])
    yield from covered.content_checks(wanted, evidence)
    yield from covered.parameter_checks(statement.inputs.parameters, partial(parameter_tree, ground))
    if not cache:
        return
    cached = cached_entries(ground, statement, evidence)
    yield from covered.cache_checks(cached, LocalCache(ground.repository.root), ground.found.state.folder)


def in_git(ground: Ground) -> set[str]:
    """Return the outputs that DVC does not keep: Git has to."""
    state = ground.found.state
    return {path for path, output in outputs(state.folder, state.pipeline) if not output.cache}


def evidence_of(ground: Ground) -> CommittedEvidence:
    """Return what Git, the .dvc files and the other pipelines say of paths at this moment.

    What the pipeline itself made is not among it: dvc.lock would be held against itself.
    """
    blobs, moment, own = ground.reader.blobs, ground.moment, ground.found.state.folder
    pointers = Revision(ground.repository, ground.reader, moment).pointers
    tracked = {one.path: one for file in pointers for one in file.tracked()}
    known = [*moment.paths(), *tracked]
    unknown = [
        one.name
        for one in ground.found.seen.inputs
        if not any(below(one.name, path) or below(path, one.name) for path in known)
    ]
    if unknown:
        tracked.update(made_elsewhere(ground, own))
    return CommittedEvidence(blobs, moment, tracked, LocalCache(ground.repository.root))


def made_elsewhere(ground: Ground, own: str) -> dict[str, Tracked]:
    """Return what the other pipelines made."""
    folders = sorted(
        folder_of(path) for path in ground.moment.paths() if path.rpartition("/")[2] == "dvc.lock"
    )
    requests = [(ground.moment, Request(folder=folder)) for folder in folders if folder != own]
    made = (
        tracked_files(state.folder, state.pipeline, state.lock, ())
        for state in ground.reader.read_stages(requests)
    )
    return {path: one for found in made for path, one in found.items() if one.role != "read"}


def parameter_tree(ground: Ground, file: str) -> Any:
    """Return the nested values of a file of parameters; None when only DVC can tell them.

    Raises `UsageError` (`parameters-missing`) when the file is gone.
    """
    content = ground.reader.blobs.content(ground.moment, file)
    if file.endswith(".py") or (content is None and file in {one.name for one in ground.found.seen.outputs}):
        return None
    if content is None:
        raise UsageError("parameters-missing", "it is not there", where=file)
    return values.nested(content, file)


def cached_entries(ground: Ground, statement: Statement, evidence: CommittedEvidence) -> dict[str, Entry]:
    """Return what DVC keeps of the inputs and outputs of a run."""
    brought = [one for file in ground.found.pointers for one in file.tracked()]
    found = {one.path: one.entry for one in brought}
    for one in (*statement.dependencies, *statement.subject):
        entry = entry_of(one)
        kept = not evidence.files_of(one.name) and one.name not in in_git(ground)
        if entry is not None and kept and not inside_brought(one, brought):
            found[one.name] = entry
    return found


def inside_brought(one: Descriptor, brought: list[Tracked]) -> bool:
    """Tell whether something lies in what a .dvc file brings: its content is looked at there."""
    return any(below(held.path, one.name) for held in brought)
