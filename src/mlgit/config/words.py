"""What is wrong with a value of a YAML file that has to be of a class, in the words of whoever writes YAML, with its place.

For `mlgit.yaml` and `schemas/*.yaml`: msgspec converts, and only when it refuses this looks for what would be allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from mlgit.config.part import FORM

WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "keys with their values",
    "null": "nothing",
}
IS = {"null": "empty", "float": "a number with a point"}
"""What a value is called that is something else than it has to be."""
PLAIN = ("int", "float", "bool")
BOUNDS = {">=": "of at least", ">": "above", "<=": "of at most", "<": "below"}
LENGTHS = {">=": "at least", "<=": "at most"}
PARTS = {"str": ("character", "characters"), "array": ("entry", "entries"), "object": ("key", "keys")}
EXPECTED = re.compile(
    r"Expected `(?P<types>[^`]+)`"
    r"(?:(?P<pattern> matching regex .+)| of length (?P<length>[<>]=) (?P<number>\d+)| (?P<bound>[<>]=?) (?P<limit>\S+)"
    r"|, got `(?P<got>[^`]+)`)?\Z",
    re.DOTALL,
)
INVALID = re.compile(r"Invalid (?:enum )?value (?P<value>.+)\Z", re.DOTALL)
EXACT = re.compile(r"Expected `array` of length (?P<number>\d+), got (?P<given>\d+)\Z")
MISSING = re.compile(r"Object missing required field `(?P<key>[^`]+)`\Z")
Path = Sequence[str | int]
STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+|\.\.\.)\]")
KEY = "key` in `"
"""How a place begins that is a key instead of its value."""
UNKNOWN = re.compile(r"unknown field `([^`]*)`")


def mistake(value: Any, kind: Any, error: msgspec.ValidationError) -> tuple[list[str | int], str]:
    """Return the path of the first mistake in a value that is no `kind`, and what is wrong there, in plain words."""
    text, sign, place = str(error).rpartition(" - at `")
    if not sign:
        text, place = str(error), ""
    of_key = place.startswith(KEY)
    path = located(value, place.removeprefix(KEY).rstrip("`"), kind)
    unknown = UNKNOWN.search(text)
    if unknown:
        return [*path, unknown.group(1)], f"unknown key {unknown.group(1)!r}{known_keys(value, kind, path)}"
    kinds = kinds_at(inspect.type_info(kind), value, path)
    if of_key:
        return [*path, guilty_key(value, path, kind)], f"the key {said(text, keys_of(kinds))}"
    return path, said(text, kinds)


def known_keys(value: Any, kind: Any, path: Path) -> str:
    """Return the keys that a mapping may have, as the end of a sentence."""
    found = [
        field.encode_name
        for one in kinds_at(inspect.type_info(kind), value, path)
        if isinstance(one, inspect.StructType)
        for field in one.fields
    ]
    return f", known are: {', '.join(dict.fromkeys(found))}" if found else ""


def said(text: str, kinds: Sequence[inspect.Type]) -> str:
    """Return a message of msgspec in plain words; `kinds` are the types that may stand where it happened."""
    if found := MISSING.match(text):
        return f"the key {found['key']!r} is missing"
    if found := INVALID.match(text):
        known = ", ".join(str(one) for one in dict.fromkeys(choices(kinds)))
        return f"{found['value']} is none of: {known}"
    if found := EXACT.match(text):
        return f"has to have {found['number']} entries, and has {found['given']}"
    found = EXPECTED.match(text)
    return expected(found, kinds) if found else (text[:1].lower() + text[1:]).replace("`", "'")


def expected(found: re.Match[str], kinds: Sequence[inspect.Type]) -> str:
    """Return what a value has to be, from the parts of a message."""
    types = [word.strip() for word in found["types"].split("|")]
    wanted = either([WORDS.get(one, one) for one in types if one != "int" or "float" not in types])
    if found["pattern"]:
        return "has to be " + either(list(dict.fromkeys(forms(kinds))) or ["of another form"])
    if found["length"]:
        one, more = PARTS[types[0]]
        number = int(found["number"])
        return f"has to have {LENGTHS[found['length']]} {number} {one if number == 1 else more}"
    if found["bound"]:
        return f"has to be {wanted} {BOUNDS[found['bound']]} {found['limit'].removesuffix('.0')}"
    return f"has to be {wanted}{but_is(types, found['got'])}"


def but_is(types: Sequence[str], got: str | None) -> str:
    """Return what a value is instead, with the hint where that is to quote it."""
    if not got:
        return ""
    quotes = ": put it in quotes" if "str" in types and got in PLAIN else ""
    return f", and is {IS.get(got) or WORDS.get(got, got)}{quotes}"


def either(words: Sequence[str]) -> str:
    """Return alternatives as a person lists them."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def kinds_at(kind: inspect.Type, value: Any, path: Path) -> list[inspect.Type]:
    """Return the types that may stand at `path` of a value of this kind; of tagged parts the one that its tag names."""
    found = list(members(kind, value))
    for step in path:
        value = entry(value, step)
        found = [one for kind in found for below in children(kind, step) for one in members(below, value)]
    return found


def members(kind: inspect.Type, value: Any) -> Iterator[inspect.Type]:
    """Yield a type with what is known of its form, or those that it may be instead."""
    if isinstance(kind, inspect.UnionType):
        parts = [part for one in kind.types for part in members(one, value)]
        tagged = [part for part in parts if is_tagged_by(part, value)]
        yield from tagged or parts
    elif isinstance(kind, inspect.Metadata) and not isinstance(kind.type, inspect.StrType):
        yield from members(kind.type, value)
    else:
        yield kind


def is_tagged_by(kind: inspect.Type, value: Any) -> bool:
    """Tell whether a part is the one that the tag of a mapping names."""
    if not isinstance(kind, inspect.StructType) or kind.tag_field is None or not isinstance(value, Mapping):
        return False
    return bool(value.get(kind.tag_field) == kind.tag)


def children(kind: inspect.Type, step: str | int) -> Iterator[inspect.Type]:
    """Yield the types below a type at one key or position."""
    if isinstance(kind, inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == step)
        if kind.tag_field == step:
            yield inspect.LiteralType((kind.tag,))
    elif isinstance(kind, inspect.DictType):
        yield kind.value_type
    elif isinstance(kind, inspect.VarTupleType):
        yield kind.item_type


def keys_of(kinds: Sequence[inspect.Type]) -> list[inspect.Type]:
    """Return the types of the keys of mappings."""
    return [
        one for kind in kinds if isinstance(kind, inspect.DictType) for one in members(kind.key_type, None)
    ]


def choices(kinds: Sequence[inspect.Type]) -> Iterator[object]:
    """Yield the values that literals take."""
    for kind in kinds:
        if isinstance(kind, inspect.LiteralType):
            yield from kind.values


def forms(kinds: Sequence[inspect.Type]) -> Iterator[str]:
    """Yield what texts with a pattern take, in words."""
    for kind in kinds:
        if isinstance(kind, inspect.Metadata) and kind.extra:
            yield str(kind.extra[FORM])


def entry(value: Any, step: str | int) -> Any:
    """Return what stands at one key or position; None where there is nothing."""
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


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
