"""Read a file of parameters or metrics: YAML, JSON, TOML or Python into nested values, then flat by dotted names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from typing import Any

from mlgit import yamlfile
from mlgit.dvc.dotted import flat, leaves, named, selected
from mlgit.errors import MlgitError, UsageError
from mlgit.metrics.reading import Reading, finite, unreadable
from mlgit.text import first_line

MAXIMUM_BYTES = 8_000_000
MAXIMUM_DEPTH = 100
LARGEST_INTEGER = 10**yamlfile.MAXIMUM_DIGITS
TOML_WORK = 20_000_000
"""About a second of tomllib, whose work grows with the square of the parts of a dotted name."""


def parameters(
    content: bytes, path: str, names: Iterable[str] = (), read: Callable[[bytes, str], Any] | None = None
) -> Reading:
    """Return the parameters of a file by dotted names: those chosen by `names`, all when there are none.

    A name that the file does not hold is left out. A list is one value. `read` parses the file, `nested` by default.
    """
    try:
        tree = (read or nested)(content, path)
    except MlgitError as error:
        return unreadable(error.message, error.where or path)
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        return unreadable(f"{path} holds no names with values", path)
    wanted = tuple(names)
    if wanted:
        pairs = flat(selected(tree, wanted))
        return Reading(state="read", values={name: finite(value) for name, value in pairs})
    found, ambiguous = named(leaves(tree))
    return Reading(state="read", values=found, ambiguous=ambiguous)


def metrics(content: bytes, path: str) -> Reading:
    """Return the metrics of a file by dotted names: numbers, truth values and texts; lists and nulls are no metrics.

    NaN and the infinities are kept as words, because JSON has no numbers for them.
    """
    try:
        tree = nested(content, path)
    except MlgitError as error:
        return unreadable(error.message, error.where or path)
    if isinstance(tree, list):
        return unreadable(f"{path} holds a list, not names with numbers", path)
    pairs = leaves(tree) if isinstance(tree, dict) else [(("",), tree)]
    found, ambiguous = named(pair for pair in pairs if isinstance(pair[1], bool | int | float | str))
    return Reading(state="read", values=found, ambiguous=ambiguous)


def nested(content: bytes, path: str) -> Any:
    """Return the values of a file as they are nested in it; raises `UsageError` when it is broken."""
    if len(content) > MAXIMUM_BYTES:
        raise UsageError("values-too-large", f"{path} is larger than {MAXIMUM_BYTES:,} bytes", where=path)
    suffix = path.rpartition(".")[2].lower()
    if suffix not in ("json", "toml", "py"):
        return yamlfile.read(content, path).value
    try:
        value = readers()[suffix](content, path)
    except UsageError:
        yamlfile.refuse_conflict(content, path)
        raise
    refuse_traps(value, path)
    return value


def readers() -> Mapping[str, Callable[[bytes, str], Any]]:
    """Return the readers by the ending of a file; whatever has another ending is YAML."""
    from mlgit.dvc.python_values import from_python

    return {"json": from_json, "toml": from_toml, "py": from_python}


def from_json(content: bytes, path: str) -> Any:
    """Return the values of JSON; NaN and Infinity are accepted, as Python and DVC write them, a name twice is not."""
    import json

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise UsageError(
                    "values-duplicate-key", f"the name {name!r} stands twice in {path}", where=path
                )
            found[name] = value
        return found

    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        said = f"{path} is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise UsageError("values-json", said, where=f"{path}:{error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError("values-json", f"{path} is not valid JSON in UTF-8", where=path) from error


def from_toml(content: bytes, path: str) -> Any:
    """Return the values of TOML, its dates as the texts they are written as."""
    import tomllib

    if sum(line.partition(b"=")[0].count(b".") ** 2 for line in content.splitlines()) > TOML_WORK:
        raise UsageError("values-too-deep", f"{path} has names of too many parts", where=path)
    try:
        return plain(tomllib.loads(content.decode("utf-8")))
    except (ValueError, RecursionError) as error:
        raise UsageError(
            "values-toml", f"{path} is not valid TOML: {first_line(error)}", where=path
        ) from error


def refuse_traps(value: Any, path: str) -> None:
    """Refuse what no person writes and no output can hold: deep nesting, endless integers, halves of a character."""
    level = [value]
    for _ in range(MAXIMUM_DEPTH):
        below = [item for node in level if isinstance(node, dict | list) for item in inner(node)]
        for item in below:
            if isinstance(item, int) and abs(item) >= LARGEST_INTEGER:
                said = f"{path} holds an integer of more than {yamlfile.MAXIMUM_DIGITS} digits"
                raise UsageError("values-number", said, where=path)
            if isinstance(item, str) and not item.isascii() and not encodable(item):
                said = f"{path} holds half a character, such as \\ud800"
                raise UsageError("values-character", said, where=path)
        if not below:
            return
        level = below
    raise UsageError("values-too-deep", f"{path} has more than {MAXIMUM_DEPTH} levels", where=path)


def inner(node: dict[Any, Any] | list[Any]) -> Iterable[Any]:
    """Return what stands in a list, or the names and the values of a mapping."""
    return chain(node, node.values()) if isinstance(node, dict) else node


def encodable(text: str) -> bool:
    """Tell whether a text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain(value: Any) -> Any:
    """Return a value of TOML with dates and times as texts."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if isinstance(value, bool | int | float | str) else str(value)
