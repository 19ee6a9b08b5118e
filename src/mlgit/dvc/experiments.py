"""DVC's experiments: which there are, read from Git; running one and making a branch of one, through DVC."""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from mlgit.dvc.command import Dvc
from mlgit.dvc.search_space import Settings, assignments
from mlgit.git.repository import Repository
from mlgit.refs.commits import FETCH

REFS = "refs/exps"
NAMED = re.compile(r"refs/exps/([0-9a-f]{2})/([0-9a-f]{38,62})/(.+)")


class ExperimentError(Exception):
    """An experiment came to no end; what DVC said went on line by line."""


class Experiment(Struct, frozen=True, kw_only=True):
    """An experiment: a commit on a ref of its own, whose parent is the commit it started from."""

    name: str
    ref: str
    commit: str
    base: str


def experiments(repository: Repository, base: str = "") -> tuple[Experiment, ...]:
    """Return the experiments that started from the commit `base`, all where it is empty, by their names."""
    text = repository.run("for-each-ref", "--format=%(objectname) %(refname)", REFS).text
    found = []
    for line in text.splitlines():
        commit, _, ref = line.partition(" ")
        named = NAMED.fullmatch(ref)
        if named is not None and (not base or named[1] + named[2] == base):
            found.append(Experiment(name=named[3], ref=ref, commit=commit, base=named[1] + named[2]))
    return tuple(sorted(found, key=lambda one: one.name))


def run_experiment(
    dvc: Dvc, name: str, settings: Settings, file: str, pipeline: str, on_line: Callable[[str], None]
) -> None:
    """Run one experiment in a copy that DVC makes, `pipeline` being its dvc.yaml; raises `ExperimentError`.

    On the way DVC puts aside what is changed in the tree that it stands in, writes the settings there and resets it: that has
    to be no tree of a user's.
    """
    words = [one for text in assignments(settings) for one in ("--set-param", f"{file}:{text}")]
    target = [pipeline] if pipeline else []
    if dvc.stream("exp", "run", "--temp", "--name", name, *words, *target, on_line=on_line):
        raise ExperimentError


def bring(repository: Repository, copy: Repository, base: str, name: str) -> None:
    """Take an experiment that was run in a copy of the repository over from there: its commit, then its ref in one step.

    Raises `ExternalError` where Git cannot write.
    """
    ref = f"{REFS}/{base[:2]}/{base[2:]}/{name}"
    repository.write(*FETCH, str(copy.root), f"{ref}:{ref}")


def branch_off(dvc: Dvc, experiment: str, branch: str) -> None:
    """Make a branch that ends in an experiment; raises `ExternalError` in DVC's own words."""
    dvc.run("exp", "branch", experiment, branch)
