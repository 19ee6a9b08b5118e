"""What looks like a secret wherever it stands: tokens of forges and clouds, keys, headers, `name=value`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

MASK = "***"
VALUE = r"""[^\s"'`&,;<>(){}\[\]$*\\|]{4,}"""
GIVEN = r"""(?:=(?!/)|["']\s*[:=]\s*|\s*:\s*(?=["']))["']?"""
"""What stands between a name and its value: not the colon of a sentence, and no path follows it."""
GIVEN_NAMES = (
    "password", "passwd", "passphrase", "pwd", "secret", "api_key", "api-key", "apikey", "access_key", "accesskey",
    "secret_key", "secretkey", "private_key", "account_key", "accountkey", "auth_token", "access_token", "refresh_token",
    "session_token", "id_token", "api_token", "bot_token", "bearer_token",
)  # fmt: skip
"""Names in small letters whose value is a secret in any text, at the end of a longer name, too."""


class Shape(NamedTuple):
    """A kind of secret that tells itself.

    Its pattern starts with `start`, which is fast to look for; `keep` is what stays of it. `folded`: in small letters.
    """

    start: str
    pattern: str
    folded: bool = False


def word(start: str, rest: str) -> Shape:
    """Return the shape of a secret that is no end of another word; in JSON the letter of an escape may precede it."""
    before = "|".join(rf"(?<=\\{letter}{start})" for letter in "nrt")
    return Shape(start, rf"{start}(?:(?<![0-9A-Za-z]{start})|{before}){rest}")


def given(name: str) -> Shape:
    """Return the shape of a value that is given to a name."""
    return Shape(name, rf"(?P<keep>{name}{GIVEN}){VALUE}", folded=True)


SHAPES = (
    *(Shape(f"gh{kind}_", rf"gh{kind}_[0-9A-Za-z_]{{20,}}") for kind in "opsur"),
    Shape("github_pat_", r"github_pat_\w{20,}"),
    *(Shape(f"gl{kind}-", rf"gl{kind}-[\w-]{{20,}}") for kind in ("pat", "dt", "rt", "ptt", "cbt", "agent", "oas")),
    word("hf_", r"[0-9A-Za-z]{20,}"),
    word("AKIA", r"[0-9A-Z]{16}"),
    word("ASIA", r"[0-9A-Z]{16}"),
    word("xox", r"[a-z]-[0-9A-Za-z-]{10,}"),
    word("xapp-", r"[0-9A-Za-z-]{10,}"),
    word("eyJ", r"[\w-]{10,300}+(?:\.[\w-]*){2,4}"),
    Shape("AIza", r"AIza[\w-]{35}"),
    Shape("ya29.", r"ya29\.[\w-]{20,}"),
    word("npm_", r"[0-9A-Za-z]{36}"),
    Shape("pypi-", r"pypi-[\w-]{50,}"),
    word("sk-", r"(?=[\w-]{0,100}\d)[\w-]{20,}"),
    *(word(f"{kind}k_{mode}_", r"[0-9A-Za-z]{16,}") for kind in "rs" for mode in ("live", "test")),
    Shape("SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    Shape("dckr_pat_", r"dckr_pat_[\w-]{20,}"),
    Shape("dop_v1_", r"dop_v1_[0-9a-f]{64}"),
    word("dapi", r"[0-9a-f]{32}"),
    Shape("AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    Shape("hooks.slack.com/", r"(?P<keep>hooks\.slack\.com/)[\w/+-]+"),
    Shape("/api/webhooks/", r"(?P<keep>/api/webhooks/)[\w/-]+"),
    Shape("://", r"(?P<keep>://)[^/\s\"'`<>?#\\]+(?=@)"),
    *(
        Shape(f"{name}=", rf"(?P<keep>{name}=(?<=[?&;6-]{name}=))[\w%+/=.~-]{{8,}}", folded=True)
        for name in ("sig", "signature", "token", "security-token", "access_token", "auth_token", "key", "api_key")
    ),
    *(
        Shape(name, rf"(?P<keep>{name}[\"']?\s*:\s*[\"']?)[^\s\"'`*|\\][^\n\"'`|\\]*", folded=True)
        for name in ("authorization", "cookie")
    ),
    *(
        Shape(f"{name} ", rf"(?P<keep>{name} +)(?=[\w.~+/-]*\d|[\w.~+/-]{{20}})[\w.~+/-]{{8,}}=*", folded=True)
        for name in ("bearer", "basic")
    ),
    Shape(
        "-----BEGIN ",
        r"-----BEGIN [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[^\"`|\-]*(?:-[^\"`|\-]+)*-----END [0-9A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|(?:(?:\\n|\s)*[0-9A-Za-z+/=]{16,})*)",
    ),
    *map(given, GIVEN_NAMES),
)  # fmt: skip
"""Tokens of forges, clouds and registries, keys in PEM, headers, signed addresses, `name=value`, `user:password@`."""
SHORTEST_KEY_LINE = 60
LARGE = 100_000
"""Characters of a text whose different lines are looked at first."""
KEY_LINE = re.compile(
    r"(?m)^(?P<keep>[ \t|>]{0,20})(?=\S{0,76}[a-z])(?=\S{0,76}[A-Z])(?=\S{0,76}\d)[0-9A-Za-z+/]{60,76}={0,2}[ \t]{0,9}$"
)
"""A line of a key in PEM, told alone."""


def without_shapes(text: str) -> str:
    """Return a text without what looks like a secret."""
    seen = distinct(text)
    small = folded(seen)
    for shape in SHAPES:
        if shape.start in (small if shape.folded else seen):
            text = without_shape(text, folded(text) if shape.folded else text, shape)
            seen = distinct(text)
            small = folded(seen)
    return KEY_LINE.sub(rf"\g<keep>{MASK}", text) if any(map(KEY_LINE.match, long_lines(seen))) else text


def distinct(text: str) -> str:
    """Return the different lines of a large text, which repeats many: no shape starts with more than one."""
    return text if len(text) < LARGE else "\n".join(set(text.split("\n")))


def long_lines(text: str) -> Iterator[str]:
    """Yield the lines that are long enough for one of a key: few of a large document, which is read faster so."""
    return (line for line in text.split("\n") if len(line) >= SHORTEST_KEY_LINE)


def without_shape(text: str, shown: str, shape: Shape) -> str:
    """Return a text without one kind of secret; `shown` is the text as its pattern knows it, of the same length."""
    pieces, done = list[str](), 0
    for found in compiled(shape.pattern).finditer(shown):
        start = found.end("keep") if "keep" in found.groupdict() else found.start()
        pieces += (text[done:start], MASK)
        done = found.end()
    return "".join((*pieces, text[done:]))


def folded(text: str) -> str:
    """Return a text in small letters, of the same length: one letter alone would become two."""
    return text.replace("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i").lower()


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern, compiled when it is needed for the first time."""
    return re.compile(pattern)
