"""Read `mlgit.yaml`: text in, one checked value out, or an error that names the line and the hint."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import inspect

from mlgit import yamlfile
from mlgit.config import words
from mlgit.config.data_update import check_update
from mlgit.config.gates import check_gates
from mlgit.config.model import Configuration
from mlgit.errors import UsageError

FILE = "mlgit.yaml"
STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+|\.\.\.)\]")
KEY = "key` in `"
"""How a place begins that is a key instead of its value."""
UNKNOWN = re.compile(r"unknown field `([^`]*)`")


def read(content: bytes | str, name: str = FILE) -> Configuration:
    """Return the configuration; raises `UsageError` (`config-...`) with the line of the first mistake."""
    document = yamlfile.read(content, name)
    if not isinstance(document.value, dict):
        raise UsageError(
            "config-empty", f"{name} holds no settings", hint="start it with the line: version: 1", where=name
        )
    try:
        configuration = msgspec.convert(document.value, Configuration)
    except msgspec.ValidationError as error:
        raise mistake(document, error) from error
    check_gates({name: model.gates for name, model in configuration.models.items()}, document)
    if configuration.ct is not None:
        check_update(configuration.ct.update, configuration.remote, document)
    return configuration


def mistake(document: yamlfile.Document, error: msgspec.ValidationError) -> UsageError:
    """Return the user's error for a value that does not fit, with its key and line."""
    text, place = split(str(error))
    of_key = place.startswith(KEY)
    path = located(document.value, place.removeprefix(KEY).rstrip("`"), Configuration)
    unknown = UNKNOWN.search(text)
    if unknown:
        path, what = [*path, unknown.group(1)], f"unknown key {unknown.group(1)!r}"
    else:
        what = words_of(document.value, path, text, of_key=of_key)
    path += [guilty_key(document.value, path, Configuration)] if of_key else []
    shown = ".".join(str(step) for step in path) or "the top"
    return UsageError(
        "config-invalid",
        f"{document.name}: {shown}: {what}",
        hint="`mlgit help mlgit-yaml` lists every key and what it takes",
        where=document.place(*path),
    )


def split(message: str) -> tuple[str, str]:
    """Return a message of msgspec without its place, and the place; a value in the message may hold any text."""
    text, sign, place = message.rpartition(" - at `")
    return (text, place) if sign else (message, "")


def words_of(value: Any, path: list[str | int], text: str, *, of_key: bool) -> str:
    """Return what is wrong at a path, or with a key of the mapping there, in plain words."""
    kinds = words.kinds_at(inspect.type_info(Configuration), value, path)
    return f"the key {words.said(text, words.keys_of(kinds))}" if of_key else words.said(text, kinds)


def located(value: Any, place: str, kind: Any) -> list[str | int]:
    """Return the path of the first mistake as keys and positions.

    msgspec writes `[...]` for "some key of a mapping"; which one is found by trying each entry alone.
    """
    steps = [match.group(1) or match.group(2) for match in STEP.finditer(place)]
    path: list[str | int] = []
    for step in steps:
        if step == "...":
            path.append(guilty_key(value, path, kind))
        else:
            path.append(int(step) if step.isdigit() else step)
    return path


def guilty_key(value: Any, path: list[str | int], kind: Any) -> str:
    """Return the key of the mapping at `path` that does not fit when it stands alone."""
    mapping = inside(value, path)
    for key, entry in mapping.items():
        try:
            msgspec.convert(replaced(value, path, {key: entry}), kind)
        except msgspec.ValidationError:
            return str(key)
    return str(next(iter(mapping)))


def inside(value: Any, path: list[str | int]) -> Any:
    """Return the value at `path`."""
    for step in path:
        value = value[step]
    return value


def replaced(value: Any, path: list[str | int], entry: Any) -> Any:
    """Return a copy of `value` with the value at `path` replaced."""
    if not path:
        return entry
    copied = value.copy()
    copied[path[0]] = replaced(value[path[0]], path[1:], entry)
    return copied
