"""The whole of delivery, really executed: from new data to what answers, two models at once, swapped models and images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.retrain_repository import PIPELINE, SETTINGS, TRAINER
from tests.driver import Person
from tests.workflows.delivery_stage import ENVIRONMENTS, Delivery, delivering
from tests.workflows.test_run_deliver import NO_PRODUCTION, NOTHING, STAGING

RETRAINING = "ct: {data: true}\n"
PRODUCTION = {**NOTHING, "deploy-production": "success", "conclude-production": "success"}
IMAGE = "images.example.org/small"
BUILDER = """\
import os
import sys
from hashlib import sha256
from pathlib import Path

folder = Path({folder!r})
with (folder / "calls").open("a") as calls:
    calls.write(sys.argv[1] + "\\n")
if sys.argv[1] == "build":
    content = os.urandom(8) + Path("Containerfile").read_bytes()
    Path(sys.argv[sys.argv.index("--iidfile") + 1]).write_text("sha256:" + sha256(content).hexdigest())
    (folder / "built").write_bytes(content)
else:
    print("v: digest: sha256:" + sha256(b"pushed" + (folder / "built").read_bytes()).hexdigest() + " size: 1")
"""
CONTAINER = """\
    target:
      kind: container
      base: images.example.org/python@sha256:0000000000000000000000000000000000000000000000000000000000000000
      image: images.example.org/small
      builder: [python, "BUILDER", build]
      push: [python, "BUILDER", push]
"""


@pytest.mark.slow
def test_new_data_are_trained_reviewed_registered_tested_and_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the push of new rows to the version that answers in production; whatever happens again starts nothing."""
    with delivering(tmp_path, monkeypatch, ct=RETRAINING) as story:
        story.learns_its_answers()
        assert story.pushed() == {**STAGING, **NO_PRODUCTION}
        story.desk.git("pull", "--quiet", "origin", "main")
        story.works.data("1\n2\n4\n")
        assert story.pushed() == NOTHING
        assert story.happens("push")[1] == dict.fromkeys(("claim", "train", "conclude"), "success")
        assert story.happens("push")[1]["train"] == "skipped"
        (retraining,) = [one for one in story.github.contents.pulls() if "retrain" in one["head"]["ref"]]
        assert retraining["head"]["ref"] == "mlgit/retrain/small-data"
        story.merge()
        assert story.happens("push")[0] is False
        assert story.pushed() == {**STAGING, **NO_PRODUCTION}
        assert story.pushed() == NOTHING
        assert (story.platform.runs("staging"), story.platform.runs("production")) == ("v0.2.0", "")
        story.merge_proposal("production")
        assert story.pushed() == PRODUCTION
        assert story.happens("workflow_dispatch", workflow="mlgit-cd")[1] == NOTHING
        assert story.platform.runs("production") == "v0.2.0"
        assert story.platform.applied("staging") == ["v0.1.0", "v0.2.0"]
        assert story.platform.applied("production") == ["v0.2.0"]
        assert story.answers("production") == {"model": "weight 1 of [1.0, 2.0, 4.0]"}
        assert story.works.trainings == 2  # the first at the desk
        desk = story.desk
        desk.git("pull", "--quiet", "--tags", "origin", "main")
        spans = json.loads(desk.mlgit("history", "--env", "production", "--json").out)["spans"]
        assert [(one["version"], one["until"]) for one in spans] == [("v0.2.0", None)]


def second_model() -> tuple[str, dict[str, str]]:
    """Settings with one more model beside the first, and the files that train it."""
    one = SETTINGS[SETTINGS.index("  small:") : SETTINGS.index("data:")]
    other = (
        one.replace("small:", "other:")
        .replace("model.txt", "other.txt")
        .replace("metrics.json", "other.json")
    )
    stage = PIPELINE.partition("stages:\n")[2].replace("train:", "again:").replace("model.txt", "other.txt")
    stage = stage.replace("metrics.json", "other.json").replace("train.py", "other.py")
    program = TRAINER.replace("model.txt", "other.txt").replace("metrics.json", "other.json")
    files = {"dvc.yaml": PIPELINE + stage, "other.py": program.replace("LOG", "/dev/null")}
    return SETTINGS.replace("data:\n", f"{other}data:\n"), files


@pytest.mark.slow
def test_two_models_of_one_push_are_delivered_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, files = second_model()
    with delivering(tmp_path, monkeypatch, models=settings) as story:
        for path, text in files.items():
            story.desk.write(path, text)
        story.train(2)
        assert story.pushed() == {**STAGING, **NO_PRODUCTION}
        for place in ("staging", "staging-other"):
            assert story.platform.applied(place) == ["v0.1.0"]
        desired = story.desired("staging")
        assert ('"small"' in desired, '"other"' in desired) == (True, True)
        titles = sorted(one["title"] for one in story.github.contents.pulls())
        assert titles == ["Promote other v0.1.0 to production", "Promote small v0.1.0 to production"]
        tags = Person(story.works.server).git("tag", "--list").split()
        assert tags == ["other@v0.1.0", "small@v0.1.0"]
        assert story.pushed() == NOTHING
        story.merge_proposal("production", "small")
        assert story.pushed() == PRODUCTION
        story.merge_proposal("production", "other")
        assert story.pushed() == PRODUCTION
        for place in ("production", "production-other"):
            assert story.platform.applied(place) == ["v0.1.0"]
        assert len(story.github.contents.pulls()) == 2


@pytest.mark.slow
def test_a_model_that_was_swapped_in_the_remote_is_refused_and_what_runs_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with delivering(tmp_path, monkeypatch) as story:
        story.train(2)
        story.pushed()
        story.train(3)
        story.desk.mlgit("register", "small")
        story.desk.mlgit("promote", "small@v0.2.0", "staging")
        story.swap("weight 3 of [1.0, 2.0, 3.0]", "weight 9 of nothing")
        jobs = story.pushed()
        assert (jobs["release"], jobs["deploy-staging"], jobs["conclude-staging"]) == (
            "success",
            "failure",
            "failure",
        )
        assert (story.platform.runs("staging"), story.platform.applied("staging")) == ("v0.1.0", ["v0.1.0"])
        (issue,) = story.github.contents.issues()
        assert "artifact-swapped" in issue["body"]


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Delivery]:
    """Both environments run images, which a program builds and pushes."""
    program = tmp_path / "builder.py"
    program.write_text(BUILDER.format(folder=str(tmp_path)))
    there = ENVIRONMENTS.replace(
        "    target:\n      kind: command\n", CONTAINER.replace("BUILDER", str(program))
    )
    with delivering(tmp_path, monkeypatch, environments=there) as made:
        yield made


def image(delivery: Delivery, environment: str) -> str:
    """The image that the default branch names."""
    lines = delivery.desired(environment).splitlines()
    found = [line.split('"')[1] for line in lines if line.strip().startswith("image:")]
    return found[0] if found else ""


@pytest.mark.slow
def test_the_image_that_was_tested_is_written_to_git_and_is_the_one_that_runs(
    images: Delivery, tmp_path: Path
) -> None:
    images.train(2)
    assert images.pushed() == {**STAGING, **NO_PRODUCTION}
    tested = image(images, "staging")
    assert tested.startswith(f"{IMAGE}@sha256:")
    subjects = Person(images.works.server).git("log", "--format=%s", "main").splitlines()
    assert subjects[0] == "Record the image of small v0.1.0 in staging"
    images.merge_proposal("production")
    assert images.pushed() == PRODUCTION
    assert image(images, "production") == tested
    assert (tmp_path / "calls").read_text().split() == ["build", "push"]
    assert images.platform.image("production") == tested
    other = tested[:-8] + "deadbeef"
    desk = images.desk
    desk.git("pull", "--quiet", "origin", "main")
    desk.write("deploy/production.yaml", desk.read("deploy/production.yaml").replace(tested, other))
    desk.commit("Look here")
    desk.git("push", "--quiet", "origin", "main")
    jobs = images.pushed()
    assert (jobs["deploy-production"], jobs["conclude-production"]) == ("failure", "failure")
    assert images.platform.image("production") == tested
    (issue,) = images.github.contents.issues()
    assert "deploy-image" in issue["body"]
