"""A context may end up in a log or a failed assertion; the token in its environment must not."""

from __future__ import annotations

from pathlib import Path

from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses


def context(**environment: str) -> Context:
    return Context(
        directory=Path(), environment=environment, processes=SystemProcesses(), console=SilentConsole()
    )


def test_no_value_and_no_name_of_the_environment_is_shown() -> None:
    one = context(GITHUB_TOKEN="ghs_secret", HOME="/home/mona")
    for shown in (
        repr(one),
        str(one),
        f"{one.environment}",
        repr(one.environment),
        f"{one.environment!r:>40}",
    ):
        assert "secret" not in shown
        assert "mona" not in shown
    assert "<2 variables>" in repr(one)


def test_a_derived_world_hides_it_too() -> None:
    one = context(A="1").with_environment({"GITHUB_TOKEN": "ghs_secret"}).at(Path("/elsewhere"))
    assert "secret" not in repr(one)
    assert one.environment["GITHUB_TOKEN"] == "ghs_secret"
    assert dict(one.environment) == {"A": "1", "GITHUB_TOKEN": "ghs_secret"}
