"""All models and where they run, read from Git in few processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlgit.environments.desired import Entry, write
from mlgit.environments.overview import SHOWN, overview
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.refs.commits import person, write_commit
from mlgit.world.context import Context, SilentConsole
from tests.counted import Counted
from tests.driver import Person

ME = person("Ada", "ada@example.org")


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def repository(tmp_path: Path, counted: Counted) -> Repository:
    """Fifteen versions of a model, of which an environment has to run one."""
    desk = Person(tmp_path)
    desk.git("init", "--quiet", "--initial-branch", "main", ".")
    context = Context(
        directory=tmp_path, environment=dict(os.environ), processes=counted, console=SilentConsole()
    )
    repository = Repository(context, tmp_path)
    runs(repository, "v0.14.0")
    for number in range(15):
        desk.git("tag", "--annotate", "--message", "made by hand", f"churn@v0.{number}.0", "main")
    counted.started.clear()
    return repository


def runs(repository: Repository, version: str) -> None:
    """Let staging have to run a version."""
    entry = Entry(version=version, commit="a" * 40, digest="md5:" + "0" * 32, action="promote", by=ME)
    files = {"deploy/staging.yaml": write("staging", {"churn": entry})}
    commit = write_commit(repository, None, files, "one", seconds=100, author=ME)
    repository.run("update-ref", "refs/heads/main", commit)


def test_the_newest_versions_and_what_runs_take_three_processes(
    repository: Repository, counted: Counted
) -> None:
    (model,) = overview(repository, remote="").models
    assert counted.verbs == ["for-each-ref", "ls-tree", "cat-file"]
    assert [row.version.version for row in model.versions] == [f"v0.{14 - place}.0" for place in range(SHOWN)]
    assert [row.environments for row in model.versions] == [("staging",), *[()] * (SHOWN - 1)]
    assert model.older == 5
    assert all(row.version.by and row.version.commit for row in model.versions)


def test_an_old_version_that_still_runs_is_shown_and_takes_one_more(
    repository: Repository, counted: Counted
) -> None:
    runs(repository, "v0.2.0")
    counted.started.clear()
    (model,) = overview(repository, remote="").models
    assert counted.verbs == ["for-each-ref", "ls-tree", "cat-file", "cat-file"]
    assert (model.versions[-1].version.version, model.versions[-1].environments) == ("v0.2.0", ("staging",))
    assert model.versions[-1].version.commit
    assert model.older == 4


def test_all_of_them_in_one_reading(repository: Repository, counted: Counted) -> None:
    (model,) = overview(repository, remote="", everything=True).models
    assert counted.verbs == ["for-each-ref", "ls-tree", "cat-file"]
    assert (len(model.versions), model.older) == (15, 0)


def test_a_model_without_a_version_is_refused_by_name(repository: Repository) -> None:
    with pytest.raises(UsageError, match="no version of other is registered"):
        overview(repository, "other", remote="")
