"""What stands in `run:`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.workflows.reading import SETUP, Rendered
from tests.workflows.rules.table import rule


@rule
def no_expression_in_a_script(rendered: Rendered) -> Iterator[str]:
    for step in rendered.steps:
        if "${{" in step.run:
            yield f"{step.place}: an expression inside run"


@rule
def variables_in_scripts_are_quoted(rendered: Rendered) -> Iterator[str]:
    for step in rendered.steps:
        for line in step.run.splitlines():
            bare = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'', "", line)
            if re.search(r"\$[A-Za-z_{]", bare) and not re.match(r"\s*\w+=\$\w+$|.*outcome=\$\?$", bare):
                yield f"{step.place}: an unquoted variable: {line.strip()}"


@rule
def scripts_are_bash_and_fail_at_the_first_error(rendered: Rendered) -> Iterator[str]:
    for path, workflow in rendered.workflows.items():
        if workflow.get("defaults") != {"run": {"shell": "bash"}}:
            yield f"{path}: the shell is not bash"
    for action in rendered.actions:
        yield from (
            f"{step.place}: no shell"
            for step in action.steps
            if step.run and step.value.get("shell") != "bash"
        )
    for step in rendered.steps:
        if "continue-on-error" in step.value or re.search(r"\|\| (true|:)|set \+e", step.run):
            yield f"{step.place}: hides a failure"


ROOT = """root=(sudo)
[ "$(id -u)" != 0 ] || root=(env)
"${root[@]}" apt-get update --quiet
"${root[@]}" apt-get install --quiet --yes --no-install-recommends -- "${packages[@]}"
"""
"""The one script that asks for more rights on the machine."""


@rule
def scripts_call_only_what_is_agreed(rendered: Rendered) -> Iterator[str]:
    verbs = {"affected", "check", "comment", "compare", "data", "deploy", "gate", "retrain", "train"}
    for step in rendered.steps:
        if re.search(
            r"\b(curl|wget|npm|npx|pip3?|python3?|eval|sudo|docker|gh|sh|source)\b(?! (?:install|freeze)\b)",
            step.run.replace(ROOT, "") if step.file == SETUP else step.run,
        ):
            yield f"{step.place}: runs a program that is not agreed"
        for verb in re.findall(r"(?:^|[;&|(]\s*|\s)mlgit (\w+)", step.run):
            if verb not in verbs:
                yield f"{step.place}: mlgit {verb} is no verb of the workflows"
