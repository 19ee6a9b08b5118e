"""Decide whether an event starts a workflow, as GitHub does: act runs a workflow without looking at these filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mlgit.host.github.workflows.patterns import matches
from mlgit.host.github.workflows.payload import at
from mlgit.host.github.workflows.workflow import Workflow

PATTERN = re.compile(r"[*?+!\[\]]")
"""Signs that make a name a pattern. GitHub reads `+` as one, which a branch may have all the same."""
DEFAULT_TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
}
"""The types of activity that start a workflow that names none; other events: all."""


class GivenEvent(Struct, frozen=True, kw_only=True):
    """An event: its name, its payload, and the paths it touches (None: not known)."""

    event: str
    payload: Mapping[str, Any]
    paths: tuple[str, ...] | None = None


class Decision(Struct, frozen=True, kw_only=True):
    """Whether a workflow starts; `because` is empty when it does."""

    starts: bool
    because: str = ""


def decide(workflow: Workflow, given: GivenEvent) -> Decision:
    """Return whether the event starts the workflow, and what stands in the way."""
    if given.event not in workflow.triggers:
        events = ", ".join(workflow.triggers)
        return Decision(starts=False, because=f"it starts on {events}, not on {given.event}")
    filters = workflow.triggers[given.event]
    for mismatch in mismatches(filters, given):
        return Decision(starts=False, because=mismatch)
    return Decision(starts=True)


def mismatches(filters: Mapping[str, Any], given: GivenEvent) -> Iterator[str]:
    """Yield each filter that keeps the event out."""
    yield from type_mismatch(filters, given)
    looks: dict[str, Callable[[Mapping[str, Any], GivenEvent], Iterator[str]]] = {
        "push": push_mismatches,
        "pull_request": pull_request_mismatches,
        "pull_request_target": pull_request_mismatches,
        "workflow_run": workflow_run_mismatches,
    }
    if given.event in looks:
        yield from looks[given.event](filters, given)


def other_branches(workflows: Iterable[Workflow], branch: str) -> list[str]:
    """Return the branches, by name and not by pattern, a push to which starts a workflow that a push to `branch` does not."""
    named = [
        name
        for workflow in workflows
        if not matches(texts(workflow.triggers.get("push", {}).get("branches")), branch)
        for name in texts(workflow.triggers.get("push", {}).get("branches"))
        if not PATTERN.search(name)
    ]
    return list(dict.fromkeys(named))


def type_mismatch(filters: Mapping[str, Any], given: GivenEvent) -> Iterator[str]:
    """Yield why the type of activity is not meant."""
    wanted = texts(filters.get("types")) or DEFAULT_TYPES.get(given.event, ())
    action = given.payload.get("action")
    if wanted and action is not None and action not in wanted:
        yield f"the activity {action} is none of {', '.join(wanted)}"


def push_mismatches(filters: Mapping[str, Any], given: GivenEvent) -> Iterator[str]:
    """Yield why a push is not meant: branches, tags, paths."""
    reference = str(given.payload.get("ref", ""))
    kinds = (("branches", "refs/heads/"), ("tags", "refs/tags/"))
    named = [kind for kind, _ in kinds if kind in filters or f"{kind}-ignore" in filters]
    for kind, prefix in kinds:
        if reference.startswith(prefix):
            if named and kind not in named:
                yield f"it starts on {' and '.join(named)} only, not on {reference}"
            yield from name_mismatch(filters, kind, reference.removeprefix(prefix))
    if not reference.startswith("refs/tags/"):
        yield from path_mismatch(filters, given.paths)


def pull_request_mismatches(filters: Mapping[str, Any], given: GivenEvent) -> Iterator[str]:
    """Yield why a pull request is not meant: the branch it goes to, paths."""
    base = at(given.payload, ("pull_request", "base", "ref"))
    yield from name_mismatch(filters, "branches", str(base or ""))
    yield from path_mismatch(filters, given.paths)


def workflow_run_mismatches(filters: Mapping[str, Any], given: GivenEvent) -> Iterator[str]:
    """Yield why a finished run is not meant: the workflow that ran, the branch it ran for."""
    wanted = texts(filters.get("workflows"))
    name = at(given.payload, ("workflow_run", "name")) or at(given.payload, ("workflow", "name"))
    if wanted and name not in wanted:
        yield f"the workflow {name} is none of {', '.join(wanted)}"
    yield from name_mismatch(
        filters, "branches", str(at(given.payload, ("workflow_run", "head_branch")) or "")
    )


def name_mismatch(filters: Mapping[str, Any], kind: str, name: str) -> Iterator[str]:
    """Yield why a branch or tag is not meant."""
    wanted, unwanted = texts(filters.get(kind)), texts(filters.get(f"{kind}-ignore"))
    if wanted and not matches(wanted, name):
        yield f"{name} is none of the {kind} {', '.join(wanted)}"
    if unwanted and matches(unwanted, name):
        yield f"{name} is one of the {kind} to ignore: {', '.join(unwanted)}"


def path_mismatch(filters: Mapping[str, Any], paths: Sequence[str] | None) -> Iterator[str]:
    """Yield why the changed paths are not meant; paths that are not known keep nothing out."""
    if paths is None:
        return
    wanted, unwanted = texts(filters.get("paths")), texts(filters.get("paths-ignore"))
    if wanted and not any(matches(wanted, path) for path in paths):
        yield f"no changed path is one of {', '.join(wanted)}"
    if unwanted and all(matches(unwanted, path) for path in paths):
        yield f"every changed path is one to ignore: {', '.join(unwanted)}"


def texts(value: Any) -> tuple[str, ...]:
    """Return a text or a list as texts."""
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
