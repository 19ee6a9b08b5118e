"""Cut slice.json out of GitHub's whole API description: python tests/github/cut.py api.github.com.json.

The description is `generated/api.github.com.json` of the npm package @octokit/openapi (MIT, see LICENSE-octokit-openapi).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SLICE = Path(__file__).with_name("slice.json")
OPERATIONS = frozenset(
    {
        "issues/list-comments",
        "issues/create-comment",
        "issues/update-comment",
        "issues/get-comment",
        "issues/create",
        "issues/update",
        "issues/list-for-repo",
        "pulls/list",
        "pulls/create",
        "pulls/get",
        "pulls/update",
        "pulls/list-files",
        "checks/create",
        "checks/update",
        "checks/list-for-ref",
        "actions/list-workflow-run-artifacts",
        "actions/download-artifact",
        "repos/get-branch",
        "repos/get-branch-rules",
        "repos/get-content",
        "git/create-blob",
        "git/create-tree",
        "git/create-commit",
        "users/get-authenticated",
        "rate-limit/get",
    }
)
PROSE = frozenset(
    {"description", "summary", "example", "examples", "externalDocs", "tags", "deprecated", "title"}
)
CONTAINERS = frozenset({"properties", "schemas", "responses", "parameters", "headers", "paths"})


def main(source: Path) -> None:
    whole = json.loads(source.read_text("utf-8"))
    paths = {
        path: kept
        for path, methods in whole["paths"].items()
        if (kept := {name: one for name, one in methods.items() if operation_id(one) in OPERATIONS})
    }
    slice_: dict[str, Any] = {"paths": stripped(paths, names=True), "components": {}}
    waiting = references(slice_["paths"])
    while waiting:
        kind, name = waiting.pop()
        shelf = slice_["components"].setdefault(kind, {})
        if name not in shelf:
            shelf[name] = stripped(whole["components"][kind][name])
            waiting |= references(shelf[name])
    facts = {
        "openapi": whole["openapi"],
        "info": {"version": whole["info"]["version"], "license": whole["info"]["license"]},
    }
    SLICE.write_text(json.dumps({**facts, **slice_}, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")


def operation_id(one: Any) -> str:
    return one.get("operationId", "") if isinstance(one, dict) else ""


def stripped(value: Any, *, names: bool = False) -> Any:
    """Return a part without its prose; `names`: the keys of this object are names, not keywords."""
    if isinstance(value, list):
        return [stripped(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: one for key, one in value.items() if names or not (key in PROSE or key.startswith("x-"))}
    return {key: stripped(one, names=not names and key in CONTAINERS) for key, one in kept.items()}


def references(value: Any) -> set[tuple[str, str]]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(references, value.values()))
    if isinstance(value.get("$ref"), str):
        kind, name = value["$ref"].split("/")[-2:]
        found.add((kind, name))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
