"""A parsed file: its values, and where in the text each of them stands."""

from __future__ import annotations

from typing import Any

import yaml


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
