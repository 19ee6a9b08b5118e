"""Take secrets out of text before it leaves the program: values of the environment, and what looks like a secret.

A log of GitHub hides the secrets of its job; an issue, a report or a record hides nothing. What a program makes of a
secret (its half, its letters one by one, a cipher) no reader of text can know. docs/adr/0008-redact.md has the reasons.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

MASK = "***"
SHORTEST = 6
"""Characters: a shorter value of a variable that nobody named would take words out of every text."""
NAMES = re.compile(
    r"TOKEN(?!I[SZ])|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|SSHKEY|ACCESSKEY|PRIVATEKEY|WEBHOOK|COOKIE"
    r"|SIGNATURE|DSN(?![A-Z])|(?<!BY)(?<!COM)PASS(?![A-Z])|PWD(?![A-Z])"
    r"|(?<![A-Z])(?:KEYS?|AUTH|OAUTH2?|CREDS?|PRIVATE|CONNECTION|CONN|PAT|SAS|JWT|SIG|BEARER)(?![A-Z])"
)
"""What the name of a variable that holds a secret has in it, in capitals with `_` between the words."""
PLACES = re.compile(r"(?:FILE|PATH|DIR|FOLDER|SOCK|HOME)\Z")
PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\]?[\w .@+-]+(?:[/\\][\w .@+-]+)*[/\\]?")
FILE = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w .@+-]+)+\.[a-z0-9]{2,5}")
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
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
EMPTY = re.compile(r"[\s*]*")
"""No secret: to take it out of a text would find it in the mask again, for ever."""
CUT = ("...", "\N{HORIZONTAL ELLIPSIS}")

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
    if PLACES.search(name.upper()):
        return PATH.fullmatch(value) is not None
    return re.search("(?i)pass|pwd", name) is None and FILE.fullmatch(value) is not None


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
