"""The one YAML reader: strict, bounded, and able to say on which line a value stands.

Plain values follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), as DVC reads them:
`1e-3` and `400_000` are numbers, `on` and `yes` are words, `010` is ten; a date stays the text that was written. Refused
is what has bitten people: duplicate keys, tags that name Python objects, more than one document, and aliases that expand
a few hundred bytes to gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from mlgit.errors import UsageError
from mlgit.text import quoted as quoted

MAXIMUM_BYTES = 8_000_000
MAXIMUM_DEPTH = 100
MAXIMUM_NODES = 500_000
MAXIMUM_DIGITS = 300
"""Of an integer: what is longer is no number that a difference could be made of."""
LOOK = "look at that line and the one before: brackets, quotes, colons, the depth of the indentation"

CONFLICT = re.compile(r"^<<<<<<< .*^>>>>>>> ", re.MULTILINE | re.DOTALL)
"""What Git writes into a file that two branches changed at the same place."""


TEXT = "tag:yaml.org,2002:str"
TAGS = {
    yaml.ScalarNode: TEXT,
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
"""By kind of node the tag of what is written without one."""


class CoreLoader(yaml.CSafeLoader):
    """libyaml's parser with the plain values of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way

    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:
        """Do nothing for each node: no kind of value depends on where it stands."""

    def ascend_resolver(self) -> None:
        """Do nothing for each node."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Return the tag of a value that has none of its own: of a plain one what its form says."""
        if kind is yaml.ScalarNode and implicit[0]:
            for tag, form in self.yaml_implicit_resolvers.get(value[:1], ()):
                if form.match(value):
                    return tag
        return TAGS[kind]

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return the value of a node; a text, which most are, is what it says."""
        if node.tag == TEXT and isinstance(node, yaml.ScalarNode):
            return node.value
        return super().construct_object(node, deep=deep)

    def core_integer(self, node: yaml.ScalarNode) -> int:
        """Return a decimal, `0b`, `0o` or `0x` integer; underscores between its digits count nothing."""
        text = str(node.value).replace("_", "")
        if len(text) > MAXIMUM_DIGITS:
            said = f"a number of {len(text):,} digits"
            raise yaml.constructor.ConstructorError(None, None, said, node.start_mark)
        return int(text, 0) if text.lstrip("+-")[:2] in ("0b", "0o", "0x") else int(text)

    def core_float(self, node: yaml.ScalarNode) -> float:
        """Return a number with a fraction or an exponent, or one of the three that are none."""
        return float(str(node.value).replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


PLAIN_VALUES = (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    (
        "int",
        r"[-+]?(?:0b_*[01][01_]*|0o_*[0-7][0-7_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*|_*[0-9][0-9_]*)$",
        "-+0123456789",
    ),
    (
        "float",
        r"(?:[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|\._*[0-9][0-9_]*(?:[eE][-+][0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN))$",
        "-+.0123456789",
    ),
    ("null", r"(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"<<$", "<"),
)
for name, pattern, first in PLAIN_VALUES:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(pattern), list(first))
CoreLoader.add_constructor("tag:yaml.org,2002:int", CoreLoader.core_integer)
CoreLoader.add_constructor("tag:yaml.org,2002:float", CoreLoader.core_float)


class Document:
    """A parsed file: its values, and the line of each by its path of keys and positions."""

    def __init__(self, name: str, value: Any, root: yaml.Node | None) -> None:
        self.name = name
        self.value = value
        self._root = root

    def line(self, *path: str | int) -> int:
        """Return the line (from 1) of the value at `path`, or of the deepest part of the path that exists."""
        node, line = self._root, 1
        for step in path:
            found = child(node, step)
            if found is None:
                break
            key_line, node = found
            line = key_line
        return line

    def place(self, *path: str | int) -> str:
        """Return `file:line` of the value at `path`."""
        return f"{self.name}:{self.line(*path)}"

    def node(self, *path: str | int) -> yaml.Node | None:
        """Return the node at `path`, None where nothing stands."""
        node = self._root
        for step in path:
            found = child(node, step)
            if found is None:
                return None
            node = found[1]
        return node

    def span(self, *path: str | int) -> tuple[int, int] | None:
        """Return where the text of the value at `path` starts and ends, in characters behind a byte-order mark."""
        node = self.node(*path)
        return (node.start_mark.index, end_of(node)) if node is not None else None

    def is_flow(self, *path: str | int) -> bool:
        """Tell whether the value at `path` is written in brackets, or on its line alone; a block has lines of its own."""
        node = self.node(*path)
        return not (isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style)

    def last(self, *path: str | int) -> int | None:
        """Return where the last value in the collection at `path` ends; None where there is none."""
        node = self.node(*path)
        return end_of(last_of(node)) if isinstance(node, yaml.CollectionNode) and node.value else None

    def indent(self, *path: str | int) -> int:
        """Return the column at which the keys or items of the block at `path` stand, from 0."""
        node = self.node(*path)
        return int(node.start_mark.column) if node is not None else 0


def child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    """Return the line and the node of one key or position below `node`, None where there is none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def last_of(node: yaml.CollectionNode) -> yaml.Node:
    """Return the last value of a collection that has one."""
    last = node.value[-1]
    found: yaml.Node = last[1] if isinstance(node, yaml.MappingNode) else last
    return found


def end_of(node: yaml.Node) -> int:
    """Return where a value ends: a block with the last of its values, not with the comments below it."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        node = last_of(node)
    return int(node.end_mark.index)


def read(content: bytes | str, name: str) -> Document:
    """Parse one document; an empty file has the value None.

    Raises `UsageError` (code `yaml-...`) naming file and line for anything this reader does not accept.
    """
    if len(content) > MAXIMUM_BYTES:
        raise UsageError("yaml-too-large", f"{name} is larger than {MAXIMUM_BYTES:,} bytes", where=name)
    refuse_conflict(content, name)
    loader = None
    try:
        loader = CoreLoader(decoded(content, name))
        root = loader.get_single_node()
        if root is None:
            return Document(name, None, None)
        refuse_hidden_traps(root, name)
        return Document(name, loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise UsageError(
            "yaml-syntax", f"{name} is not valid YAML: {what}", hint=LOOK, where=where
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(
            "yaml-syntax", f"{name} is not valid YAML: {first_line(error)}", hint=LOOK, where=name
        ) from error
    finally:
        if loader is not None:
            loader.dispose()


def refuse_conflict(content: bytes | str, name: str) -> None:
    """Refuse a file that holds the markers of a merge: raises `UsageError` (`merge-conflict`) with the way out of it."""
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    found = CONFLICT.search(text) if "<<<<<<< " in text else None
    if found is None:
        return
    way = f"take the lines you want between <<<<<<< and >>>>>>>, then git add {name}"
    if name.rpartition("/")[2] == "dvc.lock":
        way = f"git checkout --ours -- {name}, then mlgit train writes it for the merged files"
    line = text.count("\n", 0, found.start()) + 1
    raise UsageError(
        "merge-conflict", f"{name} holds the markers of an unfinished merge", hint=way, where=f"{name}:{line}"
    )


def decoded(content: bytes | str, name: str) -> str:
    """Return the text of UTF-8 bytes, a byte-order mark removed."""
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            "yaml-encoding", f"{name} is not UTF-8 text", hint="save it as UTF-8", where=f"{name}:{line}"
        ) from error


def refuse_hidden_traps(root: yaml.Node, name: str) -> None:
    """Walk the nodes level by level: refuse a key that stands twice, and more depth or nodes than anybody writes."""
    level: list[yaml.Node] = [root]
    count = 0
    for _ in range(MAXIMUM_DEPTH):
        below: list[yaml.Node] = []
        for node in level:
            if not isinstance(node, yaml.CollectionNode):
                continue
            count += len(node.value)
            if count > MAXIMUM_NODES:
                said = f"more than {MAXIMUM_NODES:,} values once aliases are expanded"
                raise refused("yaml-too-large", said, name, node)
            below += children(node, name)
        if not below:
            return
        level = below
    raise refused("yaml-too-deep", f"more than {MAXIMUM_DEPTH} levels of nesting", name, level[0])


def children(node: yaml.CollectionNode, name: str) -> list[yaml.Node]:
    """Return the values below a node, after a look at its keys."""
    if not isinstance(node, yaml.MappingNode):
        return list(node.value)
    keys: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise refused("yaml-key", "a key has to be a plain value", name, key)
        if key.value in keys:
            raise refused("yaml-duplicate-key", f"the key {key.value!r} stands twice", name, key)
        keys.add(key.value)
    return [value for _, value in node.value]


def written(documents: Iterable[Any]) -> bytes:
    """Return values as the documents of a YAML file; every value stands where it is, and a text of several lines on its own lines."""
    return yaml.dump_all(documents, Dumper=PlainDumper, sort_keys=False, width=1000).encode()


class PlainDumper(yaml.SafeDumper):
    """Writes no anchors, and a text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - of every value
        """Write a value that stands twice twice."""
        return True

    def text(self, value: str) -> yaml.Node:
        """Return a text as YAML has it."""
        # Readers differ in what is a number: 1e5 is none in YAML 1.1 and one in YAML 1.2.
        like_a_number = value[:1].isdigit() or value[:1] in ("+", "-", ".")
        style = "|" if "\n" in value else '"' if like_a_number else None
        return self.represent_scalar(TEXT, value, style=style)


PlainDumper.add_representer(str, PlainDumper.text)


def refused(code: str, message: str, name: str, node: yaml.Node) -> UsageError:
    """Return the error for a construct that this reader does not accept."""
    return UsageError(code, f"{message} in {name}", where=f"{name}:{node.start_mark.line + 1}")


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return (str(error) or type(error).__name__).splitlines()[0]
