"""The values that the templates of dvc.yaml may use, and the file that each comes from.

Reference: https://dvc.org/doc/user-guide/project-structure/dvcyaml-files#templating
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

STEP = re.compile(r"\[([^\[\]]*)\]")


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
        return inside(self.values, expression)

    def sources(self, expression: str) -> list[tuple[str, str]]:
        """Return the files that give `a.b[0]` its value, each with the name that the value has in it."""
        name = dotted(expression)
        found = []
        for file, keys in self.loaded.items():
            tree = self.files[file]
            if not isinstance(tree, str) and (keys is None or name.split(".")[0] in keys):
                try:
                    inside(with_text_keys(tree), name)
                except KeyError:
                    continue
                found.append((file, name))
        return found

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


def dotted(expression: str) -> str:
    """Return the name in an expression with its steps joined by dots: `a[0].b` is `a.0.b`."""
    return STEP.sub(r".\1", expression.strip())


def inside(tree: Any, expression: str) -> Any:
    """Return what `a.b[0]` names in nested values; raises KeyError when there is none."""
    value = tree
    for step in dotted(expression).split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(expression)
    return value


def joined_trees(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return two nested mappings as one, and the first name to which both give a value (empty when there is none)."""
    if not one:
        return dict(other), ""
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
        return {
            key: with_text_keys(value) if isinstance(value, dict | list) else value
            for key, value in tree.items()
            if isinstance(key, str)
        }
    return [with_text_keys(value) for value in tree] if isinstance(tree, list) else tree
