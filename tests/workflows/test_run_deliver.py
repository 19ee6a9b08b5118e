"""mlgit-cd, really executed: a bare repository as the server, a folder as the remote, GitHub's API as a stub server.

What runs is a folder that the user's commands write, behind a small HTTP server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.driver import Person
from tests.workflows.delivery_stage import Delivery, delivering

STAGING = {"release": "success", "deploy-staging": "success", "conclude-staging": "success"}
NO_PRODUCTION = {"deploy-production": "skipped", "conclude-production": "skipped"}
NOTHING = {"release": "success", "deploy-staging": "skipped", "conclude-staging": "skipped", **NO_PRODUCTION}


@pytest.fixture
def delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Delivery]:
    with delivering(tmp_path, monkeypatch) as made:
        yield made


@pytest.mark.slow
def test_a_merged_model_reaches_staging_by_itself_and_production_by_a_merged_pull_request(
    delivery: Delivery,
) -> None:
    delivery.train(2)
    assert delivery.pushed() == {**STAGING, **NO_PRODUCTION}
    assert (delivery.platform.runs("staging"), delivery.platform.runs("production")) == ("v0.1.0", "")
    (pull,) = delivery.github.contents.pulls()
    assert pull["title"] == "Promote small v0.1.0 to production"
    assert delivery.pushed() == NOTHING
    delivery.merge_proposal("production")
    jobs = delivery.pushed()
    assert jobs == {
        **NOTHING,
        "deploy-production": "success",
        "conclude-production": "success",
    }
    assert delivery.platform.runs("production") == "v0.1.0"
    assert (delivery.platform.applied("staging"), delivery.platform.applied("production")) == (
        ["v0.1.0"],
        ["v0.1.0"],
    )


@pytest.mark.slow
def test_a_failing_smoke_test_ends_in_a_rollback_commit_and_one_issue(delivery: Delivery) -> None:
    delivery.train(2)
    delivery.pushed()
    delivery.train(3, golden="something else")
    jobs = delivery.pushed()
    assert jobs == {
        "release": "success",
        "deploy-staging": "failure",
        "conclude-staging": "failure",
        **NO_PRODUCTION,
    }
    assert delivery.platform.applied("staging") == ["v0.1.0", "v0.2.0", "v0.1.0"]
    assert 'action: "rollback"' in delivery.desired("staging")
    assert "golden predictions are wrong" in delivery.desired("staging")
    subject = Person(delivery.works.server).git("log", "-1", "--format=%s", "main")
    assert subject == "Roll back small to v0.1.0 in staging"
    (issue,) = delivery.github.contents.issues()
    assert issue["title"] == "small v0.2.0 failed in staging"
    assert "something else" in issue["body"]
    assert delivery.pushed() == NOTHING
    assert (len(delivery.github.contents.issues()), delivery.platform.runs("staging")) == (1, "v0.1.0")
