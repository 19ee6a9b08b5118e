"""The nine faults that users of CML suffer, each held against `mlgit comment`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.comment_scene import BASE, HEAD, branched, charts, claim, comparison, event, write_archive
from tests.driver import Person
from tests.github.stub_server import StubServer


class Desk:
    """A checkout of a branch that has a pull request."""

    def __init__(self, person: Person, github: StubServer) -> None:
        self.person = person
        self.github = github
        self.base, self.head = branched(person)
        self.number = github.contents.add_pull_request(head_sha=self.head)

    def ours(self) -> list[str]:
        written = self.github.contents.comments(self.number)
        return [comment["body"] for comment in written if comment["user"]["type"] == "Bot"]


@pytest.fixture
def desk(person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GH_", "MLGIT_"))]:
        monkeypatch.delenv(name)
    with StubServer() as github:
        for name, value in github.environment().items():
            monkeypatch.setenv(name, value)
        yield Desk(person, github)
        assert github.state.violations == []


def test_1_the_comment_is_found_on_any_page(desk: Desk) -> None:
    for number in range(120):
        desk.github.contents.add_comment(desk.number, f"talk {number}")
    desk.person.mlgit("comment")
    for number in range(120):
        desk.github.contents.add_comment(desk.number, f"more talk {number}")
    assert "unchanged" in desk.person.mlgit("comment").err
    assert len(desk.ours()) == 1


def test_2_a_person_who_quotes_it_keeps_their_words(desk: Desk) -> None:
    quoted = desk.person.mlgit("comment", "--dry-run").out
    id_ = desk.github.contents.add_comment(desk.number, quoted, author="mona")
    desk.person.mlgit("comment")
    comment = desk.github.contents.comment(id_)
    assert comment is not None
    assert comment["body"] == quoted
    assert len(desk.ours()) == 1


def test_3_two_workflows_have_a_comment_each(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for workflow in ("one", "two", "one", "two"):
        monkeypatch.setenv("GITHUB_WORKFLOW", workflow)
        desk.person.mlgit("comment")
    assert len(desk.ours()) == 2


def test_4_a_report_that_is_too_long_is_shortened_and_posted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {f"metric_{number:04}": number / 7 for number in range(3000)}
    desk.person.write("metrics.json", json.dumps({"roc_auc": 0.95, **values}))
    desk.github.contents.pulls()[0]["head"]["sha"] = desk.person.commit("Many")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_RUN_ID", "7")
    assert "shortened, left out: " in desk.person.mlgit("comment").err
    [body] = desk.ours()
    assert 60_000 < len(body.encode()) <= 65_000
    assert body.rstrip().endswith(
        "[The whole report](https://github.example/octo-org/churn/actions/runs/7#artifacts)"
    )
    assert "| `roc_auc` |" in body
    assert "Metrics (" in body


def test_5_a_token_that_may_not_write_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "read-only")
    summary = desk.person.folder.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    desk.person.mlgit("comment")
    assert "| `roc_auc` |" in summary.read_text()
    assert desk.ours() == []


def test_6_no_file_leaves_the_machine(desk: Desk) -> None:
    secret = "a-word-that-stands-in-a-file-only"
    desk.person.write("secret.txt", secret)
    desk.person.write("picture.png", f"PNG {secret}")
    named = desk.person.read("dvc.yaml") + "- picture.png\n- secret.txt\n"
    desk.person.write("dvc.yaml", named)
    desk.person.write("params.yaml", "depth: 4\nsee: '![x](secret.txt) [y](/etc/hostname)'\n")
    desk.github.contents.pulls()[0]["head"]["sha"] = desk.person.commit("Link to files")
    desk.person.mlgit("comment")
    sent = b"".join(seen.body for seen in desk.github.state.requests).decode()
    assert "picture.png" in sent
    assert secret not in sent
    assert "data:image" not in sent


def test_7_what_a_dry_run_prints_is_what_is_posted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = desk.person.mlgit("comment", "--dry-run", "--pr", str(desk.number)).out
    desk.person.mlgit("comment")
    assert desk.ours() == [shown]


def test_8_a_workflow_run_comments_on_the_pull_request(desk: Desk) -> None:
    desk.github.contents.pulls()[0]["head"]["sha"] = HEAD
    honest = {"event.json": claim(desk.number), "comparison.json": comparison(), "charts.json": charts()}
    folder = write_archive(desk.person.folder.parent / "artifact", honest)
    place = event(desk.person.folder.parent)
    desk.person.mlgit("comment", "--artifact", str(folder), "--event", str(place))
    assert f"(`{BASE[:9]}`)" in desk.ours()[0]
    assert all("/commits/" not in seen.target or seen.method == "GET" for seen in desk.github.state.requests)


def test_9_no_configuration_of_git_is_touched(desk: Desk, isolated: Path) -> None:
    places = [isolated / ".gitconfig", desk.person.folder / ".git" / "config"]
    before = [place.read_bytes() for place in places]
    desk.person.mlgit("comment")
    desk.person.mlgit("comment", "--local")
    assert [place.read_bytes() for place in places] == before
