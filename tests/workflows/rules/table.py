"""The table of rules, and what several of them look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.workflows.reading import Rendered

Rule = Callable[[Rendered], Iterator[str]]
CHANGE = "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}"
"""The commit that a pull request or a merge group is judged by."""
PULL_REQUEST = "${{ github.event.pull_request.base.sha }}"
"""The commit of the branch that a pull request goes to."""
RULES: dict[str, Rule] = {}
RECORDED = json.loads((Path(__file__).parents[1] / "recorded_actions.json").read_text())
"""The inputs and outputs of actions; of one in another version by its whole reference."""


OUTSIDE = (
    "(github.event_name == 'pull_request' && (github.event.pull_request.head.repo.full_name != github.repository"
    " || github.event.pull_request.user.login == 'dependabot[bot]'))"
)


LOGINS = ("aws-actions/configure-aws-credentials", "azure/login", "google-github-actions/auth")


SUBJECTS = ("code", "data", "model")


def rule(function: Rule) -> Rule:
    """Put a rule into the table under its name."""
    RULES[function.__name__] = function
    return function


def violations(rendered: Rendered) -> dict[str, list[str]]:
    """Return what breaks each rule, only the rules that are broken."""
    found = {name: list(check(rendered)) for name, check in RULES.items()}
    return {name: broken for name, broken in found.items() if broken}
