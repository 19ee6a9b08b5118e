"""What was found in a repository that is adopted: what its first push will show green, what not, and what mends it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from mlgit.adoption.migration import migration
from mlgit.adoption.models import Proposed
from mlgit.adoption.packages import Packages, packages
from mlgit.adoption.python_version import Told, python_version
from mlgit.adoption.standing import Standing
from mlgit.dvc.paths import below, folder_of
from mlgit.dvc.reasons import reads_outside
from mlgit.dvc.staleness import outside_hint
from mlgit.dvc.state import Request, place
from mlgit.git.repository import Repository
from mlgit.metrics.direction import direction_of, is_counter
from mlgit.metrics.reading import is_number
from mlgit.plan.outcome import Finding
from mlgit.project.own_tests import is_test, tests_folder
from mlgit.project.revision import Revision
from mlgit.render.managed import LFS
from mlgit.text import counted, visible

OTHERS = re.compile(
    r"\b(?P<program>dvc|cml(?:-runner|-publish)?)\s+(?:repro|pull|exp|comment|runner|publish|send-\w+|pr)\b"
)
SHOWN = 3
LOOKED_AT = 100
"""Models whose metrics are read: more than a person looks at."""
ROOM = 10 * 10**9
"""Bytes that a runner of GitHub's has room for beside the packages."""


class Inspection(Struct, frozen=True, kw_only=True):
    """What mlgit.yaml can say of a repository by itself: its Python, the file of its packages."""

    python: Told | None
    packages: Packages


def inspect(files: Standing) -> Inspection:
    """Return what the files of a repository say of its jobs."""
    return Inspection(python=python_version(files), packages=packages(files))


def findings(
    found: Inspection, tree: Revision, models: Sequence[Proposed], written: list[str]
) -> Iterator[Finding]:
    """Yield what a person should know before the first push of `tree`.

    `models` are those that mlgit.yaml gets, `written` the paths that the push has to bring.
    """
    files = Standing(tree.files)
    if found.python is not None:
        detail = f"{found.python.version}, as {found.python.path} says"
        yield Finding(name="Python", good=True, detail=detail, hint="")
    kept = found.packages
    yield Finding(name="packages", good=kept.good, detail=kept.detail, hint=kept.hint)
    yield own_tests(tree.repository.root)
    yield from tests_apart(files, kept)
    yield from (*stages(tree), *size(tree)) if tree.pipeline_folders else ()
    yield from unmade(models)
    yield from measured(tree, models)
    yield from large_files(files, tree.repository)
    yield from ignored(tree.repository, written)
    yield from others(files)


def own_tests(root: Path) -> Finding:
    """Return which tests of the repository the jobs will run."""
    folder = tests_folder(root, "code")
    if (root / folder).is_dir():
        return Finding(name="tests", good=True, detail=f"mlgit check code runs those in {folder}", hint="")
    return Finding(name="tests", good=True, detail="none found; those in tests/ would be run", hint="")


def tests_apart(files: Standing, kept: Packages) -> Iterator[Finding]:
    """Yield whose tests run without the packages of their own folder: its file of requirements is not the one that is read."""
    below_it = {folder_of(path): path for path in reversed(kept.left) if folder_of(path)}
    for folder, path in below_it.items():
        if not below(folder, kept.path) and any(below(folder, one) and is_test(one) for one in files.paths):
            detail = f"the tests in {visible(folder)} run without what {visible(path)} asks for"
            yield Finding(name="code", good=False, detail=detail, hint=kept.hint)
            return


def stages(tree: Revision) -> Iterator[Finding]:
    """Yield whether what Git keeps is what the stages made, told without any data; nothing where there is no stage."""
    if tree.errors:
        error = tree.errors[0]
        detail = visible(f"{error.where}: {error.message}")
        yield Finding(name="model", good=False, detail=detail, hint=error.hint or "mlgit status")
        return
    by_state = Counter(stage.state for stage in tree.stages)
    total = counted(by_state.total(), "stage")
    stale = [visible(stage.address) for stage in tree.stages if stage.state == "stale"]
    if stale:
        more = f" and {len(stale) - SHOWN} more" if len(stale) > SHOWN else ""
        detail = f"{len(stale)} of {total} out of date: {', '.join(stale[:SHOWN])}{more}"
        hint = "mlgit status tells why; then mlgit train, dvc push and commit"
        yield Finding(name="model", good=False, detail=detail, hint=hint)
        return
    outside = [(one, reason) for one in tree.stages for reason in one.reasons if reads_outside(reason)]
    if outside:
        stage, reason = outside[0]
        detail = f"nobody can tell whether {visible(stage.address)} is up to date: {visible(reason.name)} is outside of the repository"
        yield Finding(name="model", good=False, detail=detail, hint=outside_hint([stage]))
        return
    unknown = f", {by_state['unknown']} not to be told without the data" if by_state["unknown"] else ""
    if tree.stages:
        yield Finding(name="model", good=True, detail=f"{total}, none out of date{unknown}", hint="")


def unmade(models: Sequence[Proposed]) -> Iterator[Finding]:
    """Yield which models no stage makes: their numbers are taken as they stand."""
    named = [place(one.folder, "dvc.yaml") for one in models if one.unmade]
    if named:
        shown = ", ".join(map(visible, named[:SHOWN])) + (" and more" if len(named) > SHOWN else "")
        detail = f"no stage in {shown}, so nothing can make its numbers again: verify: off in mlgit.yaml"
        hint = "give it the stage that trains (dvc stage add), and take verify: off out"
        yield Finding(name="model", good=True, detail=detail, hint=hint)


def size(tree: Revision) -> Iterator[Finding]:
    """Yield how much of data and models the jobs fetch, where dvc.lock and the .dvc files say it; CI trains nothing."""
    entries = {
        one.entry.digest: one.entry.size or 0
        for state in tree.reader.read_tracked(
            [(tree.files, Request(folder=one)) for one in tree.pipeline_folders]
        )
        for one in state.tracked.values()
        if one.cached and one.role != "read"
    }
    total = sum(entries.values())
    if total:
        detail = (
            f"the jobs fetch {bytes_text(total)} of data and models, and train nothing (ci.train: verify)"
        )
        hint = "keep the jobs on a machine with room for it: runners: {default: [self-hosted]}"
        yield Finding(name="size", good=total < ROOM, detail=detail, hint="" if total < ROOM else hint)


def bytes_text(number: int) -> str:
    """Return a number of bytes in the unit that people say it in."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if number >= 10**power:
            return f"{number / 10**power:.1f} {unit}"
    return f"{number} bytes"


def measured(tree: Revision, models: Sequence[Proposed]) -> Iterator[Finding]:
    """Yield what the metrics in Git tell: the task where their names say it, and those of which nobody knows what is better."""
    requests = [(tree.files, Request(folder=one.folder, metrics=one.metrics)) for one in models[:LOOKED_AT]]
    numbers: set[str] = set()
    for state in tree.reader.read(requests):
        for reading in state.metrics.values():
            numbers |= {
                name for name, value in reading.values.items() if is_number(value) and not is_counter(name)
            }
    unknown = sorted({name.rpartition(".")[2] for name in numbers if direction_of(name, {}) == "unknown"})
    if numbers and not unknown:
        detail = f"of each of {counted(len(numbers), 'metric')} the name says which way is better"
        yield Finding(name="metrics", good=True, detail=detail, hint="")
    elif unknown:
        named = ", ".join(map(visible, unknown[:SHOWN])) + (" and more" if len(unknown) > SHOWN else "")
        detail = f"nobody knows which way is better: {named}"
        hint = f"say it in mlgit.yaml of the model, where it matters: directions: {{{visible(unknown[0])}: higher}}"
        yield Finding(name="metrics", good=True, detail=detail, hint=hint)


def large_files(files: Standing, repository: Repository) -> Iterator[Finding]:
    """Yield how many files Git LFS keeps, which every checkout of the jobs fetches, and where else than at the host."""
    named = (path for path in files.paths if path.rpartition("/")[2] == ".gitattributes")
    if not any(LFS.search(files.text(path).encode()) for path in named):
        return
    listed = repository.run("ls-files", "-z", "--", ":(attr:filter=lfs)", check=False)
    number = counted(len([path for path in listed.stdout.split(b"\0") if path]), "file")
    server = repository.run("config", "--file", ".lfsconfig", "--get", "lfs.url", check=False).text.strip()
    hint = (
        f"they come from {visible(server)}, as .lfsconfig says: see that it asks nobody for a password, or keep them with DVC"
        if server
        else ""
    )
    detail = f"the checkouts of the jobs bring what it keeps, {number}"
    yield Finding(name="Git LFS", good=True, detail=detail, hint=hint)


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
    shown = migration(files).differences
    for path in files.workflows():
        called = sorted({found["program"] for found in OTHERS.finditer(files.text(path))})
        if called:
            detail = f"{path} calls {' and '.join(called)}, as mlgit-ci does now"
            hint = "mlgit migrate shows which steps of it mlgit-ci.yml does"
            if path not in shown:
                hint = "its steps do more than that: take out by hand what trains, checks and comments"
            yield Finding(name="workflows", good=True, detail=detail, hint=hint)
