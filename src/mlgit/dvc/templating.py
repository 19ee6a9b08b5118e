"""The templates of dvc.yaml (`${...}`, `foreach`, `matrix`): written out where the values are plain, marked elsewhere.

Reference: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mlgit.dvc.variables import Parsing, Variables

EXPRESSION = re.compile(r"(?<!\\)\$\{(.*?)\}")
NOT_TOLD = "its template needs values that only DVC works out"


class Resolved(Struct, frozen=True):
    """A value with its templates replaced; `missing` is the first expression that has no value."""

    value: Any
    missing: str = ""


class Generated(Struct, frozen=True):
    """One stage that a definition stands for."""

    name: str
    definition: Any
    unresolved: str = ""


def has_template(value: Any) -> bool:
    """Tell whether a `${...}` stands anywhere in a value."""
    return next(expressions(value), None) is not None


def expressions(value: Any) -> Iterator[str]:
    """Yield the expressions that stand in the texts of a value, in their order."""
    if isinstance(value, str):
        yield from EXPRESSION.findall(value)
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from expressions(key)
            yield from expressions(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from expressions(entry)


def resolve(value: Any, variables: Variables, *, command: bool = False) -> Resolved:
    """Replace every `${...}` in the texts of a value; what has no value stays as written.

    `command`: a mapping in the midst of a text is written as options.
    """
    missing: list[str] = []

    def replaced(item: Any) -> Any:
        if isinstance(item, str):
            return text_resolved(item, variables, missing, command=command)
        if isinstance(item, dict):
            return {replaced(key): replaced(entry) for key, entry in item.items()}
        return [replaced(entry) for entry in item] if isinstance(item, list) else item

    return Resolved(replaced(value), next(iter(missing), ""))


def text_resolved(text: str, variables: Variables, missing: list[str], *, command: bool) -> Any:
    """Return a text with its expressions replaced; one that is nothing but an expression keeps the value's type."""
    whole = EXPRESSION.fullmatch(text)
    single = whole is not None and "${" not in whole.group(1)

    def replacement(match: re.Match[str]) -> Any:
        try:
            value = variables.find(match.group(1))
            if isinstance(value, dict) and command and not single:
                return options(value, variables.parsing)
            if not isinstance(value, dict | list):
                return value if single and isinstance(value, bool | int | float) else written(value)
        except (KeyError, ValueError):
            pass
        missing.append(match.group(1))
        return match.group(0)

    if whole is not None and single:
        return replacement(whole)
    return EXPRESSION.sub(replacement, text).replace("\\${", "${")


def written(value: Any) -> str:
    """Return a plain value as DVC writes it into a text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def options(values: Mapping[str, Any], parsing: Parsing, prefix: str = "") -> str:
    """Return a mapping as the options of a command, `--name value`, the names of inner mappings joined by dots.

    Raises ValueError for a list in a list, which DVC refuses.
    """
    found: list[str] = []
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            found.append(options(value, parsing, f"{name}."))
        elif isinstance(value, bool):
            found.append(f"--{name}" if value else f"--no-{name}" if parsing.negated else "")
        elif isinstance(value, list) and value:
            items = [argument(item) for item in value]
            found.append(f"--{name} " + (f" --{name} " if parsing.repeated else " ").join(items))
        elif not isinstance(value, list):
            found.append(f"--{name} {argument(value)}")
    return " ".join(filter(None, found))


def argument(value: Any) -> str:
    """Return one value of an option, quoted for the shell where it is a text; raises ValueError for a nested one."""
    if isinstance(value, list | dict):
        raise ValueError("a list or a mapping in a list")
    return shlex.quote(value) if isinstance(value, str) else str(value)


def expanded(name: str, definition: Any, variables: Variables) -> Iterator[Generated]:
    """Yield the stages that one definition stands for, each with its templates replaced or marked."""
    if not isinstance(definition, dict):
        yield Generated(name, definition)
        return
    if variables.unknown:
        yield Generated(name, without_repetition(definition), variables.unknown)
    elif "foreach" in definition:
        items = foreach_items(definition["foreach"], variables)
        yield from repeated(name, definition.get("do"), items, variables)
    elif "matrix" in definition:
        body = {key: value for key, value in definition.items() if key != "matrix"}
        yield from repeated(name, body, matrix_items(definition["matrix"], variables), variables)
    else:
        yield generated(name, definition, variables)


def stage_variables(definition: Mapping[str, Any], variables: Variables) -> Variables:
    """Return the values a stage sees: those of the file and its own `vars`, whose files lie in its folder."""
    directory, own = definition.get("wdir") or ".", definition.get("vars") or []
    if not isinstance(own, list):
        return replace(variables, unknown="its vars are no list")
    if has_template(directory) and any(isinstance(item, str) for item in own):
        return replace(variables, unknown=NOT_TOLD)
    return variables.taking(own, str(directory))


def without_repetition(definition: Mapping[str, Any]) -> Any:
    """Return the definition of one of the stages that a `foreach` or `matrix` makes."""
    body = definition.get("do", definition)
    return {key: value for key, value in body.items() if key != "matrix"} if isinstance(body, dict) else body


def generated(name: str, definition: Any, variables: Variables) -> Generated:
    """Return one stage with its templates replaced, or marked when a value is missing."""
    local = stage_variables(definition, variables)
    parts = {
        key: resolve(value, local, command=key == "cmd") for key, value in definition.items() if key != "vars"
    }
    body = as_written({key: part.value for key, part in parts.items()})
    missing = next((part.missing for part in parts.values() if part.missing), "")
    return Generated(name, body, local.unknown or (f"${{{missing}}} has no plain value" if missing else ""))


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
