"""Take secrets out of text before it leaves the program: values of the environment, and what looks like a secret.

A log of GitHub hides the secrets of its job; an issue, a report or a record hides nothing. What a program makes of a
secret (its half, its letters one by one, a cipher) no reader of text can know. docs/adr/0008-redact.md has the reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mlgit.redact.shapes import GIVEN_NAMES, MASK, folded, without_shapes
from mlgit.redact.spellings import EMPTY, Form, forms_of
from mlgit.redact.variables import harmless, secrets_of

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Redactor:
    """Takes the secrets of one environment out of texts; made once and handed down.

    `named` are variables that hold secrets although their names do not tell: those that mlgit.yaml lists.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, named: Iterable[str] = ()) -> None:
        self._values = set[str]()
        self._forms: tuple[Form, ...] | None = None
        self.learn_environment(environment or {}, named)

    def learn_environment(self, environment: Mapping[str, str], named: Iterable[str] = ()) -> None:
        """Take the secrets of another environment out too; of the variables `named` also what is short."""
        self.learn(*secrets_of(environment), *(environment.get(name, "") for name in named))

    def learn(self, *values: str) -> None:
        """Take these values out too, from now on."""
        new = {value for value in values if not EMPTY.fullmatch(value)} - self._values
        if new:
            self._values |= new
            self._forms = None

    def __call__(self, text: str) -> str:
        """Return a text without secrets; a text without any is returned as it is.

        A text that is JSON stays JSON. Colours go where a secret is hidden between them.
        """
        clean = self._clean(text)
        if "\x1b" in clean:
            plain = without_colours(clean)
            without = self._clean(plain)
            clean = clean if without == plain else without
        if clean != text and text.lstrip()[:1] in ("{", "["):
            return self._whole_json(text, clean)
        return clean

    def json(self, content: bytes) -> bytes:
        """Return JSON without secrets: every text and every key of it alone, so that it stays JSON of the same form."""
        import msgspec

        value = msgspec.json.decode(content)
        clean = self.value(value)
        return content if clean == value else msgspec.json.encode(clean)

    def value(self, value: Any) -> Any:
        """Return lists, dictionaries and texts in them without secrets; everything else as it is."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self.value(key): self.value_of(key, inside) for key, inside in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inside) for inside in value]
        return value

    def value_of(self, key: Any, value: Any) -> Any:
        """Return the value of a key without secrets; some keys say that all of it is one."""
        named = isinstance(key, str) and folded(key).endswith(GIVEN_NAMES)
        return MASK if named and isinstance(value, str) and not harmless(value) else self.value(value)

    def _whole_json(self, text: str, clean: str) -> str:
        """Return a redacted document text by text when it is JSON, as it was redacted whole when it is not."""
        import json

        try:
            value = json.loads(text)
        except ValueError:
            return clean
        return json.dumps(self.value(value), indent=2, ensure_ascii=False) + text[len(text.rstrip()) :]

    def _clean(self, text: str) -> str:
        """Return a text without values and shapes."""
        if self._forms is None:
            self._forms = tuple(forms_of(self._values))
        for form in self._forms:
            text = form.without(text)
        return without_shapes(text)


def redact(text: str, environment: Mapping[str, str], named: Iterable[str] = ()) -> str:
    """Return a text without the secrets of an environment; see `Redactor`, which is made once for many texts."""
    return Redactor(environment, named)(text)


def without_colours(text: str) -> str:
    """Return a text without the escapes by which a terminal colours it."""
    return COLOURS.sub("", text)
