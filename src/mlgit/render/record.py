"""What was rendered last: `.mlgit/lock.yaml` and the copies under `.mlgit/base/`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from msgspec import Struct

from mlgit import yamlfile
from mlgit.errors import UsageError
from mlgit.render.installation import ORIGINS, Installation

LOCK = ".mlgit/lock.yaml"
BASE = ".mlgit/base/"
HEADER = "# Written by `mlgit sync`: what it rendered, so that it can tell a hand edit from its own work. Do not edit.\n"


OWN_FOLDERS = (".mlgit/install/", ".mlgit/schema/")
RULESET = ".mlgit/ruleset.json"
OWN_NAME = "/mlgit-"
OBJECTS = re.compile(r"deploy/[a-z0-9][a-z0-9_-]*/base/[a-z0-9-]+\.yaml")
"""The objects of a model where a cluster follows the folder of an environment."""


def is_ours(path: str) -> bool:
    """Tell whether mlgit may have rendered a path, in this version or another: `sync` may delete what a record names."""
    from mlgit.render.templates import managed_paths, owners_path

    named = {made.partition(OWN_NAME)[0] + OWN_NAME for made in managed_paths() if OWN_NAME in made}
    ours = (
        path in managed_paths()
        or path in (RULESET, owners_path())
        or path.startswith((*OWN_FOLDERS, *named))
        or OBJECTS.fullmatch(path) is not None
    )
    return ours and ".." not in path.split("/")


class Record(Struct, frozen=True, kw_only=True):
    """The version of the templates, the digest of what they were filled with, the digest of each file.

    `installation` is what the jobs install of mlgit; None in a record that was written before it was noted.
    """

    version: str
    inputs: str
    files: Mapping[str, str]
    installation: Installation | None = None


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
    foreign = next((path for path in files if not is_ours(path)), None)
    if foreign is not None:
        raise UsageError(
            "record-foreign",
            f"{LOCK} names {foreign}, which mlgit never writes",
            hint=f"git checkout -- {LOCK}, and ask who changed it",
            where=LOCK,
        )
    return Record(
        version=str(value.get("mlgit", "")),
        inputs=str(value.get("inputs", "")),
        files=files,
        installation=installation_of(value.get("install")),
    )


def installation_of(value: object) -> Installation | None:
    """Return the installation that a record holds, None where it holds none that can be read."""
    if not isinstance(value, dict) or value.get("from") not in ORIGINS:
        return None
    digests = value.get("digests") or []
    return Installation(
        origin=value["from"],
        requirement=str(value.get("requirement", "")),
        digests=tuple(str(one) for one in digests) if isinstance(digests, list) else (),
    )


def write_record(record: Record) -> bytes:
    """Return the text of the record: one line a file, in order, so that Git merges it well."""
    lines = [f"version: 1\nmlgit: {yamlfile.quoted(record.version)}\ninputs: {record.inputs}\n"]
    if record.installation is not None:
        lines += installation_lines(record.installation)
    lines += ["files:\n"]
    lines += [f"  {yamlfile.quoted(path)}: {record.files[path]}\n" for path in sorted(record.files)]
    return (HEADER + "".join(lines)).encode()


def installation_lines(installation: Installation) -> list[str]:
    """Return the lines that say what the jobs install."""
    lines = [f"install:\n  from: {installation.origin}\n"]
    lines += [f"  requirement: {yamlfile.quoted(installation.requirement)}\n"]
    if installation.digests:
        lines += ["  digests:\n", *(f"    - {one}\n" for one in installation.digests)]
    return lines
