"""Which variables of an environment hold a secret: by their names, the shape of their values, and as parts of addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mlgit.redact.shapes import MASK, without_shapes

SHORTEST = 6
"""Characters: a shorter value of a variable that nobody named would take words out of every text."""
NAMES = re.compile(
    r"TOKEN(?!I[SZ])|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|SSHKEY|ACCESSKEY|PRIVATEKEY|WEBHOOK|COOKIE"
    r"|SIGNATURE|DSN(?![A-Z])|(?<!BY)(?<!COM)PASS(?![A-Z])|PWD(?![A-Z])"
    r"|(?<![A-Z])(?:KEYS?|AUTH|OAUTH2?|CREDS?|PRIVATE|CONNECTION|CONN|PAT|SAS|JWT|SIG|BEARER)(?![A-Z])"
)
"""What the name of a variable that holds a secret has in it, in capitals with `_` between the words."""
PLACES = ("FILE", "PATH", "DIR", "FOLDER", "SOCK", "HOME")
PATH = r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\]?[\w .@+-]+(?:[/\\][\w .@+-]+)*[/\\]?"
FILE = r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w .@+-]+)+\.[a-z0-9]{2,5}"
"""A file by its whole path, whatever the variable is called."""
WORDS = frozenset(
    ["false", "none", "null", "true", "disabled", "enabled", "default", "public", "private", "required", "optional", "master", "unset", "keep-alive", "basic", "bearer"]
)  # fmt: skip
SHELL = ("PWD", "OLDPWD")
"""Folders, whatever their names say."""
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|-")
PASSWORD_OF_ADDRESS = re.compile(r"://[^/\s:@]*:(?!\d+/)(\S+)@[^@/\s]+")
PART_OF_CONNECTION = re.compile(
    r"(?i)(?:password|pwd|accountkey|sharedaccesskey|sharedaccesssignature)=([^;\s]+)"
)


def tells(name: str) -> bool:
    """Tell whether the name of a variable says that it holds a secret."""
    return name not in SHELL and NAMES.search(CAMEL.sub("_", name).upper()) is not None


def secrets_of(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the secrets of an environment: by the name of their variable, by their shape, and as parts of addresses."""
    for name, value in environment.items():
        inside = [one for found in (PASSWORD_OF_ADDRESS, PART_OF_CONNECTION) for one in found.findall(value)]
        if "%" in value and inside:
            from urllib.parse import unquote

            inside += [unquote(one) for one in inside]
        yield from (one for one in inside if not harmless(one))
        if (tells(name) and not harmless(value) and not a_place(name, value)) or (
            without_shapes(value) == MASK and "://" not in value
        ):
            yield value


def harmless(value: str) -> bool:
    """Tell whether a value is too short, or a word like any other."""
    bare = value.strip()
    return len(bare) < SHORTEST or bare.casefold() in WORDS or not bare.strip("*")


def a_place(name: str, value: str) -> bool:
    """Tell whether a variable tells where a secret lies, or how many tokens a text may have."""
    if value.isdigit():
        return not re.search("(?i)pass|pwd", name)
    if name.upper().endswith(PLACES):
        return re.fullmatch(PATH, value) is not None
    return re.search("(?i)pass|pwd", name) is None and re.fullmatch(FILE, value) is not None
