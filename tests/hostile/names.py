"""Hostile names: texts that a shell, a runner, Git, Markdown or a terminal would obey, wherever a user gives a name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from tests.driver import Person
from tests.hostile.files import COMPARE, GATE, Command

NAMES = [
    "::error::x", "x\n::error::y", "x\r::set-output name=a::b", "##[error]x", "x ##[add-mask]y", "%0A::error::x", "-rf",
    "--output=canary", "$(touch canary)", "`touch canary`", "; touch canary", "| touch canary", "../canary", "a/../../b",
    "/etc/passwd", ".git/config", "*", "?[a]", "~root", "x\ty", "\u202ereversed", "zero\u200bwidth", "\x1b]0;title\x07",
    "<script>alert(1)</script>", "](http://example.org) @everyone", "<!-- mlgit:comment -->", "x" * 255, "\U0001f600" * 60,
    "HEAD@{u}", "null",
]  # fmt: skip
Planter = Callable[[Person, str], tuple[Command, ...]]


def quoted(text: str) -> str:
    return json.dumps(text)


def metric(person: Person, name: str) -> tuple[Command, ...]:
    person.write("metrics.json", json.dumps({name: 0.5, "accuracy": 0.7}))
    return (COMPARE, (*COMPARE, "--format", "markdown"), (*COMPARE, "--format", "html"))


def parameter(person: Person, name: str) -> tuple[Command, ...]:
    person.write("params.yaml", f"factor: 3\n{quoted(name)}: 1\n")
    return (COMPARE, ("status",))


def model(person: Person, name: str) -> tuple[Command, ...]:
    person.write("mlgit.yaml", person.read("mlgit.yaml").replace("  small:", f"  {quoted(name)}:"))
    return (COMPARE, GATE, ("sync",), ("lineage", name), ("retrain", "--dry-run", "--local", name))


def table(person: Person, name: str) -> tuple[Command, ...]:
    person.write("mlgit.yaml", person.read("mlgit.yaml").replace("  people:", f"  {quoted(name)}:"))
    return (("data", "check"), ("sync",), ("data", "split", name))


def stage(person: Person, name: str) -> tuple[Command, ...]:
    person.write("dvc.yaml", person.read("dvc.yaml").replace("  train:", f"  {quoted(name)}:"))
    return (("status",), COMPARE, ("affected", "HEAD~1"))


def column(person: Person, name: str) -> tuple[Command, ...]:
    cell = name.replace('"', '""')
    person.write("data/people.csv", person.read("data/people.csv").replace("age", f'"{cell}"', 1))
    return (("data", "check"), ("check", "data"), ("data", "schema", "data/people.csv"))


def cell(person: Person, name: str) -> tuple[Command, ...]:
    text = name.replace('"', '""')
    person.write("data/people.csv", person.read("data/people.csv").replace(",yes\n", f',"{text}"\n', 3))
    return (("data", "check"), ("check", "data"), ("data", "check", "--json"))


def path(person: Person, name: str) -> tuple[Command, ...]:
    changed = person.read("mlgit.yaml").replace("metrics: [metrics.json]", f"metrics: [{quoted(name)}]")
    person.write("mlgit.yaml", changed)
    return (COMPARE, GATE, ("status",))


def file_name(person: Person, name: str) -> tuple[Command, ...]:
    plain = name.replace("/", "_")[:60]
    place = person.folder / "deep" / plain
    place.parent.mkdir(exist_ok=True)
    place.write_text("stages:\n  a:\n    cmd: 'true'\n    outs: [x]\nmetrics: [m.json]\n")
    folder = person.folder / f"folder {plain}"
    folder.mkdir()
    (folder / "dvc.yaml").write_text("metrics: [m.json]\n")
    (folder / "m.json").write_text('{"a": [}')
    return (("status",), COMPARE, ("affected", "HEAD~1"), ("doctor",))


def argument(person: Person, name: str) -> tuple[Command, ...]:
    plain = (("compare", "--", name), ("gate", "--", name), ("lineage", "--", name))
    return (*plain, ("promote", "--dry-run", "--", name, "staging"))


PLANTERS: dict[str, Planter] = {
    one.__name__: one
    for one in (metric, parameter, model, table, stage, column, cell, path, file_name, argument)
}
CASES = [(planter, name) for planter in PLANTERS for name in NAMES]
CANARIES = ("canary", "../canary")


def canaries(root: Path) -> list[str]:
    """What a name would have made that somebody obeyed."""
    return [one for one in CANARIES if os.path.lexists(root / one)]
