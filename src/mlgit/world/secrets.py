"""Take the values of secrets out of what somebody else wrote, before anybody reads it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote, quote_plus

MASK = "***"
TELLING = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|(?:^|_)KEY(?:_|$)|API_?KEY")
"""Names of variables that hold secrets although nobody says so."""
SHORT = 6
"""Characters below which the value of a variable with a telling name is a word like any other."""
IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]+(?=@)")
"""Name and password in front of a host."""


def masked(text: str, environment: Mapping[str, str], named: Iterable[str] = ()) -> str:
    """Return a text without the values of secrets: those of the variables `named`, and of telling names.

    A value is found as it is, line by line, and as it is written in addresses, in JSON, in Python and in base64.
    """
    values = {environment.get(name, "") for name in named}
    values |= {value for name, value in environment.items() if TELLING.search(name) and len(value) >= SHORT}
    for form in sorted({form for value in values for form in forms_of(value)}, key=len, reverse=True):
        text = text.replace(form, MASK)
    return IN_ADDRESS.sub(MASK, text)


def forms_of(value: str) -> Iterator[str]:
    """Yield the ways in which a value may be written, none of them empty."""
    for one in (value, value.strip(), *(line.strip() for line in value.splitlines() if len(line) >= SHORT)):
        if one:
            yield from (one, quote(one, safe=""), quote(one), quote_plus(one))
            yield from (json.dumps(one)[1:-1], repr(one)[1:-1], b64encode(one.encode()).decode().rstrip("="))
