"""How the mlgit that runs can be installed elsewhere: from where it came, by a digest or a commit.

Where it came from stands in `direct_url.json`, which every installer writes (PEP 610) for what did not come from a
registry. What was decided once stands in `.mlgit/lock.yaml`, so that a job that checks the files decides nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from shutil import which
from typing import Any
from urllib.parse import urlsplit

from mlgit import __version__
from mlgit.errors import MlgitError
from mlgit.render.installation import Installation
from mlgit.render.record import digest
from mlgit.render.wheel import NAME, installed_distribution, installed_wheel
from mlgit.world.context import Context
from mlgit.world.files import write_atomically
from mlgit.world.staging import scratch

FOLDER = ".mlgit/install/"
WHEEL = FOLDER + NAME
COMMIT = re.compile(r"[0-9a-f]{40}\Z")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
PINNED = f"mlgit=={__version__}"
PATIENCE = 20.0
"""Seconds that a registry has to answer."""


def installation_for(
    context: Context, named: str | None, recorded: Installation | None, *, anew: bool
) -> Installation:
    """Return what the jobs of a repository install: what `ci.install` names, else what was decided when it was rendered.

    `anew`: decide again by the mlgit that runs.
    """
    if named is not None:
        return Installation(origin="own", requirement=named)
    standing = recorded if recorded is not None and recorded.origin != "own" else None
    if standing is not None and not anew:
        return standing
    return installation_here(context, standing)


def installation_here(context: Context, recorded: Installation | None = None) -> Installation:
    """Return how the mlgit that runs can be installed elsewhere; what nobody can fetch is a wheel in the repository.

    `recorded` saves the question to the registry where it is about this version.
    """
    found = installed_distribution()
    told = found.read_text("direct_url.json") if found is not None else None
    if told is not None:
        return from_commit(json.loads(told)) or from_wheel()
    if recorded is not None and recorded.origin == "registry" and recorded.requirement == PINNED:
        return recorded
    return (from_registry(context) if found is not None else None) or from_wheel()


def from_commit(facts: Mapping[str, Any]) -> Installation | None:
    """Return the installation of a commit, None for another origin and for a repository that a job cannot read."""
    version, url = facts.get("vcs_info") or {}, str(facts.get("url", ""))
    commit = str(version.get("commit_id", ""))
    parts = urlsplit(url)
    if (
        version.get("vcs") != "git"
        or not COMMIT.match(commit)
        or parts.scheme != "https"
        or "@" in parts.netloc
    ):
        return None
    below = f"#subdirectory={facts['subdirectory']}" if facts.get("subdirectory") else ""
    return Installation(origin="git", requirement=f"mlgit @ git+{url}@{commit}{below}")


def from_wheel() -> Installation:
    """Return the installation of the wheel that is kept in the repository."""
    return Installation(origin="wheel", requirement=f"./{WHEEL}", digests=(digest(installed_wheel()),))


def from_registry(context: Context) -> Installation | None:
    """Return the installation from the registry with the digests that it tells; None when it cannot be asked."""
    context.console.progress("asking the registry for the digests of mlgit")
    for ask in (asked_by_pip, asked_by_uv):
        digests = ask(context)
        if digests:
            return Installation(origin="registry", requirement=PINNED, digests=digests)
    return None


def asked_by_pip(context: Context) -> tuple[str, ...]:
    """Return the digest that pip would install, none where there is no pip or the file is no registry's."""
    words = (
        context.python,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--no-deps",
        "--quiet",
    )
    text = answer(context, (*words, "--report", "-", PINNED))
    try:
        (item,) = json.loads(text)["install"]
        place = item["download_info"]
        found = place["archive_info"]["hashes"]["sha256"]
    except (ValueError, KeyError, TypeError):
        return ()
    return (f"sha256:{found}",) if str(place["url"]).startswith("https://") else ()


def asked_by_uv(context: Context) -> tuple[str, ...]:
    """Return the digests of the files that uv may install, none where there is no uv or they are no registry's."""
    program = which("uv", path=context.environment.get("PATH"))
    if program is None:
        return ()
    with scratch() as folder:
        asked = folder / "asked.in"
        write_atomically(asked, PINNED.encode())
        form = ("--no-deps", "--generate-hashes", "--no-header", "--quiet", "--emit-index-annotation")
        text = answer(context, (program, "pip", "compile", *form, str(asked)))
    return tuple(DIGEST.findall(text)) if "# from https://" in text else ()


def answer(context: Context, command: tuple[str, ...]) -> str:
    """Return what a program prints, nothing when it fails."""
    try:
        done = context.processes.run(
            command, directory=context.directory, environment=context.environment, timeout=PATIENCE
        )
    except MlgitError:
        return ""
    return done.text if done.exit_code == 0 else ""
