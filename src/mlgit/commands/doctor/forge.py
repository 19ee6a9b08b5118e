"""`doctor --forge`: what stands on the host beside what mlgit.yaml says of it, each difference with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlgit.config.model import Configuration
from mlgit.errors import MlgitError
from mlgit.host.choose import forge_of
from mlgit.host.forge import BranchRules, Forge
from mlgit.plan.outcome import Finding
from mlgit.project.project import Project
from mlgit.render.record import RULESET
from mlgit.render.rules import REQUIRED, branch_rules, lines_lacking, rule_files
from mlgit.render.templates import owners_path
from mlgit.world.context import Context

IMPORT = f"import {RULESET}: Settings, Rules, Rulesets, New ruleset, Import a ruleset"
ASKED = {
    "deletion": "nobody deletes {branch}",
    "non_fast_forward": "nobody pushes {branch} by force",
    "pull_request": "changes of {branch} come by pull requests",
    "required_status_checks": "{branch} waits for the check required",
    "required_signatures": "every commit on {branch} is signed",
    "merge_queue": "pull requests to {branch} are merged by a queue",
}
"""What each rule brings about."""


def forge_findings(context: Context) -> tuple[Finding, ...]:
    """Return one finding for each thing that the host should have, in the repository around the context's directory.

    Raises `UsageError` for a mlgit.yaml that cannot be read, and where the environment does not say which repository or as
    whom; `ExternalError` when the host cannot be reached.
    """
    project = Project.find(context)
    configuration = project.at().configuration
    forge = forge_of(context, project.repository, "origin")
    if configuration.forge.rules is None:
        hint = "mlgit.yaml: forge: {rules: {reviews: 1}}, then mlgit sync"
        return (Finding(name="rules", good=False, detail="mlgit.yaml says nothing of rules", hint=hint),)
    standing = forge.branch_rules(configuration.ci.branch)
    return (*rule_findings(configuration, standing), *owner_findings(configuration, forge))


def rule_findings(configuration: Configuration, standing: BranchRules) -> Iterator[Finding]:
    """Yield whether each rule of the default branch stands."""
    rules, branch = configuration.forge.rules, configuration.ci.branch
    for wanted in branch_rules(configuration, rules) if rules is not None else ():
        kind = wanted["type"]
        good, detail = held(wanted, standing)
        yield Finding(
            name=f"rule {kind}",
            good=good,
            detail=ASKED[kind].format(branch=branch) if good else f"{branch}: {detail}",
            hint=IMPORT,
        )


def held(wanted: dict[str, Any], standing: BranchRules) -> tuple[bool, str]:
    """Tell whether a rule stands, at least as strict as it is wanted, and what is missing."""
    kind, asked = wanted["type"], wanted.get("parameters", {})
    found = standing.rules.get(kind)
    if kind == "required_status_checks":
        names = sorted(standing.checks)
        told = f"only {', '.join(names)}" if names else "no check"
        return REQUIRED in names, f"the check {REQUIRED!r} is not required, {told}"
    if found is None:
        return False, f"there is no rule {kind!r}"
    if kind == "pull_request":
        return reviewed(asked, found)
    return True, ""


def reviewed(asked: dict[str, Any], found: dict[str, Any]) -> tuple[bool, str]:
    """Tell whether as many people look at a change as are wanted, and the right ones."""
    count = int(found.get("required_approving_review_count") or 0)
    least = asked["required_approving_review_count"]
    if count < least:
        return False, f"pull requests need {count} approvals, mlgit.yaml asks for {least}"
    if asked["require_code_owner_review"] and not found.get("require_code_owner_review"):
        return False, "pull requests need no approval of the owners of the code"
    return True, ""


def owner_findings(configuration: Configuration, forge: Forge) -> Iterator[Finding]:
    """Yield whether the owners stand on the default branch."""
    wanted = rule_files(configuration).get(owners_path())
    if wanted is None:
        return
    try:
        standing = forge.file(owners_path(), configuration.ci.branch)
    except MlgitError as error:
        yield Finding(name="owners", good=False, detail=error.message, hint=error.hint)
        return
    missing = lines_lacking(wanted, standing)
    where = f"{owners_path()} on {configuration.ci.branch}"
    detail = f"{where} lacks: {missing[0]}" if missing else f"{where} names the owners"
    hint = f"mlgit sync writes it; into one of your own put the line {missing[0]!r}" if missing else ""
    yield Finding(name="owners", good=not missing, detail=detail, hint=hint)
