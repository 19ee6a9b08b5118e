"""The templates of dvc.yaml (`${...}`, `foreach`, `matrix`): written out where the values are plain, marked elsewhere.

Reference: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

EXPRESSION = re.compile(r"(?<!\\)\$\{(.*?)\}")
STEP = re.compile(r"\[([^\[\]]*)\]")
NOT_TOLD = "its template needs values that only DVC works out"


class Variables(Struct, frozen=True):
    """Values for templates, nested as in the files they come from."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def find(self, expression: str) -> Any:
        """Return the value of `a.b[0]`; raises KeyError when there is none."""
        value: Any = self.values
        for step in STEP.sub(r".\1", expression.strip()).split("."):
            if isinstance(value, dict) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
                value = value[int(step)]
            else:
                raise KeyError(expression)
        return value

    def with_values(self, more: Mapping[str, Any]) -> Variables:
        """Return these values and more; the new ones win."""
        return Variables({**self.values, **more})

    def merged(self, more: Mapping[str, Any]) -> Variables:
        """Return these values and more, mappings of both joined key by key."""
        return Variables(joined_trees(self.values, more))


class Resolved(Struct, frozen=True):
    """A value with its templates replaced; `missing` is the first expression that has no value."""

    value: Any
    missing: str = ""


class Generated(Struct, frozen=True):
    """One stage that a definition stands for."""

    name: str
    definition: Any
    unresolved: str = ""


def joined_trees(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return two nested mappings as one; where both have a plain value the other's wins."""
    joined = dict(one)
    for key, value in other.items():
        mine = joined.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            value = joined_trees(mine, value)
        joined[key] = value
    return joined


def has_template(value: Any) -> bool:
    """Tell whether a `${...}` stands anywhere in a value."""
    if isinstance(value, str):
        return EXPRESSION.search(value) is not None
    if isinstance(value, dict):
        return any(has_template(key) or has_template(item) for key, item in value.items())
    return isinstance(value, list) and any(has_template(item) for item in value)


def resolve(value: Any, variables: Variables) -> Resolved:
    """Replace every `${...}` in the texts of a value; what has no value stays as written."""
    missing: list[str] = []

    def replaced(item: Any) -> Any:
        if isinstance(item, str):
            return text_resolved(item, variables, missing)
        if isinstance(item, dict):
            return {replaced(key): replaced(entry) for key, entry in item.items()}
        return [replaced(entry) for entry in item] if isinstance(item, list) else item

    return Resolved(replaced(value), next(iter(missing), ""))


def text_resolved(text: str, variables: Variables, missing: list[str]) -> Any:
    """Return a text with its expressions replaced; one that is nothing but an expression keeps the value's type."""
    whole = EXPRESSION.fullmatch(text)
    if whole and "${" not in whole.group(1):
        try:
            value = variables.find(whole.group(1))
        except KeyError:
            missing.append(whole.group(1))
            return text
        if isinstance(value, dict | list):
            missing.append(whole.group(1))
            return text
        return value if isinstance(value, bool | int | float) else written(value)

    def replacement(match: re.Match[str]) -> str:
        try:
            value = variables.find(match.group(1))
        except KeyError:
            value = {}
        if isinstance(value, dict | list):
            missing.append(match.group(1))
            return match.group(0)
        return written(value)

    return EXPRESSION.sub(replacement, text).replace("\\${", "${")


def written(value: Any) -> str:
    """Return a plain value as DVC writes it into a text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def expanded(name: str, definition: Any, variables: Variables) -> Iterator[Generated]:
    """Yield the stages that one definition stands for, each with its templates replaced or marked."""
    if not isinstance(definition, dict):
        yield Generated(name, definition)
        return
    local = stage_variables(definition, variables)
    if local is None:
        yield Generated(name, without_repetition(definition), "it takes `vars` from a file")
    elif "foreach" in definition:
        yield from repeated(name, definition.get("do"), foreach_items(definition["foreach"], local), local)
    elif "matrix" in definition:
        body = {key: value for key, value in definition.items() if key != "matrix"}
        yield from repeated(name, body, matrix_items(definition["matrix"], local), local)
    else:
        yield generated(name, definition, local)


def stage_variables(definition: Mapping[str, Any], variables: Variables) -> Variables | None:
    """Return the values a stage sees: those of the file and its own `vars`; None when these name a file."""
    own = definition.get("vars") or []
    if not isinstance(own, list) or not all(isinstance(item, dict) for item in own):
        return None
    for item in own:
        variables = variables.with_values(item)
    return variables


def without_repetition(definition: Mapping[str, Any]) -> Any:
    """Return the definition of one of the stages that a `foreach` or `matrix` makes."""
    body = definition.get("do", definition)
    return {key: value for key, value in body.items() if key != "matrix"} if isinstance(body, dict) else body


def generated(name: str, definition: Any, variables: Variables) -> Generated:
    """Return one stage with its templates replaced, or marked when a value is missing."""
    body = {key: value for key, value in definition.items() if key != "vars"}
    done = resolve(body, variables)
    if not done.missing:
        return Generated(name, as_written(done.value))
    return Generated(name, as_written(done.value), f"${{{done.missing}}} has no plain value")


def as_written(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a stage whose command and paths are texts again where a template made numbers of them."""
    return {
        key: written(value)
        if key in ("cmd", "wdir", "desc") and isinstance(value, int | float)
        else [written(item) if isinstance(item, bool | int | float) else item for item in value]
        if isinstance(value, list)
        else value
        for key, value in definition.items()
    }


def repeated(
    name: str, body: Any, items: list[tuple[str, dict[str, Any]]] | None, variables: Variables
) -> Iterator[Generated]:
    """Yield one stage an item, named `name@key`; one marked stage when the items cannot be told."""
    if items is None or not isinstance(body, dict):
        yield Generated(name, body if isinstance(body, dict) else {}, NOT_TOLD)
        return
    for key, values in items:
        yield generated(f"{name}@{key}", body, variables.with_values(values))


def foreach_items(source: Any, variables: Variables) -> list[tuple[str, dict[str, Any]]] | None:
    """Return the key and the values of each item of a `foreach`; None when they cannot be told."""
    source = found(source, variables)
    if isinstance(source, dict):
        return [(str(key), {"item": value, "key": key}) for key, value in source.items()]
    if not isinstance(source, list):
        return None
    if any(isinstance(item, dict | list) for item in source):
        return [(str(number), {"item": item}) for number, item in enumerate(source)]
    return [(written(item), {"item": item}) for item in source]


def matrix_items(source: Any, variables: Variables) -> list[tuple[str, dict[str, Any]]] | None:
    """Return the key and the values of each combination of a `matrix`; None when they cannot be told."""
    if not isinstance(source, dict):
        return None
    axes = {axis: found(values, variables) for axis, values in source.items()}
    if not all(isinstance(values, list) for values in axes.values()):
        return None
    labelled = [
        [(axis_label(axis, number, value), value) for number, value in enumerate(values)]
        for axis, values in axes.items()
    ]
    return [
        (
            "-".join(label for label, _ in chosen),
            {
                "item": dict(zip(axes, (value for _, value in chosen), strict=True)),
                "key": "-".join(label for label, _ in chosen),
            },
        )
        for chosen in itertools.product(*labelled)
    ]


def axis_label(axis: str, number: int, value: Any) -> str:
    """Return how one value of a matrix appears in the name of a stage."""
    return f"{axis}{number}" if isinstance(value, dict | list) else written(value)


def found(source: Any, variables: Variables) -> Any:
    """Return a list or mapping, looked up when it is written as one expression."""
    if isinstance(source, str) and (match := EXPRESSION.fullmatch(source)):
        try:
            return variables.find(match.group(1))
        except KeyError:
            return None
    resolved = resolve(source, variables)
    return None if resolved.missing else resolved.value
