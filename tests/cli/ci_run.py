"""What mlgit-ci and mlgit-comment do for a pull request, command by command, without act: the jobs, then the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.cli.comment_scene import event
from tests.driver import Person
from tests.github.stub_server import StubServer


@dataclass(frozen=True)
class Page:
    """What a reviewer sees: the jobs that are red, the comment, and the conclusion of its check."""

    red: frozenset[str]
    body: str
    conclusion: str

    @property
    def first(self) -> str:
        return next(line for line in self.body.splitlines() if line.startswith("## "))


def reviewed(
    person: Person,
    github: StubServer,
    *,
    base: str = "main",
    jobs: tuple[str, ...] = ("code", "data", "model"),
) -> Page:
    """Run the jobs of a pull request from the branch that is checked out into main, then comment; `base` is main's tip."""
    head, tip = person.git("rev-parse", "HEAD"), person.git("rev-parse", base)
    number = opened(github, head)
    folder = person.folder.parent / f"artifact-{head[:12]}"
    red = {job for job in jobs if checked(person, job, tip, folder)}
    folder.mkdir(exist_ok=True)
    if "model" in jobs:
        (folder / "event.json").write_text(json.dumps(claim(person, number, tip, head)))
        since = person.git("merge-base", tip, head)
        report, charts = str(folder / "comparison.json"), str(folder / "charts.json")
        compared = person.mlgit(
            "compare", since, head, "--verified", "--format", "json", "--output", report, "--plots", charts,
            exit_code=None,
        )  # fmt: skip
        gate = person.mlgit("gate", tip, head, "--verified", "--at", "pull_request", exit_code=None)
        red |= {"model"} if compared.exit_code or gate.exit_code else set()
    results = dict.fromkeys(red, "failure")
    (folder / "jobs.json").write_text(json.dumps({"version": 1, "jobs": results}))
    return commented(person, github, folder, head, number, frozenset(red))


def opened(github: StubServer, head: str) -> int:
    """Return the one pull request, opened at first, moved to the newest commit later."""
    known = github.contents.pulls()
    if not known:
        return github.contents.add_pull_request(head_sha=head, head="change")
    known[0]["head"]["sha"] = head
    return int(known[0]["number"])


def checked(person: Person, job: str, base: str, folder: Path) -> bool:
    """Run the check of a job; tell whether it failed."""
    more = ("--base", base) if job == "model" else ()
    report = str(folder / f"check-{job}.json")
    return bool(person.mlgit("check", job, *more, "--report", report, exit_code=None).exit_code)


def claim(person: Person, number: int, base: str, head: str) -> dict[str, object]:
    since = person.git("merge-base", base, head)
    return {
        "version": 1, "number": number, "head_sha": head, "base_sha": base, "merge_base": since, "data": "done",
    }  # fmt: skip


def commented(
    person: Person, github: StubServer, folder: Path, head: str, number: int, red: frozenset[str]
) -> Page:
    """Run the half that may write, on the default branch."""
    finished = event(
        folder.parent, head_sha=head, head_branch="change", conclusion="failure" if red else "success"
    )
    desk = folder.parent / f"default-{head[:12]}"
    if not desk.exists():
        person.git("worktree", "add", "--quiet", "--detach", str(desk), "main")
    Person(desk).mlgit("comment", "--artifact", str(folder), "--event", str(finished))
    (body,) = [one["body"] for one in github.contents.comments(number)]
    newest = [one for one in github.contents.checks() if one["head_sha"] == head][-1]
    return Page(red=red, body=body, conclusion=newest["conclusion"])
