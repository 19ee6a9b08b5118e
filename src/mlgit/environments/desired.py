"""`deploy/<environment>.yaml`: what an environment has to run, the desired state, one entry a model. Pure.

mlgit writes one form, which is read line by line; what a person edited is read as YAML. Anybody who may push edits it, so
it is read strictly: an unknown key, a bad digest or a second entry of a model is an error with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from mlgit.errors import UsageError
from mlgit.registry.names import is_artifact
from mlgit.registry.record import DIGEST, Digest
from mlgit.registry.semver import parse as parse_version

FOLDER = "deploy"
MAXIMUM_BYTES = 2_000_000
HEAD = (
    "# What {name} has to run. `mlgit promote` and `mlgit rollback` write it; each change is a commit.\n"
    "version: 1\n"
)
HEAD_FORM = re.compile(rb"# What [a-z0-9_-]+ has to run\. [ -~]*\nversion: 1\nmodels:(?P<none> \{\})?")
BETWEEN = b'\n  "'
"""What a block begins with, the end of the line before included."""
LONGEST_LINE = 1000
COMMIT = "[0-9a-f]{40}(?:[0-9a-f]{24})?"
IMAGE = "(?:(?:[a-z0-9][a-z0-9._/:-]{0,300}@)?sha256:[0-9a-f]{64})?"
MOMENT = "(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?"
Line = Annotated[str, Meta(max_length=LONGEST_LINE, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Action = Literal["promote", "rollback"]
ImageDigest = Annotated[str, Meta(pattern=rf"^{IMAGE}$(?!\n)")]


class Entry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which version of a model an environment has to run, and how it came there.

    `at` is RFC 3339 in UTC, `replaced` the version that ran before, `gate` what the gates said. `traffic` gives shares of the
    requests to other registered versions where `mlgit serve` follows the file; see `serving/traffic.py`. `image` is the image that
    was built of the version, by its digest, with the name of its registry where it was pushed; empty: none was built yet.
    """

    version: Annotated[str, Meta(max_length=100)]
    commit: Annotated[str, Meta(pattern=rf"^{COMMIT}$(?!\n)")]
    digest: Digest
    action: Action
    by: Line = ""
    at: Annotated[str, Meta(pattern=rf"^{MOMENT}$(?!\n)")] = ""
    why: Line = ""
    gate: Line = ""
    replaced: Annotated[str, Meta(max_length=100)] = ""
    traffic: Line = ""
    image: ImageDigest = ""


NAMES = Entry.__struct_fields__
NEEDED = ("version", "commit", "digest", "action")


def form_of_block(text: str, **texts: str) -> str:
    """Return the pattern of one model as mlgit writes it.

    Every field at most once, in the order of `Entry`, in a line of its own, its value a text of the given form.
    """
    needed = "".join(rf'\n    {name}: "({texts.get(name, text)})"' for name in NEEDED)
    others = (rf'(?:\n    {name}: "({texts.get(name, text)})")?' for name in NAMES[len(NEEDED) :])
    return rf'\n  "([^"\\\n]+)":{needed}{"".join(others)}'


PLAIN = re.compile(
    form_of_block(
        rf'[^"\\\x00-\x1f\x7f]{{0,{LONGEST_LINE}}}', commit=COMMIT, digest=DIGEST, action="promote|rollback",
        at=MOMENT, replaced=r'[^"\\\x00-\x1f\x7f]{0,100}', image=IMAGE,
    )
)  # fmt: skip
"""A model whose texts stand there as they are, which is nearly every one: what fits is an entry."""
AS_JSON = "{" + ",".join(f'"{name}":"%s"' for name in NAMES) + "}"
"""An entry as JSON, of texts that are escaped as in JSON."""
Desired = Mapping[str, Entry]
"""The entries of one environment by the artifact of their model."""


class Written(Struct, frozen=True):
    """A file as it was read: what it says, and how that differs from what was said before it.

    `begun` are the models with another entry, or a new one, `ended` those without one from now on. `content` is the file without
    its last line end, and `blocks` are its models from `BETWEEN` on, in the form that mlgit writes; empty: a person edited it.
    """

    desired: Desired = {}
    begun: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    content: bytes = b""
    blocks: tuple[bytes, ...] = ()

    def then(self, desired: Desired, content: bytes = b"", blocks: tuple[bytes, ...] = ()) -> Written:
        """Return a file that comes after this one."""
        begun = tuple(name for name, entry in desired.items() if self.desired.get(name) != entry)
        ended = tuple(name for name in self.desired if name not in desired)
        return Written(desired, begun, ended, content, blocks)

    def with_one_changed(self, content: bytes) -> Written | None:
        """Return a file with another entry of one model and nothing else; None for another one, or one that a person edited.

        What comes after that model is found from the end, block by block: a block begins where nothing else does.
        """
        place, end, old = len(self.blocks) - 1, len(content), len(self.content)
        while place >= 0 and content.endswith(self.blocks[place], 0, end):
            end, old, place = end - len(self.blocks[place]), old - len(self.blocks[place]), place - 1
        start = old - len(self.blocks[place]) if place >= 0 else 0
        if place < 0 or not content.startswith(self.content[:start]):
            return None
        block = content[start:end]
        pair = pair_of(block)
        if pair is None or not self.blocks[place].startswith(BETWEEN + pair[0].encode() + b'":'):
            return None
        artifact, entry = pair
        begun = (artifact,) if entry != self.desired[artifact] else ()
        blocks = (*self.blocks[:place], block, *self.blocks[place + 1 :])
        return Written({**self.desired, artifact: entry}, begun, (), content, blocks)


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file, as a person may write it."""

    version: Literal[1]
    models: dict[str, Entry] = {}


def path_of(environment: str) -> str:
    """Return where the desired state of an environment stands.

    >>> path_of("staging")
    'deploy/staging.yaml'
    """
    return f"{FOLDER}/{environment}.yaml"


@lru_cache(maxsize=1000)
def environment_of(path: str) -> str | None:
    """Return the environment whose desired state stands at a path, None for another file."""
    found = re.fullmatch(rf"{FOLDER}/([a-z0-9][a-z0-9_-]{{0,62}})\.yaml", path)
    return found[1] if found else None


def write(environment: str, desired: Desired) -> bytes:
    """Return the text of a file; equal states give equal texts."""
    blocks = [block(artifact, desired[artifact]) for artifact in sorted(desired)]
    head = HEAD.format(name=environment)
    return (head + ("models:\n" + "".join(blocks) if blocks else "models: {}\n")).encode()


def block(artifact: str, entry: Entry) -> str:
    """Return the lines of one model."""
    from mlgit.yamlfile import quoted

    fields: dict[str, str] = msgspec.to_builtins(entry)
    lines = "".join(f"    {name}: {quoted(value)}\n" for name, value in fields.items())
    return f"  {quoted(artifact)}:\n{lines}"


def read(content: bytes, name: str) -> Desired:
    """Return the entries of a file.

    Raises `UsageError` (`deploy-file`, `yaml-...`) with the line of what is wrong.
    """
    return read_after(Written(), content, name).desired


def read_after(before: Written, content: bytes, name: str) -> Written:
    """Return a file as `read` reads it, and what it changes of the one before.

    A history is one file many times, of which each change moves an entry: what stands where it stood `before` is not read again.
    """
    if len(content) > MAXIMUM_BYTES:
        raise UsageError("deploy-file", f"{name} is larger than {MAXIMUM_BYTES:,} bytes", where=name)
    text = content.removesuffix(b"\n")
    if before.blocks and (written := before.with_one_changed(text)) is not None:
        return written
    head, *ends = text.split(BETWEEN)
    blocks = tuple([BETWEEN + end for end in ends])
    found = whole(head, blocks)
    return before.then(as_edited(content, name)) if found is None else before.then(found, text, blocks)


def whole(head: bytes, blocks: tuple[bytes, ...]) -> Desired | None:
    """Return what a file says in the form that mlgit writes; None where it is not, or a model stands twice."""
    form = HEAD_FORM.fullmatch(head)
    if form is None or (form["none"] is None) is not bool(blocks):
        return None
    found = dict(filter(None, map(pair_of, blocks)))
    return found if len(found) == len(blocks) else None


@lru_cache(maxsize=20_000)
def pair_of(text: bytes) -> tuple[str, Entry] | None:
    """Return the artifact and the entry of one block, None where it is not as mlgit writes it."""
    try:
        artifact, entry = plain_pair(text.decode()) or escaped_pair(text.decode())
    except (UnicodeDecodeError, ValueError):
        return None
    replaced = not entry.replaced or parse_version(entry.replaced)
    known = is_artifact(artifact) and parse_version(entry.version) and replaced
    return (artifact, entry) if known else None


def plain_pair(text: str) -> tuple[str, Entry] | None:
    """Return the artifact and the entry of a block whose texts need no escape; None for another one."""
    found = PLAIN.fullmatch(text)
    if found is None:
        return None
    artifact, *texts = found.groups("")
    return artifact, Entry(*texts)  # type: ignore[arg-type] # `PLAIN` has its fields in their order


def escaped_pair(text: str) -> tuple[str, Entry]:
    """Return the artifact and the entry of a block whose texts are escaped as in JSON; raises `ValueError` for another one."""
    found = escaped_form().fullmatch(text)
    if found is None:
        raise ValueError("mlgit did not write it")
    artifact, *texts = found.groups("")
    return artifact, msgspec.json.decode(AS_JSON % tuple(texts), type=Entry)


@cache
def escaped_form() -> re.Pattern[str]:
    """Return the pattern of one model with its texts as they stand in JSON."""
    return re.compile(form_of_block(r'[^"\\\n]*(?:\\.[^"\\\n]*)*'))


def as_edited(content: bytes, name: str) -> Desired:
    """Return the entries of a file that a person wrote or edited."""
    from mlgit import yamlfile
    from mlgit.config.words import mistake

    document = yamlfile.read(content, name)
    try:
        found = msgspec.convert(document.value, File)
    except msgspec.ValidationError as error:
        path, what = mistake(document.value, File, error)
        raise broken(document.place(*path), f"{'.'.join(map(str, path)) or 'the top'}: {what}") from error
    for artifact, entry in found.models.items():
        check(artifact, entry, document)
    return found.models


def check(artifact: str, entry: Entry, document: Any) -> None:
    """Raise `UsageError` for a model or a version that no tag can name."""
    if not is_artifact(artifact):
        raise broken(document.place("models", artifact), f"{artifact!r} is no name of a model")
    for field in ("version", "replaced"):
        value = getattr(entry, field)
        if value and parse_version(value) is None:
            place = document.place("models", artifact, field)
            raise broken(place, f"{field}: {value!r} is no version such as v1.2.0")


def broken(where: str, what: str) -> UsageError:
    """Return the error for a file that does not say what has to run."""
    return UsageError(
        "deploy-file",
        f"{where.partition(':')[0]}: {what}",
        hint="mlgit history shows what stood there; git revert takes a change back",
        where=where,
    )
