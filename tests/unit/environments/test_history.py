"""Commits of deploy/ folded to what ran when; read from a real history in few processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgit.environments.desired import Entry, write
from mlgit.environments.history import Commit, History, Span, Wanted, folded, history, past, span_of
from mlgit.git.repository import Repository
from mlgit.refs.commits import commit_on, person, write_commit
from mlgit.world.context import Context, SilentConsole
from tests.counted import Counted
from tests.driver import Person

ME, YOU = person("Ada", "ada@example.org"), person("Bo", "bo@example.org")


def entry(version: str, action: str = "promote", by: str = ME) -> Entry:
    return Entry(
        version=version, commit="a" * 40, digest="md5:" + "0" * 32, action=action, by=by, gate="PASS"
    )  # type: ignore[arg-type]


def test_spans_end_where_the_next_begins_and_what_is_broken_goes_on() -> None:
    files = [
        write("staging", {"churn": entry("v1.0.0")}),
        write("staging", {"churn": entry("v1.1.0"), "other": entry("v2.0.0")}),
        b"version: [",
        write("staging", {"other": entry("v2.0.0")}),
    ]
    blobs = {f"{number}": content for number, content in enumerate(files)}
    commits = [
        Commit(
            name=f"c{number}",
            at=number * 10,
            author=ME,
            subject="",
            merge=False,
            files={"staging": f"{number}"},
        )
        for number in range(4)
    ]
    commits.append(Commit(name="c4", at=40, author=YOU, subject="", merge=True, files={"staging": None}))
    found, unreadable = folded(commits, blobs)
    spans = [span_of(one) for one in found]
    assert [(one.model, one.version, one.since, one.until) for one in spans] == [
        ("churn", "v1.0.0", 0, 10),
        ("churn", "v1.1.0", 10, 30),
        ("other", "v2.0.0", 10, 40),
    ]
    assert [one.commit for one in unreadable] == ["c2"]


def repository_of(person_: Person) -> tuple[Repository, Counted]:
    counted = Counted()
    import os

    context = Context(
        directory=person_.folder, environment=dict(os.environ), processes=counted, console=SilentConsole()
    )
    return Repository(context, person_.folder), counted


def test_it_is_told_from_git_alone_with_who_merged(tmp_path: Path) -> None:
    desk = Person(tmp_path)
    desk.git("init", "--quiet", ".")
    repository, counted = repository_of(desk)
    path = "deploy/staging.yaml"
    first = write_commit(
        repository, None, {path: write("staging", {"churn": entry("v1.0.0")})}, "one", seconds=100, author=ME
    )
    side = commit_on(
        repository, first, {path: write("staging", {"churn": entry("v1.1.0")})}, "two", seconds=200, author=ME
    )
    noise = commit_on(repository, first, {"readme": b"x"}, "noise", seconds=250, author=ME)
    desk.git("update-ref", "refs/heads/main", noise)
    desk.git("reset", "--hard", "--quiet")
    ada = ("env", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org")
    desk.run(*ada, "git", "merge", "--quiet", "--no-ff", "--message", "Merge", side)
    merged = desk.git("rev-parse", "HEAD")
    back = commit_on(
        repository, merged, {path: write("staging", {"churn": entry("v1.0.0", "rollback")})}, "back", seconds=2_000_000_000, author=ME
    )  # fmt: skip
    counted.started.clear()
    found = history(repository, back)
    assert counted.verbs == ["log", "cat-file"]
    assert [(one.version, one.action, one.approved_by) for one in found.spans] == [
        ("v1.0.0", "promote", ""),
        ("v1.1.0", "promote", ME),
        ("v1.0.0", "rollback", ""),
    ]
    assert found.spans[1].commit == merged

    def versions(**wanted: Any) -> list[str]:
        return [one.version for one in history(repository, back, Wanted(**wanted)).spans]

    assert versions(at=150) == ["v1.0.0"]
    assert versions(at=2_000_000_001, environment="staging") == ["v1.0.0"]
    assert versions(model="churn", environment="staging") == ["v1.0.0", "v1.1.0", "v1.0.0"]
    assert not versions(model="other")
    assert not versions(environment="production")
    assert not versions(at=99)
    assert [one.action for one in past(repository, back, "churn", "staging")] == [
        "promote",
        "promote",
        "rollback",
    ]
    assert history(repository, None).spans == ()


def test_only_the_newest_are_shown_unless_all_are_asked_for() -> None:
    from mlgit.views.environments import history as shown
    from mlgit.views.terminal import render

    spans = tuple(
        Span(
            environment="staging", model="m", artifact="m", version=f"v0.{number}.0", digest="md5:" + "0" * 32,
            action="promote", since=number, position=number,
        )
        for number in range(5)
    )  # fmt: skip
    found = History(spans=spans)
    text = render(tuple(shown(found, 2)))
    assert ("v0.4.0" in text, "v0.2.0" in text, "3 changes before" in text) == (True, False, True)
    assert "v0.0.0" in render(tuple(shown(found)))
