"""Which workflows are rendered: delivery is a matter of a workflow unless every process would end with its job."""

from __future__ import annotations

import pytest

from mlgit.config import reader
from mlgit.render.managed import delivers

LOCAL = "{target: {kind: local}}"
OTHER = "{target: {kind: command, apply: [a], check: [c]}}"


@pytest.mark.parametrize(
    ("environments", "runner", "expected"),
    [
        ("{}", "ubuntu-24.04", False),
        (f"{{a: {LOCAL}}}", "ubuntu-24.04", False),
        (f"{{a: {LOCAL}}}", "self-hosted", True),
        (f"{{a: {LOCAL}, b: {LOCAL}}}", "macos-15", False),
        (f"{{a: {LOCAL}, b: {OTHER}}}", "ubuntu-24.04", True),
        ("{a: {}}", "ubuntu-24.04", True),
    ],
)
def test_a_workflow_delivers_where_something_stays(environments: str, runner: str, expected: bool) -> None:
    text = f"version: 1\nmodels: {{}}\nenvironments: {environments}\nrunners: {{default: [{runner}]}}\n"
    assert delivers(reader.read(text, "mlgit.yaml")) is expected
