"""The templates of dvc.yaml (`${...}`, `foreach`, `matrix`): written out where the values are plain, marked elsewhere.

Reference: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating
"""

from __future__ import annotations

import itertools
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

EXPRESSION = re.compile(r"(?<!\\)\$\{(.*?)\}")
STEP = re.compile(r"\[([^\[\]]*)\]")
NOT_TOLD = "its template needs values that only DVC works out"


class Parsing(Struct, frozen=True):
    """How a mapping becomes options in a command: DVC's settings `parsing.bool` and `parsing.list`."""

    negated: bool = False
    repeated: bool = False


class Variables(Struct, frozen=True):
    """Values for templates, nested as in the files they come from.

    `files` are the values of every file that some `vars` names, by its path from the folder of dvc.yaml; a text in the place
    of values says why there are none. `loaded` are the files that were taken in, with the keys chosen from them (None: all).
    `unknown`: why no template can be told.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any] | str] = field(default_factory=dict)
    loaded: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    parsing: Parsing = Parsing()
    unknown: str = ""

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
        return replace(self, values={**self.values, **more})

    def taking(self, items: Iterable[Any], directory: str = ".") -> Variables:
        """Return these values and those of the items of a `vars`: mappings, and files by their paths from `directory`.

        As for DVC, a name that has a value already is no template's to choose: then nothing can be told.
        """
        found = self
        for item in items:
            if found.unknown:
                break
            if isinstance(item, str):
                found = found._with_file(*chosen_keys(item, directory))
            elif isinstance(item, dict):
                found = found._joined(item, "vars")
        return found

    def _with_file(self, path: str, keys: tuple[str, ...]) -> Variables:
        """Return these values and those of one file, or of some of its keys."""
        tree, before = self.files.get(path, f"{path} is not there"), self.loaded.get(path, ())
        if isinstance(tree, str):
            return replace(self, unknown=tree)
        if before is None and not keys:
            return self
        missing = [key for key in keys if key not in tree]
        if missing or before is None or (path in self.loaded and not keys):
            text = (
                f"{path} has no {missing[0]}" if missing else f"{path} stands in vars as a whole and in parts"
            )
            return replace(self, unknown=text)
        kept = {key: tree[key] for key in keys} if keys else tree
        loaded = {**self.loaded, path: (*before, *keys) if keys else None}
        return replace(self._joined(kept, path), loaded=loaded)

    def _joined(self, more: Mapping[str, Any], source: str) -> Variables:
        """Return these values and more, mappings of both joined key by key."""
        joined, twice = joined_trees(self.values, with_text_keys(more))
        return replace(self, values=joined, unknown=f"{source} gives {twice} a second value" if twice else "")


def chosen_keys(item: str, directory: str) -> tuple[str, tuple[str, ...]]:
    """Return the file that an item of `vars` names, from the folder of dvc.yaml, and the keys it chooses."""
    path, _, keys = item.partition(":")
    return posixpath.normpath(posixpath.join(directory, path)), tuple(filter(None, keys.split(",")))


class Resolved(Struct, frozen=True):
    """A value with its templates replaced; `missing` is the first expression that has no value."""

    value: Any
    missing: str = ""


class Generated(Struct, frozen=True):
    """One stage that a definition stands for."""

    name: str
    definition: Any
    unresolved: str = ""


def joined_trees(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return two nested mappings as one, and the first name to which both give a value (empty when there is none)."""
    joined, twice = dict(one), ""
    for key, value in other.items():
        mine = joined.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            value, inner = joined_trees(mine, value)
            twice = twice or (inner and f"{key}.{inner}")
        elif key in joined:
            twice = twice or str(key)
        joined[key] = value
    return joined, twice


def with_text_keys(tree: Any) -> Any:
    """Return nested values without what stands under a key that is no text: no template of DVC finds it."""
    if isinstance(tree, dict):
        return {key: with_text_keys(value) for key, value in tree.items() if isinstance(key, str)}
    return [with_text_keys(value) for value in tree] if isinstance(tree, list) else tree


def has_template(value: Any) -> bool:
    """Tell whether a `${...}` stands anywhere in a value."""
    if isinstance(value, str):
        return EXPRESSION.search(value) is not None
    if isinstance(value, dict):
        return any(has_template(key) or has_template(item) for key, item in value.items())
    return isinstance(value, list) and any(has_template(item) for item in value)


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
