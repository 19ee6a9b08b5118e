"""Read a document; what has bitten people is refused with the line it stands on."""

from __future__ import annotations

import re

import yaml

from mlgit.errors import UsageError
from mlgit.text import first_line
from mlgit.yamlfile.document import Document
from mlgit.yamlfile.plain_values import CoreLoader

MAXIMUM_BYTES = 8_000_000
MAXIMUM_DEPTH = 100
MAXIMUM_NODES = 500_000
LOOK = "look at that line and the one before: brackets, quotes, colons, the depth of the indentation"
CONFLICT = re.compile(r"^<<<<<<< .*^>>>>>>> ", re.MULTILINE | re.DOTALL)
"""What Git writes into a file that two branches changed at the same place."""


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
        return Document(name, loader.value_of(root), root)
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


def refused(code: str, message: str, name: str, node: yaml.Node) -> UsageError:
    """Return the error for a construct that this reader does not accept."""
    return UsageError(code, f"{message} in {name}", where=f"{name}:{node.start_mark.line + 1}")
