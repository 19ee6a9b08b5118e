"""The ways to write a secret: escaped for JSON, Python, addresses, Markdown or HTML, in base64 and in hexadecimal, cut off."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from functools import cache

from mlgit.redact.shapes import MASK
from mlgit.redact.variables import SHORTEST

EMPTY = re.compile(r"[\s*]*")
"""No secret: to take it out of a text would find it in the mask again, for ever."""
CUT = ("...", "\N{HORIZONTAL ELLIPSIS}")


class Form:
    """One way to write a secret, found however it is escaped: for JSON, Python, addresses, Markdown or HTML."""

    def __init__(self, text: str, *, whole: bool) -> None:
        self.text = text
        self._cut = text[:SHORTEST] if whole and len(text) >= 2 * SHORTEST else ""
        runs = re.findall(r"[0-9A-Za-z]+", text)
        self._anchor = max(runs, key=len, default="")
        self._plain = self._anchor == text

    def without(self, text: str) -> str:
        """Return a text without it."""
        if self._cut and self._cut in text:
            text = self._without_beginning(text)
        if self._anchor not in text:
            return text
        while True:
            clean = text.replace(self.text, MASK) if self._plain else escaped(self.text).sub(MASK, text)
            if clean == text:
                return text
            text = clean

    def _without_beginning(self, text: str) -> str:
        """Return a text without the beginning of a secret that was cut off to fit."""
        for length in range(len(self.text) - 1, SHORTEST - 1, -1):
            for end in CUT:
                text = text.replace(self.text[:length] + end, MASK + end)
        return text


def forms_of(values: Iterable[str]) -> list[Form]:
    """Return all ways to write these secrets, the longest first: whole, line by line, in base64 and in hexadecimal."""
    whole, encoded = set[str](), set[str]()
    for value in values:
        lines = [line.strip() for line in value.splitlines() if len(line.strip()) >= SHORTEST]
        for one in {value, value.strip(), *(line for line in lines if not EMPTY.fullmatch(line))}:
            whole.add(one)
            encoded.update(encodings(one))
    forms = [Form(one, whole=True) for one in whole] + [Form(one, whole=False) for one in encoded - whole]
    return sorted(forms, key=lambda form: len(form.text), reverse=True)


def encodings(value: str) -> Iterator[str]:
    """Yield a value in base64, wherever it starts in what is encoded and as lines of 64 and 76, and in hexadecimal."""
    content = value.encode("utf-8", "surrogateescape")
    if len(content) < SHORTEST:
        return
    yield content.hex()
    yield content.hex().upper()
    for before in range(3):
        text = binascii.b2a_base64(bytes(before) + content, newline=False).decode()
        inner = text[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        widths = (64, 76) if before == 0 else ()
        lines = [inner[start : start + width] for width in widths for start in range(0, len(inner), width)]
        yield from (inner, *(line for line in lines if len(line) >= 16))


@cache
def escaped(text: str) -> re.Pattern[str]:
    """Return what finds a text however its characters are escaped."""
    return re.compile("".join(map(spelling, text)))


@cache
def spelling(letter: str) -> str:
    """Return the pattern of the ways to write one character."""
    if letter.isascii() and letter.isalnum():
        return letter
    percent = "".join(f"%(?:25){{0,3}}{byte:02x}" for byte in letter.encode("utf-8", "surrogateescape"))
    units = letter.encode("utf-16-be", "surrogatepass")
    unicode = "".join(rf"\\{{1,4}}u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    number = ord(letter)
    ways = [
        rf"\\{{0,4}}{re.escape(letter)}",
        f"(?i:{percent}|{unicode}|\\\\{{1,4}}x{number:02x})",
        rf"\\{{0,4}}&(?:amp;){{0,3}}(?:#{number}|#[xX]0*(?i:{number:x}));",
        *{
            "\\": (r"\\{1,4}",),
            " ": (r"\+",),
            "\n": (r"\r\n", r"\\{1,4}r\\{1,4}n", r"\\{1,4}n", " "),
            "\r": (r"\\{1,4}r", ""),
            "\t": (r"\\{1,4}t", " "),
            "+": ("-",),
            "/": ("_",),
            "&": (r"\\{0,4}&(?:amp;){1,4}",),
            "<": (r"\\{0,4}&(?:amp;){0,3}lt;", "< "),
            ">": (r"\\{0,4}&(?:amp;){0,3}gt;",),
            '"': (r"\\{0,4}&(?:amp;){0,3}quot;",),
            "'": (r"\\{0,4}&(?:amp;){0,3}apos;",),
        }.get(letter, ()),
        *(() if letter.isprintable() else ("\N{REPLACEMENT CHARACTER}",)),
    ]
    return f"(?:{'|'.join(ways)})"
