"""The remote of a new repository: the text of `.dvc/config`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mlgit.errors import UsageError
from mlgit.redact import Redactor

NAME = "storage"
EXTRAS = {
    "s3": "s3",
    "gs": "gs",
    "azure": "azure",
    "ssh": "ssh",
    "webdav": "webdav",
    "webdavs": "webdav",
}
"""The scheme of a remote's address, and the extra of DVC that reaches it."""
PLAIN_USER = re.compile(r"\A((?:ssh|webdavs?)://)[\w.-]{1,32}@")
URL = re.compile(r"([a-z][a-z0-9+.-]*)://[^/\s]+\S*\Z")


def remote_scheme(url: str | None) -> str | None:
    """Return the scheme of a remote, None for a folder.

    Raises `UsageError` (`remote-invalid`) for a scheme that DVC does not know, and for a URL that holds a password.
    """
    if url is None or "://" not in url:
        return None
    found = URL.match(url)
    if not found or found.group(1) not in EXTRAS:
        raise UsageError(
            "remote-invalid",
            f"{url!r} is not the address of a DVC remote",
            hint="a folder, or one of: " + ", ".join(f"{scheme}://..." for scheme in EXTRAS),
        )
    # A name to log in with is no secret; whatever else the redactor would hide is, and what only a signed address has.
    signed = "=" in url.partition("?")[2]
    if signed or Redactor()(shown := PLAIN_USER.sub(r"\1", url)) != shown:
        raise UsageError(
            "remote-secret",
            "the address of the remote holds a secret, which would be committed",
            hint="leave it out, then: dvc remote modify --local storage password ... (or the setting of its kind)",
        )
    return found.group(1)


def remote_extra(url: str | None) -> str | None:
    """Return the extra of DVC that reaches a remote, None for a folder; raises what `remote_scheme` raises."""
    scheme = remote_scheme(url)
    return EXTRAS[scheme] if scheme else None


def remote_configuration(url: str | None, project: str, *, seen_from: Path, root: Path) -> str:
    """Return the text of `.dvc/config` of the repository at `root`.

    Without a URL the remote is a folder beside the repository. A folder's path is read from `seen_from` and written
    relative to `.dvc`, as DVC reads it, so that clones that stand beside each other share it; an absolute path stays.
    """
    address = url or f"../../{project}-storage"
    if any(sign in address for sign in "\r\n"):
        raise UsageError("remote-invalid", "the address of the remote holds a line break")
    if url and remote_scheme(url) is None and not Path(url).is_absolute():
        address = os.path.relpath(seen_from / url, root / ".dvc")
    return f"[core]\n    remote = {NAME}\n['remote \"{NAME}\"']\n    url = {address}\n"
