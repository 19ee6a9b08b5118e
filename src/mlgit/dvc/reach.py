"""Whether a job of CI can reach the default remote of a DVC repository, told from its address. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

SECTION = re.compile(r"\s*\[\s*(?P<name>[^\]]+?)\s*\]\s*\Z")
SETTING = re.compile(r"\s*(?P<key>\w+)\s*=\s*(?P<value>.*?)\s*\Z")
REMOTE = re.compile(r"""remote\s*"(?P<name>[^"]+)"\Z""")
OPEN = ("http", "https")
"""Remotes that may be open to everybody."""
WAYS_OUT = (
    "dvc remote add --default --force storage s3://... with remote: in mlgit.yaml; "
    "or run the jobs where the folder is, with runners: {default: [self-hosted]}"
)


class StoredRemote(Struct, frozen=True, kw_only=True):
    """The default remote of a DVC repository: its name, its address."""

    name: str
    url: str

    @property
    def scheme(self) -> str:
        """The scheme of the address, empty for a folder."""
        scheme, mark, _ = self.url.partition("://")
        return scheme.lower() if mark and scheme.lower() != "file" else ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of a machine, which no runner elsewhere can reach."""
        return not self.scheme

    @property
    def is_open(self) -> bool:
        """Whether it may be read without credentials."""
        return self.scheme in OPEN


def default_remote(content: bytes | None) -> StoredRemote | None:
    """Return the default remote that `.dvc/config` names, None when it names none; what cannot be read names none."""
    settings: dict[str, dict[str, str]] = {}
    section = ""
    for line in (content or b"").decode("utf-8", "replace").splitlines():
        if heading := SECTION.match(line):
            section = (
                heading["name"].strip("'\"") if '"' not in heading["name"] else heading["name"].strip("'")
            )
        elif setting := SETTING.match(line):
            settings.setdefault(section, {})[setting["key"]] = setting["value"].strip("'\"")
    name = settings.get("core", {}).get("remote", "")
    for title, values in settings.items():
        found = REMOTE.match(title)
        if found and found["name"] == name and values.get("url"):
            return StoredRemote(name=name, url=values["url"])
    return None


def out_of_reach(remote: StoredRemote | None, *, logs_in: bool) -> tuple[str, str] | None:
    """Return why a runner cannot fetch the data, and the ways out; None where it may.

    `logs_in`: mlgit.yaml says how the jobs log in.
    """
    if remote is None:
        return "DVC has no default remote, so CI has no data to fetch", WAYS_OUT
    if remote.is_folder:
        return f"the DVC remote {remote.name!r} is a folder, {remote.url}, which CI can never reach", WAYS_OUT
    if not logs_in and not remote.is_open:
        said = f"mlgit.yaml does not say how CI logs in at the DVC remote {remote.name!r}, {remote.url}"
        return said, "add remote: to mlgit.yaml, see mlgit help remotes"
    return None
