"""One spelling in all JSON: no published schema has a second word for a verdict, a side or a hint."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlgit.stats.decision import Verdict

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
SCHEMAS = sorted([*REFERENCE.glob("schemas/*.json"), REFERENCE / "mlgit.schema.json"])
VERDICTS = {str(one) for one in Verdict}
CONSEQUENCES = {frozenset({"fail", "warn"}), frozenset({"refuse", "warn"})}
"""What a place makes of UNDECIDED: keys of mlgit.yaml, no verdicts."""
OTHER_VERDICTS = {"pass", "passed", "fail", "undecided", "decision", "answer", "judgment", "court"}
OTHER_SIDES = {
    "this",
    "that",
    "old",
    "before",
    "after",
    "ours",
    "theirs",
    "left",
    "right",
    "previous",
    "current",
}
OTHER_HINTS = {"remedy", "cure", "fix", "advice", "suggestion", "help", "hints"}
OTHER_FINDINGS = {"flaw", "flaws", "notice", "notices", "obstacle", "hindrance"}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a schema."""
    if isinstance(node, dict):
        yield node
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(below)


def keys(schema: Any) -> set[str]:
    """Return the name of every property but the order of environments: `after: staging` is no side of a comparison."""
    return {
        key
        for node in nodes(schema)
        for key in node.get("properties", {})
        if isinstance(key, str) and (node.get("title"), key) != ("Environment", "after")
    }


def choices(schema: Any) -> Iterator[frozenset[str]]:
    """Yield the texts of every choice."""
    for node in nodes(schema):
        values = node.get("enum", [node["const"]] if "const" in node else [])
        texts = frozenset(one for one in values if isinstance(one, str)) if isinstance(values, list) else ()
        if texts:
            yield frozenset(texts)


def broken_spelling(schema: Any) -> list[str]:
    """Return every second spelling of a verdict, a side or a hint."""
    banned = OTHER_VERDICTS - {"undecided"} | OTHER_SIDES | OTHER_HINTS | OTHER_FINDINGS
    found = [f"the key {key}" for key in sorted(keys(schema)) if key.lower() in banned]
    for texts in choices(schema):
        lower = {one.lower() for one in texts}
        if texts not in CONSEQUENCES and lower & {one.lower() for one in VERDICTS} and texts != VERDICTS:
            found.append(f"verdicts {sorted(texts)}")
        if lower & {"base", "head"} and texts != {"base", "head"}:
            found.append(f"sides {sorted(texts)}")
        if lower & OTHER_SIDES:
            found.append(f"sides {sorted(texts)}")
    return found


def test_all_published_schemas_are_read() -> None:
    names = {path.name for path in SCHEMAS}
    assert {"compare-2.json", "gate-2.json", "mlgit.schema.json"} < names
    assert len(names) >= 5


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_spells_verdicts_sides_and_hints_in_one_way(path: Path) -> None:
    schema = json.loads(path.read_text())
    assert keys(schema)
    assert broken_spelling(schema) == []


@pytest.mark.parametrize("name", ["compare-2.json", "gate-2.json"])
def test_verdicts_sides_and_hints_are_there(name: str) -> None:
    schema = json.loads((REFERENCE / "schemas" / name).read_text())
    assert frozenset(VERDICTS) in set(choices(schema))
    assert {"verdict", "base", "head", "hint", "errors", "warnings"} <= keys(schema)


@pytest.mark.parametrize(
    "broken",
    [
        {"properties": {"remedy": {"type": "string"}}},
        {"properties": {"row": {"properties": {"this": {}}}}},
        {"properties": {"verdict": {"enum": ["pass", "fail", "undecided"]}}},
        {"properties": {"verdict": {"enum": ["PASS", "FAIL"]}}},
        {"$defs": {"Row": {"properties": {"side": {"enum": ["base", "this"]}}}}},
        {"properties": {"models": {"items": {"properties": {"flaws": {}}}}}},
    ],
)
def test_a_second_spelling_is_found(broken: dict[str, Any]) -> None:
    assert broken_spelling(broken) != []
