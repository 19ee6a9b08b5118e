"""One pull request a branch and one issue a cause, whatever goes wrong."""

from __future__ import annotations

import random

from mlgit.host.document import COMMENT_LIMIT
from mlgit.host.forge import Issue
from mlgit.host.proposals import Closed, Proposed, close_issues, propose, report_issue
from mlgit.host.sticky import ReportKey, marker_of
from tests.github.answers import Fault, FaultKind
from tests.github.reports import KEY, report
from tests.github.scene import Scene


def proposed(scene: Scene, verdict: str = "first", title: str = "Retrain churn: new data") -> Proposed:
    return propose(
        scene.forge, KEY, head="mlgit/retrain-churn", base="main", title=title, document=report(verdict)
    )


def test_a_pull_request_is_opened_updated_and_left_alone(scene: Scene) -> None:
    assert [proposed(scene).outcome for _ in range(2)] == ["created", "unchanged"]
    assert proposed(scene, "second").outcome == "updated"
    assert proposed(scene, "second", "Another title").outcome == "updated"
    pull = scene.state.contents.pulls()[-1]
    assert len(scene.state.contents.pulls()) == 2
    assert pull["title"] == "Another title"
    assert pull["body"].startswith(f"{marker_of(KEY)}\nsecond")


def test_somebody_elses_open_pull_request_of_the_same_moment_is_taken_over(scene: Scene) -> None:
    class Late:
        """A forge on which another run opens the pull request between our look and our write."""

        def __init__(self) -> None:
            self.looks = 0

        def __getattr__(self, name: str) -> object:
            if name == "pull_requests_from" and not self.looks:
                self.looks += 1
                proposed(scene, "theirs")
                return lambda *_, **__: []
            return getattr(scene.forge, name)

    done = propose(Late(), KEY, head="mlgit/retrain-churn", base="main", title="Ours", document=report())  # type: ignore[arg-type]
    assert done.outcome == "updated"
    assert [pull["title"] for pull in scene.state.contents.pulls()] == ["A change", "Ours"]


def test_a_token_that_may_not_propose_is_a_value() -> None:
    scene = Scene(token="read-only")
    assert proposed(scene).outcome == "refused"
    assert report_issue(scene.forge, KEY, title="t", document=report()).outcome == "refused"


def test_a_token_that_may_not_close_is_a_value(scene: Scene) -> None:
    report_issue(scene.forge, KEY, title="t", document=report())
    scene.clock.sleep(2)
    closed = close_issues(scene.client("read-only"), [KEY], "mended")
    assert closed.issues == ()
    assert "Resource not accessible" in closed.error
    assert scene.state.contents.issues()[0]["state"] == "open"


def test_an_issue_a_cause(scene: Scene) -> None:
    scene.state.requests.clear()
    causes = [ReportKey(workflow="data", report=name) for name in ("churn", "fraud")]
    outcomes = [
        report_issue(scene.forge, key, title=f"Data of {key.report}", document=report()).outcome
        for key in (*causes, *causes)
    ]
    assert outcomes == ["created", "created", "unchanged", "unchanged"]
    assert [issue["title"] for issue in scene.state.contents.issues()] == ["Data of churn", "Data of fraud"]


def test_an_open_issue_says_the_newest(scene: Scene) -> None:
    def told(verdict: str, title: str = "t", *, newest: bool = True) -> tuple[str, str]:
        posted = report_issue(scene.forge, KEY, title=title, document=report(verdict), newest=newest)
        (issue,) = scene.state.contents.issues()
        return posted.outcome, issue["title"] + "\n" + issue["body"]

    outcome, first = told("three rows")
    assert (outcome, "three rows" in first) == ("created", True)
    scene.state.requests.clear()
    assert told("three rows") == ("unchanged", first)
    assert [one.method for one in scene.state.requests] == ["GET"]
    outcome, second = told("five rows", "u")
    assert (outcome, "five rows" in second, "three" in second, second[0]) == ("updated", True, False, "u")
    assert told("three rows", newest=False) == ("unchanged", second)


def test_issues_are_closed_with_last_words_and_opened_anew(scene: Scene) -> None:
    keys = [ReportKey(workflow="data", report=name) for name in ("churn", "fraud", "towns")]
    for key in keys:
        report_issue(scene.forge, key, title="t", document=report())
    quoted = f"{marker_of(keys[0])}\nquoted by a person"
    scene.clock.sleep(2)
    scene.client("person").create_issue("Not ours", quoted, ["mlgit"])
    scene.clock.sleep(2)
    done = close_issues(scene.forge, keys[:2], "✅ mended")
    first, second, third, persons = scene.state.contents.issues()
    assert done == Closed(issues=((keys[0], first["html_url"]), (keys[1], second["html_url"])))
    assert [one["state"] for one in (first, second, third, persons)] == ["closed", "closed", "open", "open"]
    assert first["body"].startswith(f"{marker_of(keys[0])}\n")
    assert first["body"].endswith("\n\n---\n\n✅ mended\n")
    scene.state.requests.clear()
    assert close_issues(scene.forge, keys[:2], "again") == Closed()
    assert len(scene.state.requests) == 1
    assert report_issue(scene.forge, keys[0], title="t", document=report()).outcome == "created"


def test_an_issue_that_cannot_be_closed_keeps_no_other_open(scene: Scene) -> None:
    keys = [ReportKey(workflow="data", report=name) for name in ("churn", "fraud")]
    for key in keys:
        report_issue(scene.forge, key, title="t", document=report())

    class Moved:
        """A forge from which the first issue was moved elsewhere between our look and our write."""

        def __getattr__(self, name: str) -> object:
            return getattr(scene.forge, name)

        def close_issue(self, number: int, body: str) -> Issue:
            return scene.forge.close_issue(99 if number == 2 else number, body)

    closed = close_issues(Moved(), keys, "mended")  # type: ignore[arg-type]
    first, second = scene.state.contents.issues()
    assert ([first["state"], second["state"]], len(closed.issues)) == (["open", "closed"], 1)
    assert "no such thing" in closed.error
    scene.state.faults = [Fault("503", 100_000)]
    assert "wait" in close_issues(scene.forge, keys, "mended").error


def test_last_words_that_do_not_fit_are_left_out(scene: Scene) -> None:
    full = f"{marker_of(KEY)}\n" + "x" * (COMMENT_LIMIT - len(marker_of(KEY)) - 5)
    scene.forge.create_issue("t", full, ["mlgit"])
    assert close_issues(scene.forge, [KEY], "mended").issues
    (issue,) = scene.state.contents.issues()
    assert (issue["state"], issue["body"]) == ("closed", full)


def test_a_hundred_fault_schedules_leave_one_pull_request_and_one_issue() -> None:
    kinds: tuple[FaultKind, ...] = (
        "502",
        "502-landed",
        "503-landed",
        "403-limit",
        "429",
        "timeout-landed",
        "truncated",
    )
    for seed in range(100):
        chance = random.Random(seed)
        scene = Scene()
        for turn in range(2):
            bad = set(chance.sample(range(8), chance.randint(0, 4)))
            scene.state.faults = [
                Fault(chance.choice(kinds), 20) if place in bad else None for place in range(8)
            ]
            proposed(scene, f"verdict {seed}")
            scene.state.faults = [
                Fault(chance.choice(kinds), 20) if place in bad else None for place in range(8)
            ]
            report_issue(scene.forge, KEY, title="t", document=report(f"turn {turn}"))
        scene.state.faults = [Fault(chance.choice(kinds), 20) if place in bad else None for place in range(4)]
        close_issues(scene.forge, [KEY], "mended")
        (issue,) = scene.state.contents.issues()
        assert (issue["state"], issue["body"].count("mended"), issue["body"].count("turn 1")) == (
            "closed",
            1,
            1,
        )
        assert len(scene.state.contents.pulls()) == 2, seed
        assert len(scene.state.contents.issues()) == 1, seed
        assert (scene.state.violations, scene.state.haste) == ([], []), seed
