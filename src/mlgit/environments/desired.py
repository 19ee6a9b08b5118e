"""`deploy/<environment>.yaml`: what an environment has to run, the desired state, one entry a model. Pure.

mlgit writes one form, which is read line by line; what a person edited is read as YAML. Anybody who may push edits it, so
it is read strictly: an unknown key, a bad digest or a second entry of a model is an error with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from mlgit.errors import UsageError
from mlgit.registry.names import is_artifact
from mlgit.registry.record import Digest
from mlgit.registry.semver import parse as parse_version

FOLDER = "deploy"
MAXIMUM_BYTES = 2_000_000
HEAD = (
    "# What {name} has to run. `mlgit promote` and `mlgit rollback` write it; each change is a commit.\n"
    "version: 1\n"
)
HEAD_FORM = re.compile(
    r"# What [a-z0-9_-]+ has to run\. .*\nversion: 1\n(?P<models>models:\n|models: \{\}\n)?"
)
BETWEEN = b'\n  "'
"""What a block begins with, after the end of the line before."""
NEAR = 16
"""Bytes; a block begins with more before anything of it changes."""
Line = Annotated[str, Meta(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Action = Literal["promote", "rollback"]
ImageDigest = Annotated[
    str, Meta(max_length=400, pattern=r"^(?:(?:[a-z0-9][a-z0-9._/:-]*@)?sha256:[0-9a-f]{64})?$(?!\n)")
]


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which version of a model an environment has to run, and how it came there.

    `at` is RFC 3339 in UTC, `replaced` the version that ran before, `gate` what the gates said. `traffic` gives shares of the
    requests to other registered versions where `mlgit serve` follows the file; see `serving/traffic.py`. `image` is the image that
    was built of the version, by its digest, with the name of its registry where it was pushed; empty: none was built yet.
    """

    version: Annotated[str, Meta(max_length=100)]
    commit: Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$(?!\n)")]
    digest: Digest
    action: Action
    by: Line = ""
    at: Annotated[
        str, Meta(pattern=r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$(?!\n)")
    ] = ""
    why: Line = ""
    gate: Line = ""
    replaced: Annotated[str, Meta(max_length=100)] = ""
    traffic: Line = ""
    image: ImageDigest = ""


TEXT = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
NEEDED = ("version", "commit", "digest", "action")
BLOCK = re.compile(
    r'  "(?P<artifact>[^"\\\n]+)":\n'
    + "".join(
        rf"    {name}: ({TEXT})\n" if name in NEEDED else rf"(?:    {name}: ({TEXT})\n)?"
        for name in Entry.__struct_fields__
    )
)
"""One model as mlgit writes it: every field at most once, in the order of `Entry`, each a JSON string in a line."""
AS_JSON = "{" + ",".join(f'"{name}":%s' for name in Entry.__struct_fields__) + "}"
"""An entry as JSON, of the values of `BLOCK`."""
Desired = Mapping[str, Entry]
"""The entries of one environment by the artifact of their model."""


class Written(Struct, frozen=True):
    """A file in the form that mlgit writes, and what it says; empty: there is none, or a person edited it."""

    content: bytes = b""
    desired: Desired = {}

    def followed_by(self, content: bytes) -> Written | None:
        """Return what a file says of which one block alone is another than here; None for any other file."""
        old = self.content
        start = old.rfind(BETWEEN, 0, common_start(old, content))
        if start < 0:
            return None
        start += len(BETWEEN)
        old_end, end = end_of_block(old, start), end_of_block(content, start)
        if old[old_end:] != content[end:]:
            return None
        try:
            pair = pair_of(content[start:end].decode())
        except UnicodeDecodeError:
            return None
        if pair is None or not old.startswith(pair[0].encode() + b'":', start):
            return None
        return Written(content, {**self.desired, pair[0]: pair[1]})


def common_start(one: bytes, other: bytes) -> int:
    """Return up to where two contents are the same for certain: not more than `NEAR` bytes before they differ."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > NEAR:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def end_of_block(content: bytes, start: int) -> int:
    """Return where the block ends that begins at `start`: before the next, or before the end of the last line."""
    found = content.find(BETWEEN, start)
    return found if found >= 0 else len(content) - 1


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
    return read_after(Written(), content, name)[0]


def read_after(before: Written, content: bytes, name: str) -> tuple[Desired, Written]:
    """Return the entries of a file as `read` does, and how they are written, for the file that comes after this one.

    A history is one file many times, of which each change moves an entry: what stands where it stood `before` is not read again.
    """
    if len(content) > MAXIMUM_BYTES:
        raise UsageError("deploy-file", f"{name} is larger than {MAXIMUM_BYTES:,} bytes", where=name)
    written = (before.followed_by(content) if before.content else None) or whole(content)
    return (written.desired, written) if written else (as_edited(content, name), Written())


def whole(content: bytes) -> Written | None:
    """Return what a file says in the form that mlgit writes; None where it is not, or a model stands twice."""
    texts = texts_of(content)
    if texts is None:
        return None
    found = dict(filter(None, map(pair_of, texts)))
    return Written(content, found) if len(found) == len(texts) else None


def texts_of(content: bytes) -> list[str] | None:
    """Return the blocks of a file without their ends; None where it does not begin and end as mlgit writes it."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    head, between = HEAD_FORM.match(text), BETWEEN.decode()
    if head is None or head["models"] is None:
        return None
    body = text[head.end() :]
    if not body:
        return []
    if not (body.startswith(between[1:]) and body.endswith("\n")):
        return None
    return body[len(between) - 1 : -1].split(between)


@lru_cache(maxsize=20_000)
def pair_of(text: str) -> tuple[str, Entry] | None:
    """Return the artifact and the entry of one block without its ends, None where it is not as mlgit writes it."""
    made = BLOCK.fullmatch(f'  "{text}\n')
    if made is None:
        return None
    artifact, *values = made.groups('""')
    try:
        entry = msgspec.json.decode(AS_JSON % tuple(values), type=Entry)
    except msgspec.DecodeError:
        return None
    known = parse_version(entry.version) is not None and is_artifact(artifact)
    return (artifact, entry) if known else None


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
