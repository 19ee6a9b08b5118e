"""Every test has a HOME of its own, a fixed author, no configuration of the machine and no terminal."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.campaign import summary
from tests.driver import Person
from tests.isolation import INHERITED, isolated_environment

# A busy machine must not fail a property test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# A shell hands down to what it starts in the background that these are to be ignored, and mlgit keeps to that.
for _number, _taken in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _taken)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what the campaigns among the tests played."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.getreports(kind)]
    lines = summary(pair for one in reports if one.when == "call" for pair in one.user_properties)
    if lines:
        terminalreporter.section("campaigns")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("home")
    for name in INHERITED:
        monkeypatch.delenv(name, raising=False)
    for name, value in isolated_environment(home).items():
        monkeypatch.setenv(name, value)
    return home


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """A person in an empty folder."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return Person(folder)


@pytest.fixture
def repository(person: Person) -> Person:
    """A person in an empty Git repository with the smallest mlgit.yaml."""
    person.git("init", "--quiet", ".")
    person.write("mlgit.yaml", "version: 1\n")
    return person
