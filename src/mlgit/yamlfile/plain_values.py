"""The plain values of YAML 1.2, which libyaml's parser does not know: what a word without quotes means."""

from __future__ import annotations

import re
from typing import Any

import yaml

MAXIMUM_DIGITS = 300
"""Of an integer: what is longer is no number that a difference could be made of."""
TEXT = "tag:yaml.org,2002:str"
LIST, MAPPING, MERGE = (f"tag:yaml.org,2002:{name}" for name in ("seq", "map", "merge"))
TAGS = {yaml.ScalarNode: TEXT, yaml.SequenceNode: LIST, yaml.MappingNode: MAPPING}
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

    def value_of(self, node: yaml.Node) -> Any:
        """Return the value of a node and of all below it, as PyYAML would, in a third of the time.

        The tree below a node has to be finite: nothing is remembered of a node that was met before.
        """
        if isinstance(node, yaml.SequenceNode) and node.tag == LIST:
            return [self.value_of(one) for one in node.value]
        if isinstance(node, yaml.MappingNode) and node.tag == MAPPING:
            if any(key.tag == MERGE for key, _ in node.value):
                return self.construct_object(node, deep=True)
            return {self.value_of(key): self.value_of(value) for key, value in node.value}
        return self.construct_object(node, deep=True)

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
