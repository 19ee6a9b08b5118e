"""Every wrong value of every key is refused in words that a writer of YAML knows, with its path and line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import yaml
from msgspec import inspect

from mlgit.config import reader
from mlgit.config.model import Configuration
from mlgit.config.part import FORM
from mlgit.errors import UsageError
from tests.workflows.combinations import PLAIN

WRONG: list[Any] = [
    None, True, 0, -7, 10**30, 2.5, float("nan"), float("inf"), "", "plain", "two words", "/top", "a/../b", "${{ x }}",
    "line\nline", "x" * 2000, "quote ` - at `$.models", [], [1], ["plain"], [["plain"]], {}, {"plain": 1}, {"Two words": {}}, {3: {}},
]  # fmt: skip
PROGRAM = re.compile(
    r"\b(int|float|str|bool|NoneType|None|null|array|object|regex|enum|dict|tuple|msgspec|Expected)\b"
)
KEYS = {".remote.secrets": "WEBDAV_PASSWORD", ".models[].gates[]": "accuracy"}
Wrap = Callable[[Any], Any]
Place = tuple[str, inspect.Type, Wrap]


def places(kind: inspect.Type, wrap: Wrap, path: str = "") -> Iterator[Place]:
    """Yield every key of the model by its path, with what puts a value there into a file that is right otherwise."""
    if isinstance(kind, inspect.Metadata):
        yield from places(kind.type, wrap, path)
        return
    if isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from places(one, wrap, path)
        return
    yield path, kind, wrap
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            name = field.encode_name
            yield from places(field.type, partial(with_key, wrap, least(kind), name), f"{path}.{name}")
    elif isinstance(kind, inspect.DictType):
        key = KEYS.get(path, "name")
        yield from places(kind.value_type, partial(with_key, wrap, {}, key), f"{path}[]")
    elif isinstance(kind, inspect.VarTupleType):
        yield from places(kind.item_type, partial(in_list, wrap), f"{path}[]")


def with_key(wrap: Wrap, around: dict[str, Any], key: str, value: Any) -> Any:
    return wrap({**around, key: value})


def in_list(wrap: Wrap, value: Any) -> Any:
    return wrap([value])


def least(kind: inspect.StructType) -> dict[str, Any]:
    """Return a part with nothing but what it cannot do without."""
    made = {one.encode_name: sample(one.type, one.encode_name) for one in kind.fields if one.required}
    made |= {kind.tag_field: kind.tag} if kind.tag_field else {}
    if kind.cls.__name__ == "Rule":
        made["min"] = 0.5
    elif kind.tag_field:
        made["secrets"] = {"CREDENTIALS_JSON": "KEY"}
    return made


def sample(kind: inspect.Type, name: str) -> Any:
    if isinstance(kind, inspect.Metadata):
        return sample(kind.type, name)
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    return least(kind) if isinstance(kind, inspect.StructType) else PLAIN.get(name, "plain")


PLACES = list(places(inspect.type_info(Configuration), lambda value: value))


def refusal(document: Any) -> UsageError | None:
    try:
        reader.read(yaml.safe_dump(document))
    except UsageError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("path", "kind", "wrap"), PLACES, ids=[f"{path} {type(kind).__name__}" for path, kind, _ in PLACES]
)
def test_no_message_speaks_of_a_program(path: str, kind: inspect.Type, wrap: Wrap) -> None:
    errors = [(value, error) for value in WRONG if (error := refusal(wrap(value))) is not None]
    for value, error in errors:
        text = value if isinstance(value, str) and value else "VALUE"
        said = error.message.replace(text, "VALUE").replace(text[:1] + text[1:].replace("`", "'"), "VALUE")
        assert not PROGRAM.search(said), said
        assert "`" not in said
        assert "^" not in said
        assert error.hint
        assert re.fullmatch(r"mlgit\.yaml(:[0-9]+)?", error.where)
    assert len(errors) > 3, kind


def test_every_key_is_among_them() -> None:
    paths = {path for path, _, _ in PLACES}
    wanted = {
        ".models[].gates[][].no_worse_than.margin",
        ".remote.secrets[]",
        ".ct.app.id",
        ".data[].source[]",
    }
    assert wanted <= paths
    assert len(paths) > 60


def forms(kind: inspect.Type, extra: Any = None) -> Iterator[Any]:
    """Yield what is said of the form of every text with a pattern, None where nothing is."""
    if isinstance(kind, inspect.Metadata):
        yield from forms(kind.type, kind.extra)
    elif isinstance(kind, inspect.UnionType):
        for one in kind.types:
            yield from forms(one)
    elif isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from forms(field.type)
    elif isinstance(kind, inspect.DictType):
        yield from (*forms(kind.key_type), *forms(kind.value_type))
    elif isinstance(kind, inspect.VarTupleType):
        yield from forms(kind.item_type)
    elif isinstance(kind, inspect.StrType) and kind.pattern:
        yield extra


def test_every_text_with_a_pattern_says_its_form() -> None:
    found = list(forms(inspect.type_info(Configuration)))
    assert len(found) > 30
    assert all(extra and extra[FORM] for extra in found)


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("version: 2\n", 1, "version: 2 is none of: 1"),
        ("version: 1\nci: {minutes: soon}\n", 2, "ci.minutes: has to be a whole number, and is a text"),
        ("version: 1\nci: {minutes: 1.5}\n", 2, "ci.minutes: has to be a whole number, and is a number with a point"),
        ("version: 1\nci: {python: 3.12}\n", 2, "ci.python: has to be a text, and is a number with a point: put it in quotes"),
        ("version: 1\nci: {commit: yes}\n", 2, "ci.commit: has to be true or false, and is a text"),
        ("version: 1\nci:\n", 2, "ci: has to be keys with their values, and is empty"),
        ("version: 1\nmodels:\n  a:\n    metrics: m.json\n", 4, "models.a.metrics: has to be a list, and is a text"),
        ("version: 1\nmodels:\n  a: {}\n  B: {}\n", 4, "models.B: the key has to be a name of a-z"),
        ("version: 1\ndata:\n  a: {path: x}\n", 3, "data.a: the key 'schema' is missing"),
        ("version: 1\nct: {propose: commits}\n", 2, "ct.propose: 'commits' is none of: commit, pull_request"),
        ("version: 1\nremote: {kind: ftp}\n", 2, "remote.kind: 'ftp' is none of: s3, gs, azure, other"),
        ("version: 1\nmodels: {a: {task: 'x - at `$.data`'}}\n", 2, "models.a.task: 'x - at `$.data`' is none of"),
        ("version: 1\nrunners: {default: []}\n", 2, "runners: default names no runner"),
        ("version: 1\nmodels: {a: {artifact: ../x}}\n", 2, "models.a.artifact: has to be a path inside the repository"),
    ],
)  # fmt: skip
def test_what_is_said(text: str, where: int, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        reader.read(text)
    assert caught.value.message.startswith(f"mlgit.yaml: {said}")
    assert caught.value.where == f"mlgit.yaml:{where}"
