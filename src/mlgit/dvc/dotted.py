"""Values of nested mappings by dotted names: all of them, those that a name or a pattern chooses, what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mlgit.metrics.reading import finite


def flat(tree: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values of nested mappings with their dotted names; an empty mapping yields nothing."""
    for keys, value in leaves(tree):
        yield ".".join(keys), value


def leaves(tree: Mapping[Any, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the values of nested mappings with the keys that lead to each."""
    for key, value in tree.items():
        keys = (*above, str(key))
        if isinstance(value, dict):
            yield from leaves(value, keys)
        else:
            yield keys, value


def named(pairs: Iterable[tuple[tuple[str, ...], Any]]) -> tuple[dict[str, Any], frozenset[str]]:
    """Return values by their dotted names, and the names that several of them have: `a.b` beside `a: {b: ...}`.

    Of several, the nested one keeps the name, and the keys with dots of the others stand in quotes: `"a.b"`. So none is
    lost.
    """
    pairs = list(pairs)
    plain = {".".join(keys): finite(value) for keys, value in pairs}
    if len(plain) == len(pairs):
        return plain, frozenset()
    by_name: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
    for keys, value in pairs:
        by_name.setdefault(".".join(keys), []).append((keys, value))
    found: dict[str, Any] = {}
    for name, several in by_name.items():
        if len(several) == 1 and name not in found:
            found[name] = finite(several[0][1])
            continue
        for keys, value in sorted(several, key=lambda pair: -len(pair[0])):
            spelt = name if name not in found else ".".join(map(quoted, keys))
            while spelt in found or (spelt != name and spelt in by_name):
                spelt += "'"
            found[spelt] = finite(value)
    return found, frozenset(name for name, several in by_name.items() if len(several) > 1)


def quoted(key: str) -> str:
    """Return a key as a part of a dotted name: in quotes when it holds a dot."""
    return f'"{key}"' if "." in key else key


def differences(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs between two values of a name: of two mappings the names inside, of anything else the values.

    A name that only one side has has the value None at the other.
    """
    if isinstance(old, dict) and isinstance(new, dict) and (old or new):
        for key in dict.fromkeys([*new, *old]):
            yield from differences(f"{name}.{key}", old.get(key), new.get(key))
    elif finite(old) != finite(new):
        yield name, finite(old), finite(new)


def selected(tree: Mapping[Any, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the values of the dotted `names` that exist, each by its name; a pattern stands for what it matches."""
    found: dict[str, Any] = {}
    for name in names:
        if is_pattern(name):
            found.update(matching(tree, name))
            continue
        try:
            found[name] = inside(tree, name)
        except KeyError:
            continue
    return found


def is_pattern(name: str) -> bool:
    """Tell whether a name of a parameter stands for others: `lr*`, `[ab].x`, `model.?`."""
    return any(sign in name for sign in "*?[")


def matching(tree: Any, pattern: str) -> dict[str, Any]:
    """Return the values whose dotted names match a pattern step by step, `**` any number of steps."""
    found = {"": tree}
    for step in pattern.split("."):
        if step == "**":
            found = {name: value for one, start in found.items() for name, value in every(start, one)}
            continue
        found = {
            name: value
            for one, above in found.items()
            for key, name, value in entries(above, one)
            if fnmatchcase(key, step)
        }
    return {name: value for name, value in found.items() if name}


def entries(value: Any, prefix: str) -> Iterator[tuple[str, str, Any]]:
    """Yield what a mapping or a list holds: the key, the dotted name and the value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield str(key), f"{prefix}.{key}" if prefix else str(key), inner


def every(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield a value and everything in it, by dotted names."""
    yield name, value
    for _, inner, one in entries(value, name):
        yield from every(one, inner)


def inside(tree: Any, name: str) -> Any:
    """Return the value of a dotted name; raises KeyError when there is none."""
    value = tree
    for step in name.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, dict) and (numbered := numeric_key(value, step)) is not None:
            value = value[numbered]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(name)
    return value


def numeric_key(mapping: Mapping[Any, Any], step: str) -> Any:
    """Return the key of a mapping that is written like `step` but is no text, such as the number 1."""
    return next((key for key in mapping if not isinstance(key, str) and str(key) == step), None)
