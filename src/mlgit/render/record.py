"""What was rendered last: `.mlgit/lock.yaml` and the copies under `.mlgit/base/`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from msgspec import Struct

from mlgit import yamlfile
from mlgit.errors import UsageError

LOCK = ".mlgit/lock.yaml"
BASE = ".mlgit/base/"
HEADER = "# Written by `mlgit sync`: what it rendered, so that it can tell a hand edit from its own work. Do not edit.\n"


class Record(Struct, frozen=True, kw_only=True):
    """The version of the templates, the digest of what they were filled with, the digest of each file."""

    version: str
    inputs: str
    files: Mapping[str, str]


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content as `sha256:<64 hex digits>`."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def read_record(content: bytes | None) -> Record | None:
    """Return the record, None when nothing was rendered yet; raises `UsageError` when it is not readable."""
    if content is None:
        return None
    value = yamlfile.read(content, LOCK).value
    if not isinstance(value, dict) or not isinstance(value.get("files"), dict):
        raise UsageError(
            "record-invalid", f"{LOCK} is not what mlgit wrote", hint=f"git checkout -- {LOCK}", where=LOCK
        )
    files = {str(path): str(value) for path, value in value["files"].items()}
    return Record(version=str(value.get("mlgit", "")), inputs=str(value.get("inputs", "")), files=files)


def write_record(record: Record) -> bytes:
    """Return the text of the record: one line a file, in order, so that Git merges it well."""
    lines = [f"version: 1\nmlgit: {yamlfile.quoted(record.version)}\ninputs: {record.inputs}\nfiles:\n"]
    lines += [f"  {yamlfile.quoted(path)}: {record.files[path]}\n" for path in sorted(record.files)]
    return (HEADER + "".join(lines)).encode()
