"""What a company sets for the workflows: accepted values are rendered, others refused with file, line and what it takes."""

from __future__ import annotations

from typing import get_args

import pytest

from mlgit.config import reader
from mlgit.config.forge import ActionName
from mlgit.errors import UsageError
from mlgit.render.installation import Installation
from mlgit.render.managed import managed_files
from mlgit.render.pins import PINS

INSTALLATION = Installation(origin="own", requirement="mlgit[all]==9.9.9")
CI = ".github/workflows/mlgit-ci.yml"
COMMIT = "a1" * 20


def rendered(settings: str) -> dict[str, str]:
    configuration = reader.read("version: 1\n" + settings)
    return {path: content.decode() for path, content in managed_files(configuration, INSTALLATION).items()}


def test_every_action_of_the_table_can_be_another() -> None:
    assert set(get_args(ActionName)) == set(PINS)


def test_another_action_is_used_everywhere() -> None:
    files = rendered(f"forge: {{actions: {{actions/upload-artifact: mirror/upload-artifact@{COMMIT}}}}}\n")
    workflows = "".join(text for path, text in files.items() if path.startswith(".github/workflows/"))
    assert "uses: actions/upload-artifact" not in workflows
    line = f"uses: mirror/upload-artifact@{COMMIT} # mlgit.yaml has it in place of actions/upload-artifact"
    assert line in files[CI]
    cached = rendered(f"forge: {{actions: {{actions/cache: mirror/cache@{COMMIT}}}}}\n")
    assert f"uses: mirror/cache/restore@{COMMIT}" in cached[".github/actions/mlgit-setup/action.yml"]


def test_a_mirror_may_belong_to_a_managed_account() -> None:
    files = rendered(f"forge: {{actions: {{actions/checkout: mirrors_corp/checkout@{COMMIT}}}}}\n")
    assert f"uses: mirrors_corp/checkout@{COMMIT}" in files[CI]


def test_reports_are_kept_as_long_as_mlgit_yaml_says() -> None:
    text = rendered("ci: {retention_days: 3}\n")[CI]
    assert "retention-days: 3\n" in text
    assert "retention-days: 14" not in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("forge:\n  actions:\n    actions/upload: a/b@" + COMMIT, "actions/upload"),
        ("forge:\n  actions:\n    actions/cache: a/b@v4", "an action by its commit"),
        ("forge:\n  actions:\n    actions/cache: a/b@" + COMMIT + "${{ x }}", "an action by its commit"),
        ("ci:\n  retention_days: 0", "has to be a whole number of at least 1"),
        ("ci:\n  retention_days: 401", "400"),
        ("models:\n  a: {ci: {minutes: 0}}", "models.a.ci.minutes"),
        ("models:\n  a: {ci: {runner: ['${{ x }}']}}", "the label of a runner"),
        ("models:\n  a: {ci: {requirements: ../x}}", "a path inside the repository"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(settings: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        reader.read("version: 1\n" + settings + "\n")
    assert said in caught.value.message
    assert caught.value.where.startswith("mlgit.yaml:")
    assert caught.value.hint


def test_the_workflow_does_not_grow_with_the_models() -> None:
    def lines(models: int) -> int:
        names = "".join(f"  m{n}: {{pipeline: models/m{n}}}\n" for n in range(models))
        return len(rendered("models:\n" + names)[CI].splitlines())

    assert lines(2) == lines(50) == lines(300)
    assert lines(300) < lines(1) + 70
