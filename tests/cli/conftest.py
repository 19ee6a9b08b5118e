"""A trained repository, made once by the commands that a user types, and copied for each test."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.delivery_repository import Delivery
from tests.cli.deploy_repository import Deployable
from tests.cli.retrain_repository import TOKEN, Works
from tests.cli.serve_repository import Servable
from tests.cli.small_pipeline import make_small
from tests.driver import Person
from tests.github.answers import Account
from tests.github.stub_server import StubServer
from tests.isolation import in_isolation


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The repository of `mlgit init && mlgit train`, committed. Do not change it: take `trained`."""
    folder = tmp_path_factory.mktemp("trained")
    with in_isolation(tmp_path_factory.mktemp("home")):
        person = Person(folder)
        person.mlgit("init", "p", "--no-input")
        made = person.into("p")
        made.mlgit("train")
        made.commit("Train the first model")
        yield made.folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Person:
    """A person in a repository of their own that is trained and committed."""
    copy = tmp_path / "p"
    shutil.copytree(trained_once, copy, symlinks=True)
    return Person(copy)


@pytest.fixture(scope="session")
def small_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository of two quick stages, trained and committed. Do not change it: take `small`."""
    with in_isolation(tmp_path_factory.mktemp("home")):
        person = make_small(tmp_path_factory.mktemp("small") / "s")
        person.mlgit("train")
        person.commit("Train the first model")
        yield person.folder


@pytest.fixture
def small(small_once: Path, tmp_path: Path) -> Person:
    """A person in a small repository of their own that is trained and committed."""
    copy = tmp_path / "s"
    shutil.copytree(small_once, copy, symlinks=True)
    return Person(copy)


@pytest.fixture(scope="session")
def works_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository with a server and a small gated model, trained and pushed. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("works")
    with in_isolation(tmp_path_factory.mktemp("home"), TRAININGS=str(folder / "trainings")):
        yield Works(folder).folder


@pytest.fixture
def works(works_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Works:
    """A server, a desk and a small gated model of one's own."""
    monkeypatch.setenv("TRAININGS", str(tmp_path / "trainings"))
    return Works.copied(works_once, tmp_path)


@pytest.fixture
def github(works: Works, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    """GitHub as the place of the works, with the token of a workflow."""
    del works
    with StubServer("octo-org/churn") as made:
        made.state.accounts = {
            TOKEN: Account("github-actions[bot]", "Bot", frozenset({"issues", "pull_requests"}))
        }
        for name, value in made.environment(TOKEN).items():
            monkeypatch.setenv(name, value)
        yield made
        assert made.state.violations == []


@pytest.fixture(scope="session")
def delivery_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server and a desk with a small model that is trained three times and pushed. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("delivery")
    with in_isolation(tmp_path_factory.mktemp("home")):
        yield Delivery.made(folder).folder


@pytest.fixture(scope="session")
def registered_once(delivery_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same with its three models registered. Do not change it: copy it."""
    folder = tmp_path_factory.mktemp("registered")
    with in_isolation(tmp_path_factory.mktemp("home")):
        yield Delivery.copied(delivery_once, folder).register_all().folder


@pytest.fixture
def registered(registered_once: Path, tmp_path: Path) -> Delivery:
    """A server and a desk of one's own with three versions: v0.1.0, v0.2.0, v0.3.0."""
    return Delivery.copied(registered_once, tmp_path)


@pytest.fixture
def delivery(delivery_once: Path, tmp_path: Path) -> Delivery:
    """A server and a desk of one's own, nothing registered yet."""
    return Delivery.copied(delivery_once, tmp_path)


@pytest.fixture
def deployable(registered_once: Path, tmp_path: Path) -> Iterator[Deployable]:
    """Three versions that can be served, the last with wrong golden predictions; what is left running is ended."""
    made = Deployable.copied(registered_once, tmp_path)
    try:
        yield made
    finally:
        end_deployed(tmp_path)


def end_deployed(folder: Path) -> None:
    """End what `mlgit deploy` left running."""
    for number in folder.glob("desk/.git/mlgit/deployed/*/*/running.pid"):
        with suppress(ProcessLookupError):
            os.killpg(int(number.read_text()), signal.SIGKILL)


@pytest.fixture(scope="session")
def servable_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server and a desk with two registered versions of a model in ONNX. Do not change it: take `servable`."""
    folder = tmp_path_factory.mktemp("servable")
    with in_isolation(tmp_path_factory.mktemp("home")):
        made = Servable.made(folder)
        made.register_all()
        made.mlgit("promote", "small@v0.1.0", "staging")
        made.pull()
        yield made.folder


@pytest.fixture
def servable(servable_once: Path, tmp_path: Path) -> Iterator[Servable]:
    """A server and a desk of one's own with a model that can be served; what is left running is ended."""
    made = Servable.copied(servable_once, tmp_path)
    try:
        yield made
    finally:
        end_deployed(tmp_path)
