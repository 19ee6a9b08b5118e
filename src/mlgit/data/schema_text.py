"""Change single settings in the text of a schema: every comment, order and way of writing of its owner stays.

The one YAML reader says where a value stands; only those characters are written anew.
"""

from __future__ import annotations

from mlgit import yamlfile
from mlgit.data.profile import Value
from mlgit.data.schema import ColumnRule
from mlgit.data.schema_file import LONGEST_PLAIN_KEY, rule_lines, scalar
from mlgit.text import quoted

Path = tuple[str | int, ...]


class SchemaText:
    """The text of a schema; each change is made in place and read again. `name` is what to call the file."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.line_end = "\r\n" if "\r\n" in text else "\n"

    @property
    def document(self) -> yamlfile.Document:
        """The text as it reads now."""
        return yamlfile.read(self.text, self.name)

    def put(self, path: Path, written: str) -> None:
        """Write a value, given as YAML on one line, at a path whose parent is there."""
        document = self.document
        span = document.span(*path)
        if span is not None:
            self.splice(*span, written)
            return
        self.insert(document, path[:-1], f"{quoted_key(str(path[-1]))}: {written}")

    def insert(self, document: yamlfile.Document, parent: Path, line: str) -> None:
        """Write one key more at the end of a mapping."""
        if document.is_flow(*parent):
            end = document.last(*parent)
            start, stop = document.span(*parent) or (0, 0)
            if end is None:
                self.splice(start, stop, "{" + line + "}")
            else:
                self.splice(end, end, f", {line}")
            return
        self.below(document, parent, [line])

    def below(self, document: yamlfile.Document, parent: Path, lines: list[str]) -> None:
        """Write lines behind the last value of a block, as far to the right as its own."""
        end = document.last(*parent)
        place = self.text.find(self.line_end, end or 0)
        place = len(self.text) if place < 0 else place
        indent = " " * document.indent(*parent)
        self.splice(place, place, "".join(f"{self.line_end}{indent}{line}" for line in lines))

    def append(self, path: Path, values: list[Value]) -> None:
        """Write more values at the end of a list."""
        document = self.document
        if not document.is_flow(*path):
            self.below(document, path, [f"- {scalar(value)}" for value in values])
            return
        end = document.last(*path)
        written = ", ".join(scalar(value) for value in values)
        start, stop = document.span(*path) or (0, 0)
        self.splice(*((start, stop, f"[{written}]") if end is None else (end, end, f", {written}")))

    def add_column(self, name: str, rule: ColumnRule) -> None:
        """Write one column more, behind the others."""
        key = quoted(name)
        head = [f"{key}:"] if len(key) <= LONGEST_PLAIN_KEY else [f"? {key}", ":"]
        document = self.document
        if document.is_flow("columns"):
            self.insert(document, ("columns",), f"{key}: {{type: {rule.type}}}")
        else:
            self.below(document, ("columns",), [*head, *(f"  {line}" for line in rule_lines(rule))])

    def splice(self, start: int, stop: int, written: str) -> None:
        """Put a text in the place of another."""
        self.text = self.text[:start] + written + self.text[stop:]


def quoted_key(name: str) -> str:
    """Return a key as it is written: ours are plain words."""
    return name if name.replace("_", "").isalpha() and name.isascii() else quoted(name)
