"""Walk a parsed YAML document and refuse what has not the expected shape, naming file and line."""

from __future__ import annotations

from typing import Any

from mlgit.errors import UsageError
from mlgit.yamlfile import Document


class Place:
    """One value of a document and where it stands."""

    __slots__ = ("document", "path", "value")

    def __init__(self, document: Document, value: Any, *path: str | int) -> None:
        self.document = document
        self.value = value
        self.path = path

    def at(self, key: str) -> Place:
        """Return the value of a key of this mapping; None where the key is missing."""
        return Place(self.document, self.mapping().get(key), *self.path, key)

    def mapping(self) -> dict[Any, Any]:
        """Return the mapping that has to stand here; an empty place is an empty one."""
        if self.value is None:
            return {}
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        return self.value

    def entries(self) -> list[tuple[str, Place]]:
        """Return the entries of the mapping that has to stand here."""
        return [
            (str(key), Place(self.document, value, *self.path, key)) for key, value in self.mapping().items()
        ]

    def items(self) -> list[Place]:
        """Return the items of the list that has to stand here; an empty place has none."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        return [Place(self.document, value, *self.path, number) for number, value in enumerate(self.value)]

    def text(self) -> str:
        """Return the text that has to stand here."""
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def text_or(self, otherwise: str) -> str:
        """Return the text that stands here, `otherwise` where nothing does."""
        return otherwise if self.value is None else self.text()

    def truth(self, otherwise: bool) -> bool:
        """Return the truth value that stands here, `otherwise` where nothing does."""
        if self.value is None:
            return otherwise
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value

    def number(self) -> int | None:
        """Return the whole number that stands here, None where nothing does."""
        if self.value is None:
            return None
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.wrong("a whole number")
        return self.value

    def wrong(self, expected: str) -> UsageError:
        """Return the error for a value of another shape."""
        name = ".".join(str(step) for step in self.path) or "the top"
        return UsageError(
            "dvc-file-shape",
            f"{self.document.name}: {name} has to be {expected}",
            hint="dvc status tells whether DVC reads the file",
            where=self.document.place(*self.path),
        )
