"""Which workflows are rendered: delivery is a matter of a workflow unless every process would end with its job."""

from __future__ import annotations

import pytest

from mlgit import yamlfile
from mlgit.config import reader
from mlgit.config.forge import Forge
from mlgit.config.model import Configuration, Model
from mlgit.render.installation import Installation
from mlgit.render.managed import delivers, managed_files

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


def test_the_workflows_of_three_hundred_models_are_those_of_two() -> None:
    """No workflow names a model: which there are is told by `mlgit affected` when a run starts."""
    own = Installation(origin="own", requirement="mlgit[all]==9.9.9")

    def rendered(number: int) -> dict[str, bytes]:
        models = {f"m{one}": Model(pipeline=f"m{one}") for one in range(number)}
        made = managed_files(Configuration(version=1, models=models), own)
        return {path: text for path, text in made.items() if path.startswith(".github/")}

    assert rendered(2) == rendered(50) == rendered(300)
    lines = {number: sum(text.count(b"\n") for text in rendered(number).values()) for number in (1, 50, 300)}
    assert lines[300] == lines[50] < lines[1] + 80


@pytest.mark.parametrize("shown", [True, False])
def test_the_job_of_the_data_has_the_base(shown: bool) -> None:
    """It compares the data with it, and reads there whether values may be shown: a shallow checkout has none."""
    own = Installation(origin="own", requirement="mlgit[all]==9.9.9")
    asked = Configuration(version=1, models={}, forge=Forge(show_values=shown))
    path = ".github/workflows/mlgit-ci.yml"
    jobs = yamlfile.read(managed_files(asked, own)[path], path).value["jobs"]
    checkouts = [job["steps"][0]["with"] for name, job in jobs.items() if name.startswith("data")]
    assert checkouts
    assert [one.get("fetch-depth") for one in checkouts] == [0] * len(checkouts)
