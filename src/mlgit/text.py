"""Words of one line for people, wherever they are shown: a text with every character visible, a value, a number of things."""

from __future__ import annotations

import re
import time
from typing import Any

UNSEEN = "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
"""Control characters, and those that hide or reorder what is read."""
UNPRINTABLE = "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]"
"""What JSON may hold as it is and YAML may not."""
MAXIMUM = 200
ROOM = 80
"""Characters that a text needs so that its start and its length have room."""
START = 80
LONGEST_WORD = 400
"""Longer than a path, a digest or an address that somebody can use."""
LONG_WORD = rf"\S{{{LONGEST_WORD},}}"
LONGEST_LINE = 4000
SIGNIFICANT = 5


def visible(text: str, maximum: int = MAXIMUM) -> str:
    """Return one line of at most `maximum` characters in which every character can be seen."""
    line = text if text.isprintable() else seen(text)
    return line if len(line) <= maximum else cut(line, maximum)


def cut(text: str, maximum: int) -> str:
    """Return the start of a text and how long the whole is, in `maximum` characters; dots alone where these are few."""
    said = f"... ({len(text):,} characters)" if maximum >= ROOM else "..."
    return text[: maximum - len(said)] + said


def shown(text: str, start: int = START) -> str:
    """Return a value of somebody's, of a long one the start and how long it is."""
    return text if len(text) <= start else f"{text[:start]}... ({len(text):,} characters)"


def abridged(text: str) -> str:
    """Return lines with the long words of others cut, as `shown` does, and none longer than a few of a screen.

    What holds secrets is redacted before: the start of one is not known as a secret.
    """
    if len(text) <= LONGEST_WORD:
        return text
    short = re.sub(LONG_WORD, lambda match: shown(match[0]), text).split("\n")
    return "\n".join(line if len(line) <= LONGEST_LINE else cut(line, LONGEST_LINE) for line in short)


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says that says something, or its kind where it says nothing."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def seen(text: str) -> str:
    """Return a text with a blank for each end of a line and a sign for each character that nobody would see."""
    line = re.sub(r"\r\n|[\n\r\t\v\f\x85\u2028\u2029]", " ", text)
    return re.sub(UNSEEN, "\N{REPLACEMENT CHARACTER}", line)


def value_text(value: Any) -> str:
    """Return a value of a metric or parameter in few characters; the exact one is in the JSON."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    return str(value)


def number_text(value: float) -> str:
    """Return a number with five significant digits, `0.90123` or `1.2e-07`."""
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.0f}"
    return f"{value:.{SIGNIFICANT}g}" if abs(value) < 10**SIGNIFICANT else f"{value:,.1f}"


def counted(number: int, word: str) -> str:
    """Return a number with its word, `1 file` or `2,000 files`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def json_schema(kind: type, title: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a class."""
    import msgspec

    made = with_clean_descriptions(msgspec.json.schema(kind))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **made}


def schema_text(schema: dict[str, Any]) -> str:
    """Return a JSON Schema as the text of its file."""
    import json

    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def with_clean_descriptions(schema: Any) -> Any:
    """Return a schema with every description as a docstring is read: without the indentation of its lines."""
    if isinstance(schema, dict):
        return {
            key: clean(value)
            if key == "description" and isinstance(value, str)
            else with_clean_descriptions(value)
            for key, value in schema.items()
        }
    return [with_clean_descriptions(one) for one in schema] if isinstance(schema, list) else schema


def clean(text: str) -> str:
    """Return a docstring without the indentation that its lines after the first share."""
    from textwrap import dedent

    first, _, others = text.partition("\n")
    return f"{first}\n{dedent(others)}".rstrip() if others else first


def moment_text(seconds: float) -> str:
    """Return a moment (seconds since the epoch), UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def quoted(text: str) -> str:
    """Return `text` as a YAML scalar that reads back as exactly that string, whatever it holds."""
    import json

    written = json.dumps(text, ensure_ascii=False)
    return re.sub(UNPRINTABLE, lambda match: f"\\u{ord(match.group()):04x}", written)
