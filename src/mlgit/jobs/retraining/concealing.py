"""Take secrets out of what a program said, before it stands where anybody may read it. Pure.

A log of GitHub hides the secrets of its job; an issue hides nothing. What a program makes of a secret (its half, its
letters one by one) no reader of lines can know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

HIDDEN = "***"
SHORTEST = 6
"""Characters: a shorter value would take words out of every line."""
NAMES = re.compile(
    r"TOKEN|SECRET|PASS|_PWD|DSN|CREDENTIAL|PRIVATE|KEY|AUTH|COOKIE|SIGNATURE|CONNECTION", re.I
)
"""What the name of a variable that holds a secret has in it."""
SHAPES = re.compile(
    r"gh[opsur]_[0-9A-Za-z_]{20,}|github_pat_[0-9A-Za-z_]{20,}|glpat-[0-9A-Za-z_-]{20,}|hf_[0-9A-Za-z]{20,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]+\.[\w-]*|(?<=://)[^/@\s]+(?=@)"
)
"""Tokens of GitHub, GitLab and Hugging Face, keys of AWS, signed tokens, and the user before the host of an address."""
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def concealed(lines: Iterable[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return lines without colours, without the values of variables that hold secrets, and without what looks like one."""
    values = {
        part.strip()
        for name, value in environment.items()
        if NAMES.search(name)
        for part in (value, *value.splitlines())
        if len(part.strip()) >= SHORTEST
    }
    longest_first = sorted(values, key=len, reverse=True)
    return tuple(without(COLOURS.sub("", line), longest_first) for line in lines)


def without(line: str, values: Iterable[str]) -> str:
    """Return a line without these texts and without what looks like a secret."""
    for value in values:
        line = line.replace(value, HIDDEN)
    return SHAPES.sub(HIDDEN, line)
