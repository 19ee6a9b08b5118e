"""Whether a job of CI can reach the default remote of a DVC repository, told from its address. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

SECTION = re.compile(r"\s*\[\s*(?P<name>[^\]]+?)\s*\]\s*\Z")
SETTING = re.compile(r"\s*(?P<key>\w+)\s*=\s*(?P<value>.*?)\s*\Z")
REMOTE = re.compile(r"""remote\s*"(?P<name>[^"]+)"\Z""")
KINDS = {
    "": "a folder",
    "s3": "S3",
    "gs": "Google Cloud Storage",
    "azure": "Azure Blob Storage",
    "gdrive": "Google Drive",
    "http": "HTTP",
    "https": "HTTP",
    "ssh": "SSH",
    "webdav": "WebDAV",
    "webdavs": "WebDAV",
    "oss": "Alibaba OSS",
    "hdfs": "HDFS",
    "webhdfs": "HDFS",
}
"""What people call the storage, by the scheme of its address."""
ON_ANOTHER = "remote://"
OPEN = ("http", "https")
"""Remotes that may be open to everybody."""
WAYS_OUT = (
    "dvc remote add --default --force storage s3://... with remote: in mlgit.yaml; "
    "or run the jobs where the folder is, with runners: {default: [self-hosted]}"
)


class StoredRemote(Struct, frozen=True, kw_only=True):
    """The default remote of a DVC repository: its name, its address, and how it asks who comes (`auth`), if it does."""

    name: str
    url: str
    auth: str = ""

    @property
    def scheme(self) -> str:
        """The scheme of the address, empty for a folder."""
        scheme, mark, _ = self.url.partition("://")
        return scheme.lower() if mark and scheme.lower() != "file" else ""

    @property
    def kind(self) -> str:
        """What people call a storage at such an address."""
        return KINDS.get(self.scheme, self.scheme) if "dagshub.com" not in self.url else "DagsHub"

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of a machine, which no runner elsewhere can reach."""
        return not self.scheme

    @property
    def is_open(self) -> bool:
        """Whether it may be read without credentials."""
        return self.scheme in OPEN and not self.auth


def default_remote(content: bytes | None) -> StoredRemote | None:
    """Return the default remote that `.dvc/config` names, None when it names none; what cannot be read names none.

    A remote whose address stands on another one (`remote://name/path`) has the address that follows.
    """
    settings = sections(content)
    name = settings.get("core", {}).get("remote", "")
    url = address(name, remotes(content)) if name else ""
    stands = settings.get(f'remote "{name}"', {})
    return StoredRemote(name=name, url=url, auth=stands.get("auth", "")) if url else None


def sections(content: bytes | None) -> dict[str, dict[str, str]]:
    """Return the settings of `.dvc/config` by their section."""
    settings: dict[str, dict[str, str]] = {}
    section = ""
    for line in (content or b"").decode("utf-8", "replace").splitlines():
        if heading := SECTION.match(line):
            section = (
                heading["name"].strip("'\"") if '"' not in heading["name"] else heading["name"].strip("'")
            )
        elif setting := SETTING.match(line):
            settings.setdefault(section, {})[setting["key"]] = setting["value"].strip("'\"")
    return settings


def remotes(content: bytes | None) -> dict[str, str]:
    """Return the address of every remote that `.dvc/config` knows, by its name."""
    named = ((REMOTE.match(title), values) for title, values in sections(content).items())
    return {found["name"]: values["url"] for found, values in named if found and values.get("url")}


def address(name: str, known: Mapping[str, str]) -> str:
    """Return the address of a remote, with what it stands on in its place; empty for one that is not known."""
    url = known.get(name, "")
    for _ in known:
        base, _, path = url.removeprefix(ON_ANOTHER).partition("/")
        if not url.startswith(ON_ANOTHER) or base not in known:
            break
        url = "/".join(part for part in (known[base].rstrip("/"), path) if part)
    return url


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
