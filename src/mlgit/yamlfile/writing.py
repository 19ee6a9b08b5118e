"""Write values as YAML that every reader reads alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from mlgit.yamlfile.plain_values import TEXT


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


def written(documents: Iterable[Any]) -> bytes:
    """Return values as the documents of a YAML file; every value stands where it is, and a text of several lines on its own lines."""
    return yaml.dump_all(documents, Dumper=PlainDumper, sort_keys=False, width=1000).encode()


PlainDumper.add_representer(str, PlainDumper.text)
