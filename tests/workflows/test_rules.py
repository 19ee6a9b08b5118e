"""Every rule holds for every combination of options."""

from __future__ import annotations

import pytest

from mlgit.config.ci import ContinuousIntegration
from mlgit.config.model import Configuration
from mlgit.render.installation import Installation
from mlgit.render.managed import managed_files
from tests.workflows.combinations import combinations, few, rendered
from tests.workflows.reading import CD, CI, COMMENT, CT, DATA, DEPENDABOT, SETUP, Rendered
from tests.workflows.rules import RULES, violations

NAMES = [name for name, _ in combinations()]


@pytest.mark.parametrize("part", range(8))
def test_every_rule_holds_for_every_combination(part: int) -> None:
    broken = {name: violations(Rendered(rendered(name))) for name in NAMES[part::8]}
    assert {name: found for name, found in broken.items() if found} == {}


def test_the_combinations_hold_every_option() -> None:
    words = " ".join(NAMES)
    for option in (
        "train=run",
        "commit=True",
        "remote=s3:oidc",
        "remote=gs:oidc",
        "remote=azure:oidc",
        "trainer=own",
    ):
        assert option in words
    for kind in ("s3", "azure", "other"):
        assert f"remote={kind}:secrets:WEBDAV_PASSWORD" in words
    assert "remote=gs:secrets:CREDENTIALS_JSON" in words
    assert len(NAMES) > 200
    assert set(few()) <= set(NAMES)


@pytest.mark.parametrize("name", few())
def test_the_same_files_for_every_combination(name: str) -> None:
    asked = {file for file, word in ((CT, " ct="), (DATA, " update="), (CD, " cd=")) if word in name}
    assert set(rendered(name)) == {CI, COMMENT, SETUP, DEPENDABOT} | asked


def test_every_way_to_the_remote_is_rendered_with_and_without_training() -> None:
    remotes = {word for name in NAMES for word in name.split() if word.startswith("remote=")}
    trainings = {word for name in NAMES for word in name.split() if word.startswith("ct=")}
    assert {part for word in trainings for part in word[3:].split(",")} == {
        "data",
        "schedule",
        "events",
        "app",
    }
    for remote in remotes:
        found = {
            tuple(word for word in name.split() if word.startswith("ct=")) for name in NAMES if remote in name
        }
        assert found == {(), *((one,) for one in trainings)}, remote


def test_data_are_fetched_beside_every_way_to_the_remote_with_and_without_its_credentials() -> None:
    for remote in {word for name in NAMES for word in name.split() if word.startswith("remote=")}:
        found = {
            word for name in NAMES if remote in name for word in name.split() if word.startswith("update=")
        }
        assert {"update=", "update=storage", "update=secrets", "update=environment,secrets,storage"} <= found


@pytest.mark.parametrize("name", [name for name in NAMES if " update=" in name])
def test_the_sources_get_the_credentials_of_the_storage_only_where_they_are_lent(name: str) -> None:
    configuration = dict(combinations())[name]
    assert configuration.ct is not None
    update, remote = configuration.ct.update, configuration.remote
    assert update is not None
    (fetch,) = (step for step in Rendered(rendered(name)).steps if "data update --step fetch" in step.run)
    own = {"FOLDER", *update.secrets}
    given = set(fetch.value["env"])
    assert own <= given
    if remote is None or not update.storage:
        assert given == own
        assert "login" not in str(fetch.value)
    elif remote.secrets and "CREDENTIALS_JSON" not in remote.secrets:
        assert given == own | set(remote.secrets)


def test_every_rule_has_a_name_that_says_it() -> None:
    assert len(RULES) > 20
    assert all("_" in name for name in RULES)


def test_what_is_installed_follows_ci_install() -> None:
    named = "mlgit[all] @ git+https://example.org/mlgit.git@v1"
    configuration = Configuration(version=1, ci=ContinuousIntegration(install=named))
    text = managed_files(configuration, Installation(origin="own", requirement=named))[SETUP].decode()
    assert f'MLGIT_ALL: "{named}"' in text
    assert 'MLGIT_ALONE: "mlgit @ git+https://example.org/mlgit.git@v1"' in text
