"""Nine faults that users of an older tool of this kind suffered; each must not happen here."""

from __future__ import annotations

from pathlib import Path

from mlgit.host.document import CommentDocument
from mlgit.host.sticky import ReportKey, marker_of, post_report
from tests.github.reports import KEY, report
from tests.github.scene import HEAD, Scene


def ours(scene: Scene, key: ReportKey = KEY) -> list[str]:
    bodies = [
        one["body"] for one in scene.state.contents.comments(scene.number) if one["user"]["type"] == "Bot"
    ]
    return [body for body in bodies if body.startswith(marker_of(key))]


def test_1_a_comment_behind_the_first_page_is_found(scene: Scene) -> None:
    for number in range(130):
        scene.state.contents.add_comment(scene.number, f"remark {number}")
    post_report(scene.forge, scene.number, KEY, report())
    for number in range(130):
        scene.state.contents.add_comment(scene.number, f"later remark {number}")
    assert post_report(scene.forge, scene.number, KEY, report("**Worse**")).outcome == "updated"
    assert len(ours(scene)) == 1
    assert "**Worse**" in ours(scene)[0]


def test_2_a_person_who_quotes_the_marker_keeps_the_comment(scene: Scene) -> None:
    marker = marker_of(KEY)
    quotes = [f"> {marker}\n> better", f"{marker}\nI copied it whole", f"look: {marker}", marker]
    for quote in quotes:
        scene.state.contents.add_comment(scene.number, quote)
    scene.state.contents.add_comment(
        scene.number, f"a bot quotes: {marker}\n", author="github-actions[bot]", kind="Bot"
    )
    scene.state.contents.add_comment(scene.number, f"{marker}\n", author="other[bot]", kind="Bot")
    scene.state.contents.add_comment(scene.number, f"{marker}\n", author="github-actions[bot]", kind="User")
    before = [one["body"] for one in scene.state.contents.comments(scene.number)]
    assert post_report(scene.forge, scene.number, KEY, report()).outcome == "created"
    assert post_report(scene.forge, scene.number, KEY, report("**Worse**")).outcome == "updated"
    assert [one["body"] for one in scene.state.contents.comments(scene.number)][:-1] == before


def test_3_two_workflows_and_two_reports_have_a_comment_each(scene: Scene) -> None:
    keys = [
        ReportKey(workflow="ci", report="churn"),
        ReportKey(workflow="ci", report="fraud"),
        ReportKey(workflow="nightly", report="churn"),
        ReportKey(workflow="ci report=churn", report=""),
        ReportKey(workflow="ci-", report="churn"),
    ]
    for verdict in ("first", "second"):
        for key in keys:
            post_report(scene.forge, scene.number, key, report(f"{verdict} {keys.index(key)}"))
    assert len(scene.state.contents.comments(scene.number)) == len(keys)
    for place, key in enumerate(keys):
        assert [f"second {place}" in body for body in ours(scene, key)] == [True]


def test_4_a_report_beyond_the_limit_is_posted_shortened(scene: Scene) -> None:
    posted = post_report(scene.forge, scene.number, KEY, report(rows=65_537))
    (body,) = ours(scene)
    assert posted.outcome == "created"
    assert len(body.encode()) <= 65_000
    assert body.count("| metric_") > 1000
    assert "left out: Digests, Metrics (" in body
    assert "[The whole report](https://github.example/octo-org/churn/actions/runs/7)" in body


def test_5_a_forks_token_is_a_value_with_the_text_for_the_job_summary() -> None:
    scene = Scene(token="read-only")
    posted = post_report(scene.forge, scene.number, KEY, report())
    assert posted.outcome == "refused"
    assert "Resource not accessible by integration" in posted.notes[0]
    assert "metric_0" in posted.body
    assert scene.state.contents.comments(scene.number) == []
    assert scene.state.violations == []


def test_6_no_file_that_a_report_names_is_read_or_sent(scene: Scene) -> None:
    text = "![x](/etc/hostname) ![y](./params.yaml) [z](file:///etc/passwd)"
    post_report(scene.forge, scene.number, KEY, CommentDocument(verdict=text))
    assert text in ours(scene)[0]
    assert [(one.method, one.target.partition("?")[0]) for one in scene.state.requests] == [
        ("GET", "/repos/octo-org/churn/issues/1/comments"),
        ("POST", "/repos/octo-org/churn/issues/1/comments"),
    ]


def test_7_markdown_arrives_as_it_was_written(scene: Scene) -> None:
    text = "- [ ] task\n- [x] done\n\n| a | b |\n| :-- | --: |\n| `x\\|y` | $\\alpha_1$ |\n\n```math\nx_1 * y_2\n```"
    post_report(scene.forge, scene.number, KEY, CommentDocument(verdict=text))
    assert ours(scene)[0] == f"{marker_of(KEY)}\n{text}\n"


def test_8_after_a_workflow_run_the_pull_request_is_found_by_its_head_commit(scene: Scene) -> None:
    fork = scene.state.contents.add_pull_request(head_sha="b" * 40, head="deeper", fork="mona/churn")
    (found,) = scene.forge.pull_requests_at("b" * 40)
    assert (found.number, found.from_fork, found.head) == (fork, True, "mona:deeper")
    assert scene.forge.pull_requests_at("b" * 40, head="mona:deeper") == [found]
    assert scene.forge.pull_requests_at("c" * 40, head="mona:deeper") == []
    assert [one.number for one in scene.forge.pull_requests_at(HEAD)] == [scene.number]
    post_report(scene.forge, found.number, KEY, report())
    assert len(scene.state.contents.comments(fork)) == 1


def test_9_neither_gits_configuration_nor_a_remote_learns_the_token(scene: Scene, isolated: Path) -> None:
    before = {path: path.read_bytes() for path in isolated.rglob("*") if path.is_file()}
    post_report(scene.forge, scene.number, KEY, report())
    assert {path: path.read_bytes() for path in isolated.rglob("*") if path.is_file()} == before
    assert all("token" not in one.target and b"Bearer" not in one.body for one in scene.state.requests)
