"""Whether an event starts a workflow, by the examples of GitHub's own pages and by properties."""

from __future__ import annotations

import contextlib
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgit.errors import UsageError
from mlgit.host.github.workflows.patterns import matches
from mlgit.host.github.workflows.triggers import GivenEvent, decide, other_branches
from mlgit.host.github.workflows.workflow import read

PATTERNS = [
    # GitHub's page "Filter pattern cheat sheet"
    ("feature/*", ["feature/my-branch", "feature/your-branch"], ["feature", "feature/a/b"]),
    (
        "feature/**",
        ["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"],
        ["feature"],
    ),
    ("main", ["main"], ["main2", "xmain"]),
    ("releases/mona-the-octocat", ["releases/mona-the-octocat"], ["releases"]),
    ("*", ["main", "releases"], ["all/the"]),
    ("**", ["all/the/branches", "every"], []),
    ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["feature-x", "a/feature"]),
    ("v2*", ["v2", "v2.0", "v2.9"], ["v1", "v2/1"]),
    ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.10"]),
    ("*.jsx?", ["page.js", "page.jsx"], ["page.ts", "a/page.js"]),
    ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.jsx"]),
    ("docs/*", ["docs/README.md", "docs/file.txt"], ["docs/a/b.md"]),
    ("docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["README.md"]),
    (
        "docs/**/*.md",
        ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"],
        ["docs/a.txt"],
    ),
    ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["docs"]),
    ("**/README.md", ["README.md", "js/README.md"], ["README.md.txt"]),
    ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src"]),
    ("**/*-post.md", ["my-post.md", "path/their-post.md"], ["post.md.x"]),
    (
        "**/migrate-*.sql",
        ["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"],
        ["migrate.sql"],
    ),
    (r"a\*b", ["a*b"], ["axb"]),
]


@pytest.mark.parametrize(("pattern", "fits", "fits_not"), PATTERNS)
def test_patterns_mean_what_github_says(pattern: str, fits: list[str], fits_not: list[str]) -> None:
    assert [name for name in fits if not matches([pattern], name)] == []
    assert [name for name in fits_not if matches([pattern], name)] == []


def test_the_last_pattern_decides() -> None:
    assert not matches(["*.md", "!README.md"], "README.md")
    assert matches(["*.md", "!README.md", "README*"], "README.md")
    assert not matches(["!*"], "main")
    with pytest.raises(UsageError, match="no filter pattern"):
        matches(["a[b"], "ab")


@given(st.text(string.ascii_letters + "/-_.@ü{}()^$|&~#%,=:;'\"", min_size=1, max_size=30))
def test_a_plain_name_means_itself_and_nothing_else(name: str) -> None:
    assert matches([name], name)
    assert not matches([name], name + "x")
    assert not matches([name], "x" + name)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_pattern_is_understood_or_refused(pattern: str, name: str) -> None:
    with contextlib.suppress(UsageError):
        assert matches([pattern], name) in (True, False)


def starts(on: str, event: str, payload: dict[str, Any], paths: tuple[str, ...] | None = None) -> str:
    workflow = read(f"on: {on}\njobs: {{a: {{runs-on: x, steps: []}}}}\n", ".github/workflows/a.yml")
    decision = decide(workflow, GivenEvent(event=event, payload=payload, paths=paths))
    assert decision.starts is (decision.because == "")
    return decision.because


BRANCH, TAG = {"ref": "refs/heads/main"}, {"ref": "refs/tags/v1"}
REQUEST = {"action": "opened", "pull_request": {"base": {"ref": "main"}}}
RAN = {"action": "completed", "workflow_run": {"name": "ci", "head_branch": "main"}}
STARTS = [
    ("push", "push", BRANCH, None),
    ("[push, pull_request]", "pull_request", REQUEST, None),
    ("{push: }", "push", TAG, None),
    ("{push: {branches: [main]}}", "push", BRANCH, None),
    ("{push: {branches: 'ma*'}}", "push", BRANCH, None),
    ("{push: {tags: ['v*']}}", "push", TAG, None),
    ("{push: {paths: ['src/**']}}", "push", BRANCH, ("README.md", "src/a.py")),
    ("{push: {paths: ['src/**']}}", "push", BRANCH, None),
    ("{push: {paths: ['src/**']}}", "push", TAG, ("README.md",)),
    ("{push: {paths-ignore: ['**.md']}}", "push", BRANCH, ("README.md", "a.py")),
    ("{pull_request: {branches: [main]}}", "pull_request", REQUEST, None),
    ("{pull_request: {types: [closed]}}", "pull_request", {**REQUEST, "action": "closed"}, None),
    ("{workflow_run: {workflows: [ci], types: [completed]}}", "workflow_run", RAN, None),
    ("{schedule: [{cron: '1 2 * * *'}]}", "schedule", {}, None),
    ("workflow_dispatch", "workflow_dispatch", {}, None),
]
STARTS_NOT = [
    ("push", "pull_request", REQUEST, None, "it starts on push"),
    ("{push: {branches: [main]}}", "push", {"ref": "refs/heads/x"}, None, "x is none of the branches main"),
    ("{push: {branches: [main]}}", "push", TAG, None, "it starts on branches only"),
    ("{push: {tags: ['v*']}}", "push", BRANCH, None, "it starts on tags only"),
    ("{push: {branches-ignore: [main]}}", "push", BRANCH, None, "one of the branches to ignore"),
    ("{push: {paths: ['src/**']}}", "push", BRANCH, ("README.md",), "no changed path"),
    ("{push: {paths-ignore: ['**.md']}}", "push", BRANCH, ("README.md",), "every changed path"),
    (
        "pull_request",
        "pull_request",
        {**REQUEST, "action": "labeled"},
        None,
        "the activity labeled is none of",
    ),
    ("{pull_request: {branches: [dev]}}", "pull_request", REQUEST, None, "main is none of the branches dev"),
    ("{workflow_run: {workflows: [other]}}", "workflow_run", RAN, None, "the workflow ci is none of other"),
    (
        "{workflow_run: {workflows: [ci], types: [requested]}}",
        "workflow_run",
        RAN,
        None,
        "completed is none of",
    ),
    (
        "{workflow_run: {workflows: [ci], branches: [x]}}",
        "workflow_run",
        RAN,
        None,
        "main is none of the branches x",
    ),
]


@pytest.mark.parametrize(("on", "event", "payload", "paths"), STARTS)
def test_it_starts(on: str, event: str, payload: dict[str, Any], paths: tuple[str, ...] | None) -> None:
    assert starts(on, event, payload, paths) == ""


@pytest.mark.parametrize(("on", "event", "payload", "paths", "because"), STARTS_NOT)
def test_it_does_not_start(
    on: str, event: str, payload: dict[str, Any], paths: tuple[str, ...] | None, because: str
) -> None:
    assert because in starts(on, event, payload, paths)


@pytest.mark.parametrize(
    ("filters", "branches"),
    [
        ("{branches: [main]}", ["main"]),
        ("{branches: [main, main, dev]}", ["main", "dev"]),
        ("{branches: [main, change]}", []),
        ("{branches: ['release/*', '!old', main]}", ["main"]),
        ("{branches: ['**']}", []),
        ("{branches-ignore: [change]}", []),
        ("{tags: [v1]}", []),
        ("", []),
    ],
)
def test_which_other_branch_would_start_it(filters: str, branches: list[str]) -> None:
    text = f"on:\n  push: {filters}\njobs: {{}}\n"
    assert other_branches([read(text.encode(), "w.yml")], "change") == branches
