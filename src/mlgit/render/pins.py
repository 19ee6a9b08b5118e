"""The one table of the actions that rendered workflows use: each by commit, with the version that the commit is.

`python docs/refresh_pins.py` asks GitHub for newer versions and rewrites the table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from mlgit.errors import UsageError

COMMIT = re.compile(r"[0-9a-f]{40}\Z")
VERSION = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+\Z")
UV_VERSION = "0.11.7"
"""The uv that installs packages in the jobs: the newest whose digests stand in the pinned `setup-uv` itself."""
UV_KNOWN_BY = "v8.1.0"
"""The `setup-uv` that was looked at for it: its table of digests ends with that uv."""


class Pin(Struct, frozen=True):
    """One version of an action: its commit, 40 hexadecimal digits, and the tag that names it."""

    commit: str
    version: str


PINS: dict[str, Pin] = {
    "actions/cache": Pin("55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0"),
    "actions/checkout": Pin("de0fac2e4500dabe0009e67214ff5f5447ce83dd", "v6.0.2"),
    "actions/create-github-app-token": Pin("29824e69f54612133e76f7eaac726eef6c875baf", "v2.2.1"),
    "actions/download-artifact": Pin("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/upload-artifact": Pin("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "astral-sh/setup-uv": Pin("08807647e7069bb48b6ef5acd8ec9567f424441b", "v8.1.0"),
    "aws-actions/configure-aws-credentials": Pin("8df5847569e6427dd6c4fb1cf565c83acfa8afa7", "v6.0.0"),
    "azure/login": Pin("532459ea530d8321f2fb9bb10d1e0bcf23869a43", "v3.0.0"),
    "google-github-actions/auth": Pin("7c6bc770dae815cd3e89ee6cdf493a5fab2cc093", "v3.0.0"),
}


SERVER_PINS: dict[str, Pin] = {
    "actions/download-artifact": Pin(
        version="v3.1.0-node20", commit="ad191675b41f6a5b46da9a048cb6893812da158b"
    ),
    "actions/upload-artifact": Pin(
        version="v3.2.1-node20", commit="c24449f33cd45d4826c6702db7e49f7cdb9b551d"
    ),
}
"""What a GitHub Enterprise Server runs in their place: from version 4 on they need a service that it does not have."""


def pinned(action: str, others: Mapping[str, str] | None = None, *, server: bool = False) -> str:
    """Return what stands behind `uses:` for an action or an action in a folder of its repository.

    `others` maps an action to what is used in its place: `owner/repository@commit`. `server`: for a GitHub Enterprise Server.
    Raises `UsageError` (`action-unknown`) when the table has no such action.
    """
    owner, repository, *folders = (*action.split("/"), "")
    name = f"{owner}/{repository}"
    pin = (SERVER_PINS.get(name) if server else None) or PINS.get(name)
    if pin is None:
        raise UsageError("action-unknown", f"the pin table has no action {action!r}")
    if others and name in others:
        other, _, commit = others[name].partition("@")
        return f"{'/'.join((other, *filter(None, folders)))}@{commit} # mlgit.yaml has it in place of {name}"
    return f"{action}@{pin.commit} # {pin.version}"
