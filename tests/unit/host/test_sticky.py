"""The one comment: created, updated, left alone, never doubled."""

from __future__ import annotations

import pytest

from mlgit.errors import ExternalError, MlgitError
from mlgit.host.sticky import ReportKey, marker_of, post_report
from tests.github.answers import PERSON, Account, Fault, FaultKind
from tests.github.reports import KEY, report
from tests.github.scene import Scene


def test_a_first_report_takes_two_requests_and_a_second_updates_it(scene: Scene) -> None:
    posted = post_report(scene.forge, scene.number, KEY, report())
    assert (posted.outcome, posted.left_out, posted.notes) == ("created", (), ())
    assert len(scene.state.requests) == 2
    again = post_report(scene.forge, scene.number, KEY, report("**Worse**"))
    assert (again.outcome, again.url) == ("updated", posted.url)
    (comment,) = scene.state.contents.comments(scene.number)
    assert comment["body"] == again.body
    assert comment["html_url"] == posted.url


def test_an_unchanged_report_writes_nothing(scene: Scene) -> None:
    post_report(scene.forge, scene.number, KEY, report())
    (comment,) = scene.state.contents.comments(scene.number)
    comment["body"] = comment["body"].replace("\n", "\r\n").rstrip()
    scene.state.requests.clear()
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "unchanged"
    assert [one.method for one in scene.state.requests] == ["GET"]


@pytest.mark.parametrize("kind", ["502-landed", "503-landed", "timeout-landed", "truncated"])
def test_a_comment_that_landed_behind_an_error_is_not_written_twice(scene: Scene, kind: FaultKind) -> None:
    scene.state.faults = [None, Fault(kind, wait=7)]
    posted = post_report(scene.forge, scene.number, KEY, report())
    assert posted.outcome == "created"
    assert [one.method for one in scene.state.requests] == ["GET", "POST", "GET"]
    assert len(scene.state.contents.comments(scene.number)) == 1


@pytest.mark.parametrize("kind", ["502", "503", "timeout"])
def test_a_comment_that_did_not_land_is_written_after_a_look(scene: Scene, kind: FaultKind) -> None:
    scene.state.faults = [None, Fault(kind, wait=7)]
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "created"
    assert [one.method for one in scene.state.requests] == ["GET", "POST", "GET", "POST"]
    assert len(scene.state.contents.comments(scene.number)) == 1


@pytest.mark.parametrize("kind", ["403-limit", "429"])
def test_a_limit_is_waited_for_and_needs_no_look(scene: Scene, kind: FaultKind) -> None:
    scene.state.faults = [None, Fault(kind, wait=40)]
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "created"
    assert [one.method for one in scene.state.requests] == ["GET", "POST", "POST"]
    assert max(scene.clock.slept) >= 40


def test_a_landed_comment_that_cannot_be_looked_for_is_left_alone(scene: Scene) -> None:
    scene.state.faults = [None, Fault("502-landed"), *[Fault("502")] * 20]
    with pytest.raises(ExternalError) as caught:
        post_report(scene.forge, scene.number, KEY, report())
    assert caught.value.code == "forge-unreachable"
    assert len(scene.state.contents.comments(scene.number)) == 1
    scene.state.faults = []
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "unchanged"


def test_writing_ends_after_some_attempts_and_says_that_the_outcome_is_unknown(scene: Scene) -> None:
    scene.state.faults = [None, Fault("502")] * 4
    with pytest.raises(ExternalError) as caught:
        post_report(scene.forge, scene.number, KEY, report())
    assert caught.value.code == "outcome-unknown"
    assert [one.method for one in scene.state.requests] == [*["GET", "POST"] * 4, "GET"]


def test_of_several_own_comments_the_oldest_is_updated_and_the_others_are_named(scene: Scene) -> None:
    for text in ("old", "newer", "newest"):
        body = f"{marker_of(KEY)}\n{text}"
        scene.state.contents.add_comment(scene.number, body, author="github-actions[bot]", kind="Bot")
    posted = post_report(scene.forge, scene.number, KEY, report())
    bodies = [one["body"] for one in scene.state.contents.comments(scene.number)]
    assert posted.outcome == "updated"
    assert "metric_0" in bodies[0]
    assert [body.splitlines()[1] for body in bodies[1:]] == ["newer", "newest"]
    assert "has 3 comments" in posted.notes[0]
    assert all(one["html_url"] in posted.notes[0] for one in scene.state.contents.comments(scene.number)[1:])


def test_an_app_finds_its_comments_by_the_login_it_is_given() -> None:
    scene = Scene(MLGIT_FORGE_LOGIN="my-app[bot]")
    scene.state.accounts["token"] = Account("my-app[bot]", "Bot", frozenset({"issues"}))
    scene.state.contents.add_comment(
        scene.number, f"{marker_of(KEY)}\n", author="github-actions[bot]", kind="Bot"
    )
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "created"
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "unchanged"


@pytest.mark.parametrize("start", ["ghp_", "github_pat_"])
def test_a_personal_token_finds_its_own_comment_again(start: str) -> None:
    scene = Scene()
    scene.state.accounts[f"{start}1"] = PERSON
    for outcome in ("created", "unchanged"):
        posted = post_report(scene.client(f"{start}1"), scene.number, KEY, report())
        assert (posted.outcome, posted.notes) == (outcome, ())
    assert len(scene.state.contents.comments(scene.number)) == 1
    assert scene.state.violations == []


def test_a_token_that_writes_under_another_name_is_told() -> None:
    scene = Scene()
    posted = post_report(scene.client("person"), scene.number, KEY, report())
    assert posted.outcome == "created"
    assert "'mona'" in posted.notes[0]
    assert "MLGIT_FORGE_LOGIN" in posted.notes[0]
    assert scene.state.accounts["person"] == PERSON


def test_a_marker_tells_any_two_keys_apart_and_stays_one_line() -> None:
    names = [
        "",
        "-",
        "--",
        "-->",
        "a",
        "a\n",
        "a b",
        "a-b",
        "ä",
        "\ud800",
        "x" * 300,
        "x" * 301,
        "report=a",
        "\0",
    ]
    markers = {marker_of(ReportKey(workflow=one, report=other)) for one in names for other in names}
    assert len(markers) == len(names) ** 2
    for marker in markers:
        assert marker.isprintable()
        assert marker.count("-->") == marker.count("<!--") == 1
        assert "--" not in marker.removeprefix("<!--").removesuffix("-->")
        assert len(marker) < 200


def test_a_pull_request_that_is_not_there_is_the_users_mistake() -> None:
    scene = Scene()
    with pytest.raises(MlgitError) as caught:
        post_report(scene.forge, 404, KEY, report())
    assert (caught.value.code, caught.value.exit_code) == ("forge-not-found", 2)
