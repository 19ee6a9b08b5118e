"""The stubs of actions that workflows use: small composite actions of ours that take the same inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from mlgit.errors import UsageError
from mlgit.host.github.workflows.workflow import REMOTE, LocalAction, Use, read_action

FOLDER = Path(__file__).parent / "stubs"
FILE = "action.yml"

ReadFile = Callable[[str], bytes | None]
"""Return the content of a file of the repository by its path, None when there is none."""


@cache
def known_actions() -> tuple[str, ...]:
    """Return the actions that have a stub."""
    return tuple(sorted(place.parent.relative_to(FOLDER).as_posix() for place in FOLDER.rglob(FILE)))


@cache
def stub_of(action: str) -> LocalAction | None:
    """Return the stub of an action, None when there is none."""
    if action not in known_actions():
        return None
    place = FOLDER / action / FILE
    return read_action(place.read_bytes(), place.as_posix())


def replacements(uses: Iterable[Use], read: ReadFile) -> dict[str, Path]:
    """Return the folder of the stubs of each repository of actions, `owner/repository@reference`.

    Local actions are followed to what they use. Raises `UsageError` (`action-without-stub`, `action-input`) for an
    action that has no stub and for an input that the action does not have, with the place.
    """
    found: dict[str, Path] = {}
    for use in followed(uses, read):
        match = REMOTE.match(use.text)
        if match is None:
            raise UsageError(
                "action-without-stub",
                f"{use.text!r} cannot run here: it is no action of a repository",
                hint="steps of a container are for GitHub only; choose other jobs with --job",
                where=use.where,
            )
        replacement = stub_of(use.action)
        if replacement is None:
            raise UsageError(
                "action-without-stub",
                f"the action {use.action} has no stub on this machine",
                hint="these have a stub: " + ", ".join(known_actions()),
                where=use.where,
            )
        refuse_unknown_inputs(use, replacement)
        repository = f"{match['owner']}/{match['repository']}"
        found[f"{repository}@{match['reference']}"] = FOLDER / repository
    return found


def followed(uses: Iterable[Use], read: ReadFile) -> Iterator[Use]:
    """Yield the remote actions that are used, in the repository's own actions too."""
    waiting, seen = list(uses), set[str]()
    while waiting:
        use = waiting.pop()
        if not use.is_local:
            yield use
            continue
        action = local_action(use, read)
        refuse_unknown_inputs(use, action)
        if action.path not in seen:
            seen.add(action.path)
            waiting.extend(action.uses)


def local_action(use: Use, read: ReadFile) -> LocalAction:
    """Return an action of the repository; raises `UsageError` (`action-missing`) when it is not there."""
    folder = use.text.removeprefix("./").rstrip("/")
    for name in (FILE, "action.yaml"):
        content = read(f"{folder}/{name}")
        if content is not None:
            return read_action(content, f"{folder}/{name}")
    raise UsageError(
        "action-missing",
        f"there is no action at {use.text}",
        hint="mlgit sync renders those of mlgit",
        where=use.where,
    )


def refuse_unknown_inputs(use: Use, action: LocalAction) -> None:
    """Raise `UsageError` (`action-input`) for an input that the action does not take."""
    for name in use.inputs:
        if name not in action.inputs:
            raise UsageError(
                "action-input",
                f"{use.action} has no input {name!r}",
                hint="its inputs are: " + ", ".join(action.inputs),
                where=use.where,
            )
