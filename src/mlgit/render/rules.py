"""What the default branch asks of a change, in GitHub's forms: a ruleset to import, and who owns what judges a change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mlgit.config.forge import Rules
from mlgit.config.model import Configuration
from mlgit.dvc.paths import folder_of
from mlgit.render.record import RULESET
from mlgit.render.templates import host_folder, owners_path

REQUIRED = "required"
"""The job of mlgit-ci that stands for all others."""
INTEGRATION = 15368
"""The App of GitHub Actions on github.com: nobody else's check of the same name counts."""
QUEUE = {
    "check_response_timeout_minutes": 60,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 5,
    "max_entries_to_merge": 5,
    "merge_method": "MERGE",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 5,
}
"""How a merge queue works: each group is judged as a whole."""


def rule_files(configuration: Configuration) -> dict[str, bytes]:
    """Return the files of the rules by path, none where mlgit.yaml says nothing of rules."""
    rules = configuration.forge.rules
    if rules is None:
        return {}
    made = {RULESET: (json.dumps(ruleset(configuration, rules), indent=2) + "\n").encode()}
    if rules.owners:
        made[owners_path()] = owners_text(configuration, rules).encode()
    return made


def lines_lacking(wanted: bytes, standing: bytes | None) -> list[str]:
    """Return the lines of CODEOWNERS that one of the user's own lacks, what explains them left out."""
    lines = {line.strip() for line in (standing or b"").decode("utf-8", "replace").splitlines()}
    return [line for line in wanted.decode().splitlines() if not line.startswith("#") and line not in lines]


def ruleset(configuration: Configuration, rules: Rules) -> dict[str, Any]:
    """Return a ruleset as GitHub imports it: Settings, Rules, Rulesets, New ruleset, Import a ruleset."""
    return {
        "name": "mlgit",
        "target": "branch",
        "enforcement": "active",
        "conditions": {"ref_name": {"include": [f"refs/heads/{configuration.ci.branch}"], "exclude": []}},
        "bypass_actors": [],
        "rules": list(branch_rules(configuration, rules)),
    }


def branch_rules(configuration: Configuration, rules: Rules) -> Iterator[dict[str, Any]]:
    """Yield the rules of the default branch."""
    check: dict[str, Any] = {"context": REQUIRED}
    if configuration.forge.host == "github":
        check["integration_id"] = INTEGRATION
    reviews = {
        "required_approving_review_count": max(rules.reviews, 1 if rules.owners else 0),
        "require_code_owner_review": bool(rules.owners),
        "dismiss_stale_reviews_on_push": True,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    }
    checks = {"strict_required_status_checks_policy": False, "required_status_checks": [check]}
    yield {"type": "deletion"}
    yield {"type": "non_fast_forward"}
    yield {"type": "pull_request", "parameters": reviews}
    yield {"type": "required_status_checks", "parameters": checks}
    if rules.signatures:
        yield {"type": "required_signatures"}
    if rules.queue:
        yield {"type": "merge_queue", "parameters": QUEUE}


def owners_text(configuration: Configuration, rules: Rules) -> str:
    """Return CODEOWNERS: what a pull request is judged by has owners, everything else has none."""
    lines = [f"{path} {' '.join(rules.owners)}\n" for path in judged_by(configuration)]
    return (
        "# Rendered by `mlgit sync` from mlgit.yaml (forge.rules.owners): what a change is judged by.\n"
        + "".join(lines)
    )


def judged_by(configuration: Configuration) -> list[str]:
    """Return what decides about a change, as patterns of CODEOWNERS."""
    schemas = [table.schema for table in configuration.data.values()]
    folders = {
        f"/{escaped(folder_of(path))}/" if folder_of(path) else f"/{escaped(path)}" for path in schemas
    }
    return ["/mlgit.yaml", "/.mlgit/", f"/{host_folder()}", "/deploy/", "/splits/", *sorted(folders)]


def escaped(path: str) -> str:
    """Return a path as a pattern: a blank ends it otherwise."""
    return path.replace("\\", "\\\\").replace(" ", "\\ ")
