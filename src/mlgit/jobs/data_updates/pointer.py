"""Write a .dvc file anew: the standing one with what an update changes, and nothing else of what was handed off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlgit import yamlfile
from mlgit.config.model import Table
from mlgit.dvc import pointer as pointers
from mlgit.git.snapshot import CommitSnapshot
from mlgit.yamlfile import Document

LARGEST = 64_000
"""Bytes that a handed-over .dvc file may have."""
COUNT = 2**53
DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?")
REVISION = re.compile(r"[0-9a-f]{40}")
TAG = re.compile(r"[ -~]{1,200}")
PLAIN = re.compile(r"(?=[0-9a-f]*[a-df])[0-9a-f]+(\.dir|-[0-9]+)?")
"""A text that needs no quotes: its letters keep it from being read as a number."""

Shape = re.Pattern[str] | type
OUTPUT: dict[str, Shape] = {
    "md5": DIGEST,
    "size": int,
    "nfiles": int,
    "isexec": bool,
    "hash": re.compile("md5"),
}
SOURCE: dict[str, Shape] = OUTPUT | {"etag": TAG, "checksum": TAG, "version_id": TAG}
VOLATILE: tuple[tuple[tuple[str | int, ...], dict[str, Shape]], ...] = (
    ((), {"md5": DIGEST}),
    (("outs", 0), OUTPUT),
    (("deps", 0), SOURCE),
    (("deps", 0, "repo"), {"rev_lock": REVISION}),
)
"""What an update changes in a .dvc file, by place. Everything else says what the data are and where they come from."""


def renewed(path: str, standing: bytes, handed: bytes) -> bytes | None:
    """Return the standing .dvc file with the new values of a handed-over one; None when that one says more.

    Raises `UsageError` when one of them is no YAML.
    """
    if len(handed) > LARGEST:
        return None
    old, new = yamlfile.read(standing, path), yamlfile.read(handed, path)
    if lasting(old.value) != lasting(new.value):
        return None
    lines = yamlfile.decoded(standing, path).splitlines(keepends=True)
    parts = [[line] for line in lines]
    for place, shapes in VOLATILE:
        now = {key: value for key, value in mapping_at(new.value, place).items() if key in shapes}
        if not all(fits(value, shapes[key]) for key, value in now.items()):
            return None
        rewrite(parts, old, place, now, shapes)
    text = "".join(line for part in parts for line in part).encode()
    return text if yamlfile.read(text, path).value == new.value else None


def mapping_at(value: Any, place: tuple[str | int, ...]) -> dict[str, Any]:
    """Return the mapping at a place, an empty one where there is none."""
    for step in place:
        if isinstance(value, Mapping):
            value = value.get(step)
        else:
            value = value[0] if isinstance(value, list) and step == 0 and value else None
    return value if isinstance(value, dict) else {}


def lasting(value: Any, place: tuple[str | int, ...] = ()) -> Any:
    """Return a value of a .dvc file without what an update changes."""
    if isinstance(value, list):
        return [lasting(inner, (*place, number)) for number, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    volatile = dict(VOLATILE).get(place, {})
    return {key: lasting(inner, (*place, key)) for key, inner in value.items() if key not in volatile}


def fits(value: Any, shape: Shape) -> bool:
    """Tell whether a value has the shape that its key asks for."""
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    return isinstance(value, int) and type(value) is shape and 0 <= value <= COUNT


def rewrite(
    parts: list[list[str]],
    old: Document,
    place: tuple[str | int, ...],
    now: Mapping[str, Any],
    shapes: Mapping[str, Shape],
) -> None:
    """Put the new values of one mapping where its old ones stand, or first where it has none.

    `parts` holds what each line of the standing file becomes. A file that is not a key a line comes out wrong, and the
    caller sees that.
    """
    standing = mapping_at(old.value, place)
    before = {key: value for key, value in standing.items() if key in shapes}
    if not now or not standing or now == before:
        return
    numbers = sorted({old.line(*place, key) - 1 for key in before})
    first = numbers[0] if numbers else old.line(*place, next(iter(standing))) - 1
    line = "".join(parts[first])
    start = line[: len(line) - len(line.lstrip(" -"))]
    indent = " " * len(start)
    for number in numbers:
        parts[number] = []
    kept = [] if numbers else [indent + line[len(start) :]]
    made = [f"{key}: {written(value)}\n" for key, value in now.items()]
    parts[first] = [f"{indent if number else start}{one}" for number, one in enumerate(made)] + kept


def written(value: str | int) -> str:
    """Return a value as DVC writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return value if value == "md5" or PLAIN.fullmatch(value) else yamlfile.quoted(value)


def kept_path(moment: CommitSnapshot, table: Table) -> str:
    """Return the path that stands for a table in Git: its .dvc file, else the table itself; empty when it has neither."""
    paths = (table.path + pointers.SUFFIX, table.path)
    return next((path for path in paths if moment.oid(path) is not None), "")


def same_data(path: str, one: bytes, other: bytes) -> bool:
    """Tell whether two contents of a path stand for the same data; of a .dvc file the digest of the data counts."""
    if one == other or not pointers.is_pointer(path):
        return one == other
    return pointers.read(one, path).outputs[0].digest == pointers.read(other, path).outputs[0].digest


def digest_of(path: str, content: bytes) -> str:
    """Return the digest of the data that a content of a path stands for."""
    from mlgit.dvc.hashing import content_digest

    if pointers.is_pointer(path):
        return pointers.read(content, path).outputs[0].digest
    return content_digest(content, legacy=False)
