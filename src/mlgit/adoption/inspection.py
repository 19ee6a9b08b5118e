"""What was found in a repository that is adopted: what its first push will show green, what not, and what mends it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from mlgit.adoption.packages import Packages, packages
from mlgit.adoption.python_version import Told, python_version
from mlgit.adoption.standing import Standing
from mlgit.git.repository import Repository
from mlgit.plan.outcome import Finding
from mlgit.project.own_tests import tests_folder
from mlgit.project.revision import Revision
from mlgit.text import counted, visible

OTHERS = re.compile(
    r"\b(?P<program>dvc|cml(?:-runner|-publish)?)\s+(?:repro|pull|exp|comment|runner|publish|send-\w+|pr)\b"
)
SHOWN = 3


class Inspection(Struct, frozen=True, kw_only=True):
    """What mlgit.yaml can say of a repository by itself: its Python, the file of its packages."""

    python: Told | None
    packages: Packages


def inspect(files: Standing) -> Inspection:
    """Return what the files of a repository say of its jobs."""
    return Inspection(python=python_version(files), packages=packages(files))


def findings(found: Inspection, tree: Revision, written: list[str]) -> Iterator[Finding]:
    """Yield what a person should know before the first push of `tree`; `written` are paths that it has to bring."""
    files = Standing(tree.files)
    if found.python is not None:
        detail = f"{found.python.version}, as {found.python.path} says"
        yield Finding(name="Python", good=True, detail=detail, hint="")
    kept = found.packages
    yield Finding(name="packages", good=kept.good, detail=kept.detail, hint=kept.hint)
    yield own_tests(tree.repository.root)
    yield from (stages(tree),) if tree.pipeline_folders else ()
    yield from ignored(tree.repository, written)
    yield from others(files)


def own_tests(root: Path) -> Finding:
    """Return which tests of the repository the jobs will run."""
    folder = tests_folder(root, "code")
    if (root / folder).is_dir():
        return Finding(name="tests", good=True, detail=f"mlgit check code runs those in {folder}", hint="")
    return Finding(name="tests", good=True, detail="none found; those in tests/ would be run", hint="")


def stages(tree: Revision) -> Finding:
    """Return whether what Git keeps is what the stages made, told without any data."""
    if tree.errors:
        error = tree.errors[0]
        detail = visible(f"{error.where}: {error.message}")
        return Finding(name="model", good=False, detail=detail, hint=error.hint or "mlgit status")
    by_state = Counter(stage.state for stage in tree.stages)
    total = counted(by_state.total(), "stage")
    stale = [visible(stage.address) for stage in tree.stages if stage.state == "stale"]
    if stale:
        more = f" and {len(stale) - SHOWN} more" if len(stale) > SHOWN else ""
        detail = f"{len(stale)} of {total} out of date: {', '.join(stale[:SHOWN])}{more}"
        hint = "mlgit status tells why; then mlgit train, dvc push and commit"
        return Finding(name="model", good=False, detail=detail, hint=hint)
    unknown = f", {by_state['unknown']} not to be told without the data" if by_state["unknown"] else ""
    return Finding(name="model", good=True, detail=f"{total}, none out of date{unknown}", hint="")


def ignored(repository: Repository, written: list[str]) -> Iterator[Finding]:
    """Yield what a rule of .gitignore keeps out of the push that has to bring it."""
    listed = "\0".join(written).encode()
    done = repository.run("check-ignore", "-z", "--stdin", stdin=listed, check=False)
    paths = [path for path in done.text.split("\0") if path]
    if paths:
        named = ", ".join(visible(path) for path in paths[:SHOWN])
        detail = f"Git ignores {named}" + (f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else "")
        hint = "git add --force " + " ".join(sorted({top(path) for path in paths}))
        yield Finding(name="ignored", good=False, detail=detail, hint=hint)


def top(path: str) -> str:
    """Return what `git add` is told of a path: mlgit's folder as a whole, else the path."""
    return ".mlgit" if path.startswith(".mlgit/") else path


def others(files: Standing) -> Iterator[Finding]:
    """Yield the workflows that do what mlgit's do now: two of them would train twice and comment twice."""
    for path in files.workflows():
        called = sorted({found["program"] for found in OTHERS.finditer(files.text(path))})
        if called:
            detail = f"{path} calls {' and '.join(called)}, as mlgit-ci does now"
            hint = "look at both; remove from yours what mlgit-ci.yml does"
            yield Finding(name="workflows", good=True, detail=detail, hint=hint)
