"""What a training is done again with: bring it, and hold it against what the first one had."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mlgit.dvc.cache import LocalCache
from mlgit.dvc.disk_evidence import DiskEvidence
from mlgit.dvc.interpreter import interpreter
from mlgit.dvc.paths import touches
from mlgit.dvc.tracked import outputs
from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.project.recorded import RecordedPipeline
from mlgit.project.roots import asked
from mlgit.project.verification import made_elsewhere, parameter_tree
from mlgit.runs import covered
from mlgit.runs.described import KIND, STAGE, entry_of
from mlgit.runs.material import Material, environment_file
from mlgit.runs.reproduction import Difference, from_checks
from mlgit.world.context import Context

PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)", re.M)
NOWHERE = "it is neither in the DVC cache of this clone nor in the remote"
MOST_NAMED = 3


def bring_data(context: Context, copy: Repository, recorded: RecordedPipeline) -> None:
    """Check out what .dvc files bring, what other pipelines and frozen stages made: from the cache, else the remote.

    What is nowhere stays missing, which is told with the other inputs. Raises `ExternalError` when DVC cannot be asked.
    """
    missing = [path for path in wanted_data(recorded) if not (copy.root / path).exists()]
    for dvc, targets in asked(context, copy.root, missing):
        context.console.progress("fetching the data")
        try:
            dvc.run("pull", *(f"./{path}" for path in targets))
        except ExternalError as error:
            if error.code != "dvc-failed" or "Checkout failed" not in error.message:
                raise


def wanted_data(recorded: RecordedPipeline) -> list[str]:
    """Return what DVC keeps and has to be there before the first stage runs."""
    found = recorded.material
    brought = [one.path for file in found.pointers for one in file.tracked()]
    others = made_elsewhere(recorded)
    read = [one.name for one in found.seen.inputs if any(touches(one.name, path) for path in others)]
    declared = found.state.pipeline
    frozen = {stage.name for stage in declared.stages.values() if stage.frozen} if declared else set()
    kept = [one.name for one in found.seen.outputs if one.annotations.get(STAGE) in frozen]
    return [*brought, *read, *kept]


def input_differences(root: Path, found: Material) -> list[Difference]:
    """Return the inputs on disk that are not what dvc.lock names, and the committed results that are not."""
    evidence = DiskEvidence(root, LocalCache(root), {})
    uncached = {path for path, out in outputs(found.state.folder, found.state.pipeline) if not out.cache}
    wanted = [one for one in found.seen.inputs if "://" not in one.name]
    results = [one for one in found.seen.outputs if one.name in uncached]
    differing = []
    for one in (*wanted, *results):
        entry = entry_of(one)
        if entry is None:
            continue
        seen = evidence.dependency(one.name, entry)
        kind = str(one.annotations.get(KIND, "file"))
        if seen.missing:
            text = "it is not in the commit" if one.annotations.get(KIND) in ("code", "metrics") else NOWHERE
            differing.append(Difference(kind=kind, path=one.name, text=text))
        elif seen.digest != entry.digest and not seen.unknown:
            differing.append(Difference(kind=kind, path=one.name, text="it is not what dvc.lock names"))
    return differing


def parameter_differences(recorded: RecordedPipeline) -> list[Difference]:
    """Return the parameters whose values are not those of dvc.lock."""
    checks = covered.parameter_checks(recorded.material.seen.parameters, partial(parameter_tree, recorded))
    return from_checks(checks, {}, "parameter")


def library_note(recorded: RecordedPipeline) -> str:
    """Return which pinned libraries are installed in another version than the repository asks for; empty when none is."""
    path = environment_file(recorded.material.state.folder, recorded.revision.paths(), "")
    content = recorded.revision.content(path) if path else None
    context = recorded.revision.repository.context
    others = list(other_versions(context, (content or b"").decode("utf-8", "replace")))
    if not others:
        return ""
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return f"libraries that are not as {path} has them: {', '.join(others[:MOST_NAMED])}{more}"


def other_versions(context: Context, text: str) -> Iterator[str]:
    """Yield the pinned libraries that are installed for the repository's Python in another version."""
    pinned = {found["name"]: found["version"] for found in PINNED.finditer(text)}
    for name, here in interpreter(context, *pinned).packages.items():
        if here != pinned[name]:
            yield f"{name} {here} instead of {pinned[name]}"
