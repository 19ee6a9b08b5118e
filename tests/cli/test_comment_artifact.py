"""`mlgit comment --artifact`: an honest artifact is commented; a tampered one is refused, and the page says that alone."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.comment_scene import (
    BASE,
    HEAD,
    RUN,
    branched,
    charts,
    claim,
    comparison,
    event,
    write_archive,
    write_files,
)
from tests.driver import Answer, Person
from tests.github.stub_server import StubServer

MARKER = "<!-- mlgit:comment workflow=mlgit-ci report=models key=0 -->"


class Desk:
    """The runner of the privileged half: the base checked out, a stub server of GitHub with one pull request."""

    def __init__(self, person: Person, github: StubServer) -> None:
        self.person = person
        self.github = github
        self.number = github.contents.add_pull_request(head_sha=HEAD)
        self.folder = person.folder.parent / "artifact"
        person.git("init", "--quiet", ".")
        person.write("mlgit.yaml", "version: 1\nmodels:\n  churn:\n    directions: {odd: lower}\n")

    def honest(self, **changes: Any) -> dict[str, Any]:
        return {
            "event.json": claim(self.number),
            "comparison.json": comparison(),
            "charts.json": charts(),
            **changes,
        }

    def comment(self, *more: str, exit_code: int = 0, **changes: Any) -> Answer:
        place = event(self.folder.parent, **changes)
        return self.person.mlgit(
            "comment", "--artifact", str(self.folder), "--event", str(place), *more, exit_code=exit_code
        )

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.github.contents.comments(self.number)]

    def refused(self, answer: Answer) -> None:
        """Hold that the one comment says that the report was refused, shows nothing of it, and that the check is red."""
        assert "error[artifact-" in answer.err
        [body] = self.bodies()
        assert "## ❌ The report of the run was refused" in body
        assert "nothing of it is shown" in body
        assert body.count("<!--") == 1
        assert "roc_auc" not in body
        assert [check["conclusion"] for check in self.github.contents.checks()] == ["failure"]

    def writes(self) -> list[str]:
        return [seen.target for seen in self.github.state.requests if seen.method != "GET"]


@pytest.fixture
def desk(person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "GH_", "MLGIT_"))]:
        monkeypatch.delenv(name)
    with StubServer() as github:
        for name, value in github.environment().items():
            monkeypatch.setenv(name, value)
        yield Desk(person, github)
        assert github.state.violations == []


@pytest.mark.parametrize("write", [write_files, write_archive])
def test_an_honest_artifact_is_commented_and_then_updated(
    desk: Desk, write: Callable[[Path, dict[str, Any]], Path]
) -> None:
    write(desk.folder, desk.honest())
    assert f"created the comment of pull request {desk.number}" in desk.comment().err
    assert "unchanged" in desk.comment().err
    [body] = desk.bodies()
    assert "| `roc_auc` | 0.8 | 0.9 | +0.1 | no interval |" in body
    assert f"`main` (`{BASE[:9]}`) → `deeper` (`{HEAD[:9]}`)" in body
    assert "```mermaid" in body
    assert "The run took 4 minutes 10 s." in body
    assert f"[The whole report]({RUN}#artifacts)" in body
    [check] = desk.github.contents.checks()
    assert (check["head_sha"], check["conclusion"]) == (HEAD, "neutral")


def test_what_compare_writes_is_what_comment_reads(desk: Desk, person: Person) -> None:
    maker = person.into("maker")
    maker.folder.mkdir()
    base, head = branched(maker)
    folder = str(desk.folder)
    desk.folder.mkdir()
    answer = maker.mlgit(
        "compare", base, head, "--format", "json",
        "--output", f"{folder}/comparison.json", "--plots", f"{folder}/charts.json",
    )  # fmt: skip
    assert answer.out == ""
    maker.mlgit("data", "diff", base, head, "--report", f"{folder}/data-diff.json")
    desk.github.contents.pulls()[0]["head"]["sha"] = head
    write_files(
        desk.folder, {"event.json": claim(desk.number, head_sha=head, base_sha=base, merge_base=base)}
    )
    desk.comment(head_sha=head)
    [body] = desk.bodies()
    here = maker.mlgit("comment", base, head, "--dry-run").out
    told = [text[text.index("### Metrics") :] for text in (body, here)]
    assert told[0].partition("<details><summary>Digests")[0].strip() == told[1].strip()


def test_a_fork_is_commented_and_said_to_be_one(desk: Desk) -> None:
    number = desk.github.contents.add_pull_request(head_sha=HEAD, head="deeper", fork="mona/churn")
    write_archive(desk.folder, desk.honest(**{"event.json": claim(number, data="unreachable")}))
    desk.comment(head_repository={"owner": {"login": "mona"}}, conclusion="failure")
    assert desk.bodies() == []
    [comment] = desk.github.contents.comments(number)
    assert "Not verified: no access to the data." in comment["body"]
    assert "`mona:deeper`" in comment["body"]
    assert "The run that made this report failed" in comment["body"]


def test_a_deleted_fork_is_found_by_its_commit(desk: Desk) -> None:
    write_files(desk.folder, desk.honest())
    desk.comment(head_repository=None)
    assert len(desk.bodies()) == 1


def test_a_pull_request_that_moved_on_is_left_alone(desk: Desk) -> None:
    write_files(desk.folder, desk.honest())
    desk.github.contents.pulls()[0]["head"]["sha"] = "d" * 40
    assert "no open pull request stands at" in desk.comment().err
    assert desk.writes() == []


def test_a_read_only_token_leaves_the_report_in_the_summary(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(desk.folder, desk.honest())
    summary = desk.folder.parent / "summary.md"
    monkeypatch.setenv("GITHUB_TOKEN", "read-only")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert "the token may not comment" in desk.comment().err
    assert "| `roc_auc` |" in summary.read_text()
    desk.comment("--strict", exit_code=1)
    assert desk.bodies() == []


def test_a_dry_run_reads_and_writes_nothing(desk: Desk) -> None:
    write_files(desk.folder, desk.honest())
    assert "| `roc_auc` | 0.8 | 0.9 | +0.1 | no interval |" in desk.comment("--dry-run").out
    assert desk.writes() == []


def test_what_the_run_claims_of_itself_does_not_count(desk: Desk) -> None:
    row = {"file": "m.json", "name": "roc_auc", "state": "changed", "base": 0.9, "head": 0.1, "change": 5.0}
    row |= {"interval": {"estimate": -0.8, "low": -0.9, "high": -0.7}, "p_value": 1e-9}
    lied = {**row, "direction": "lower", "effect": "better", "verdict": "PASS"}
    odd = {**row, "name": "odd", "direction": "higher", "effect": "worse"}
    model = {**comparison()["models"][0], "metrics": [lied, odd]}
    sides = {"base": {"name": "@mona", "commit": BASE}, "head": {"name": "<!-- x", "commit": None}}
    write_files(desk.folder, desk.honest(**{"comparison.json": comparison(models=[model], **sides)}))
    desk.comment()
    [body] = desk.bodies()
    assert "| `roc_auc` | 0.9 | 0.1 | -0.800 [-0.900, -0.700] | **worse** |" in body.replace("\u00a0", " ")
    assert "| `odd` | 0.9 | 0.1 | -0.800 [-0.900, -0.700] | better |" in body.replace("\u00a0", " ")
    assert "pass" not in body.lower()
    assert "mona" not in body
    assert body.count("<!--") == 1


def test_keys_of_a_newer_version_are_not_shown(desk: Desk) -> None:
    write_files(desk.folder, desk.honest(**{"comparison.json": comparison(added_later="SPY @mona")}))
    desk.comment()
    assert "SPY" not in desk.bodies()[0]


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


def parameter(value: str) -> bytes:
    model = {
        **comparison()["models"][0],
        "parameters": [{"file": "p", "name": "n", "state": "new", "head": "HERE"}],
    }
    return json.dumps(comparison(models=[model])).replace('"HERE"', value).encode()


CURVE = charts()["charts"][0]["head"]


def with_side(side: dict[str, Any]) -> dict[str, Any]:
    """Return charts.json with another head."""
    return {"version": 2, "charts": [{**charts()["charts"][0], "head": side}]}


FORGED: dict[str, dict[str, Any]] = {
    "another pull request": {"event.json": claim(2)},
    "another commit": {"event.json": claim(1, head_sha="c" * 40)},
    "comparison of another commit": {"comparison.json": comparison(head={"name": "x", "commit": "c" * 40})},
    "comparison from another commit": {"comparison.json": comparison(base={"name": "x", "commit": "c" * 40})},
    "comparison from a working tree": {"comparison.json": comparison(base={"name": "x", "commit": None})},
    "a short commit": {"event.json": claim(1, head_sha="aaaa")},
    "a commit with a line end": {"event.json": claim(1, merge_base=BASE + "\n")},
    "a number as text": {"event.json": claim(1, number="1")},
    "a number below one": {"event.json": claim(1, number=-1)},
    "a truth value as number": {"event.json": claim(1, number=True)},
    "a huge number": {"event.json": claim(1, number=10**30)},
    "an extra key in the event": {"event.json": claim(1, also="x")},
    "another version of the event": {"event.json": claim(1, version=2)},
    "another version": {"comparison.json": comparison(version=3)},
    "an older version": {"comparison.json": comparison(version=1)},
    "no version of charts": {"charts.json": {**charts(), "version": 0}},
    "an unknown state": {"comparison.json": comparison(state="approved")},
    "a verdict nobody knows": {
        "comparison.json": b'{"version":2,"models":[{"metrics":[{"verdict":"yes"}]}]}'
    },
    "NaN": {"comparison.json": parameter("NaN")},
    "an endless number": {"comparison.json": parameter("1e999")},
    "deep JSON": {"comparison.json": parameter(deep(40))},
    "very deep JSON": {"comparison.json": parameter(deep(100_000))},
    "no JSON": {"comparison.json": b"#!/bin/sh\nid"},
    "no UTF-8": {"comparison.json": b'{"version": 1, "state": "\xff"}'},
    "an empty file": {"comparison.json": b""},
    "a list": {"comparison.json": []},
    "too large": {"comparison.json": b'"' + b"a" * 4_000_001 + b'"'},
    "an event too large": {"event.json": b" " * 10_001 + b"{}"},
    "too many points": {
        "charts.json": with_side({**CURVE, "points": [{"series": "", "x": 0, "y": 0}] * 801}),
    },
    "a picture from elsewhere": {
        "charts.json": with_side({"type": "picture", "link": "https://example.org/x"})
    },
    "too many charts": {"charts.json": {"version": 2, "charts": charts()["charts"] * 21}},
    "a name that does not belong": {"run.sh": b"id"},
    "Markdown ready to post": {"comment.md": b"# hello"},
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_is_refused(desk: Desk, what: str) -> None:
    desk.github.contents.add_pull_request(head_sha="c" * 40, head="other")
    write_archive(desk.folder, desk.honest(**FORGED[what]))
    desk.refused(desk.comment(exit_code=2))


def archive(folder: Path) -> zipfile.ZipFile:
    folder.mkdir()
    return zipfile.ZipFile(folder / "mlgit-report.zip", "w", zipfile.ZIP_DEFLATED)


def with_names(*names: str) -> Callable[[Desk], None]:
    def build(desk: Desk) -> None:
        with archive(desk.folder) as packed:
            for name, content in desk.honest().items():
                packed.writestr(name, json.dumps(content))
            for name in names:
                packed.writestr(name, b"{}")

    return build


def with_mode(mode: int, content: bytes) -> Callable[[Desk], None]:
    def build(desk: Desk) -> None:
        with archive(desk.folder) as packed:
            for name, value in desk.honest().items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (mode if name == "comparison.json" else stat.S_IFREG | 0o644) << 16
                packed.writestr(entry, content if name == "comparison.json" else json.dumps(value))

    return build


def a_bomb(desk: Desk) -> None:
    with archive(desk.folder) as packed:
        packed.writestr("comparison.json", b" " * 200_000_000)
        packed.writestr("event.json", json.dumps(claim(desk.number)))


def a_lying_size(desk: Desk) -> None:
    write_archive(desk.folder, desk.honest(**{"comparison.json": b" " * 50_000}))
    place = desk.folder / "mlgit-report.zip"
    place.write_bytes(place.read_bytes().replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))


def damaged(desk: Desk) -> None:
    write_archive(desk.folder, desk.honest())
    place = desk.folder / "mlgit-report.zip"
    content = bytearray(place.read_bytes())
    content[60:90] = bytes(30)
    place.write_bytes(content)


def encrypted(desk: Desk) -> None:
    write_archive(desk.folder, desk.honest())
    place = desk.folder / "mlgit-report.zip"
    content = place.read_bytes().replace(b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00")
    place.write_bytes(
        content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    )


def a_link(desk: Desk) -> None:
    write_files(desk.folder, desk.honest())
    (desk.folder / "comparison.json").unlink()
    secret = desk.folder.parent / "secret.json"
    secret.write_text(json.dumps(comparison()))
    (desk.folder / "comparison.json").symlink_to(secret)


def a_linked_archive(desk: Desk) -> None:
    write_archive(desk.folder.parent / "elsewhere", desk.honest())
    desk.folder.mkdir()
    (desk.folder / "report.zip").symlink_to(desk.folder.parent / "elsewhere" / "mlgit-report.zip")


def a_pipe(desk: Desk) -> None:
    write_files(desk.folder, desk.honest())
    (desk.folder / "comparison.json").unlink()
    os.mkfifo(desk.folder / "comparison.json")


def a_folder(desk: Desk) -> None:
    write_files(desk.folder, desk.honest())
    (desk.folder / "charts.json").unlink()
    (desk.folder / "charts.json").mkdir()


def two_archives(desk: Desk) -> None:
    write_archive(desk.folder, desk.honest())
    (desk.folder / "other.zip").write_bytes((desk.folder / "mlgit-report.zip").read_bytes())


def no_archive(desk: Desk) -> None:
    desk.folder.mkdir()
    (desk.folder / "mlgit-report.zip").write_bytes(b"not a zip")


def too_large_an_archive(desk: Desk) -> None:
    desk.folder.mkdir()
    (desk.folder / "mlgit-report.zip").write_bytes(bytes(10_000_001))


def nothing(desk: Desk) -> None:
    desk.folder.mkdir()


def no_folder(desk: Desk) -> None:
    assert not desk.folder.exists()


BUILDERS: dict[str, Callable[[Desk], None]] = {
    "a name that climbs": with_names("../../escape.json"),
    "an absolute name": with_names("/tmp/escape.json"),
    "a backslash": with_names("..\\escape.json"),
    "a folder in the archive": with_names("inner/event.json"),
    "a workflow command as a name": with_names("x\n::add-mask::y"),
    "many names": with_names(*(f"{number}.json" for number in range(50))),
    "a link in the archive": with_mode(stat.S_IFLNK | 0o777, b"/etc/passwd"),
    "a device in the archive": with_mode(stat.S_IFCHR | 0o600, b""),
    "a bomb": a_bomb,
    "a size that lies": a_lying_size,
    "damaged": damaged,
    "encrypted": encrypted,
    "a link": a_link,
    "a linked archive": a_linked_archive,
    "a pipe": a_pipe,
    "a folder": a_folder,
    "two archives": two_archives,
    "no archive": no_archive,
    "too large an archive": too_large_an_archive,
}


@pytest.mark.parametrize("what", BUILDERS)
def test_a_forged_container_is_refused(desk: Desk, what: str) -> None:
    BUILDERS[what](desk)
    answer = desk.comment(exit_code=2)
    desk.refused(answer)
    assert "\n::" not in answer.err + answer.out + desk.bodies()[0]
    assert not list(desk.folder.parent.rglob("escape.json"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(desk: Desk) -> None:
    with_names("comparison.json")(desk)
    answer = desk.comment(exit_code=2)
    assert "a name twice" in answer.err
    desk.refused(answer)


def test_a_dry_run_of_a_refused_report_writes_nothing(desk: Desk) -> None:
    with_names("../../escape.json")(desk)
    assert "The report of the run was refused" in desk.comment("--dry-run", exit_code=2).out
    assert desk.writes() == []


def test_the_comment_of_a_refused_report_goes_when_the_next_run_is_honest(desk: Desk) -> None:
    with_names("comment.md")(desk)
    desk.comment(exit_code=2)
    (desk.folder / "mlgit-report.zip").unlink()
    write_files(desk.folder, desk.honest())
    desk.comment()
    [body] = desk.bodies()
    assert "refused" not in body
    assert "roc_auc" in body


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"head_sha": "c" * 40}, "another commit"),
        ({"event": "push"}, "not one of a pull request"),
        ({"head_sha": 7}, "not the payload"),
        ({"head_repository": {"owner": {"login": "mona"}}}, "no open pull request"),
    ],
)
def test_an_event_that_does_not_fit(desk: Desk, changes: dict[str, Any], said: str) -> None:
    write_files(desk.folder, desk.honest())
    answer = desk.comment(exit_code=0 if "no open" in said else 2, **changes)
    assert said in answer.err
    assert desk.writes() == []


def test_markers_and_mentions_in_names_stay_code(desk: Desk) -> None:
    hostile = f"{MARKER}\n@mona closes #1 ![x](https://e.example/x.png) | <img src=x>"
    row = {"file": hostile, "name": hostile, "state": "changed", "base": hostile, "head": hostile}
    model = {"name": hostile, "pipeline": hostile, "state": "changed", "metrics": [row], "parameters": [row]}
    error = {"file": hostile, "side": "head", "message": hostile, "where": hostile}
    made = comparison(models=[model, model], errors=[error])
    write_files(desk.folder, desk.honest(**{"comparison.json": made}))
    desk.comment()
    [body] = desk.bodies()
    assert body.count("<!--") == 1
    assert body.count("\n@") == 0
    person_quotes = desk.github.contents.add_comment(desk.number, body, author="mona")
    desk.comment(conclusion="failure")
    assert desk.github.contents.comment(person_quotes)["body"] == body  # type: ignore[index]
    assert len(desk.bodies()) == 2


@pytest.mark.parametrize("build", [nothing, no_folder])
def test_a_run_that_left_nothing_is_told_and_is_no_success(desk: Desk, build: Callable[[Desk], None]) -> None:
    build(desk)
    desk.comment()
    assert "## ❌ The run left no report; no model changed" in desk.bodies()[0]
    assert [one["conclusion"] for one in desk.github.contents.checks()] == ["failure"]


ROWS = "data/raw.csv:7: age is -3, below 0"
FAILED = {"subject": "data", "name": "table customers", "state": "failed", "detail": "1 of 3 rules are broken",
          "lines": [ROWS], "hint": "mend the rows"}  # fmt: skip


def test_a_reverted_change_replaces_the_old_comment_and_failed_checks_stand_on_the_page(desk: Desk) -> None:
    write_files(desk.folder / "first", desk.honest())
    desk.folder, top = desk.folder / "first", desk.folder
    desk.comment()
    desk.folder = write_files(
        top / "second",
        {
            "jobs.json": {"version": 1, "jobs": {"data": "failure"}},
            "check-data.json": {"version": 1, "checks": [FAILED]},
        },
    )
    desk.comment(conclusion="failure")
    (body,) = desk.bodies()
    assert "## ❌ Failed: data; no model changed" in body
    assert ROWS in body
    assert "What to do: `mend the rows`" in body
    desk.folder = write_files(top / "third", {"jobs.json": {"version": 1, "jobs": {"data": "failure"}}})
    desk.comment(conclusion="failure")
    assert "**data**: The job failed, and no check of it says why" in desk.bodies()[0]
    desk.folder = write_files(top / "fourth", {"jobs.json": {"version": 1, "jobs": {"code": "success"}}})
    desk.comment()
    (body,) = desk.bodies()
    assert "## ✅ No model changed" in body
    conclusions = [one["conclusion"] for one in desk.github.contents.checks()]
    assert conclusions == ["neutral", "failure", "failure", "success"]


def test_a_run_that_failed_is_never_green(desk: Desk) -> None:
    write_files(desk.folder, {"jobs.json": {"version": 1, "jobs": {}}})
    desk.comment(conclusion="failure")
    assert "## ❌ The run failed; no model changed" in desk.bodies()[0]


def test_what_a_check_says_is_bounded_and_harmless(desk: Desk) -> None:
    evil = {
        **FAILED,
        "name": "@mona <!-- mlgit:comment",
        "lines": ["```", "</details> @mona #1"] * 200,
        "hint": "`@mona`",
    }
    write_files(desk.folder, desk.honest(**{"check-data.json": {"version": 1, "checks": [evil] * 40}}))
    desk.comment()
    (body,) = desk.bodies()
    assert body.count("<!--") == 1
    assert len(body.encode()) <= 65_000
