"""Bring the pin table of actions up to date: `python docs/refresh_pins.py`; `--check` fails when there is something to do.

For each action of `src/mlgit/render/pins.py` it asks GitHub (`GITHUB_API_URL`, with `GITHUB_TOKEN` where one is set) for
the newest release and the commit that its tag names. A release younger than a week is left for later: most releases
that were tampered with are found within days.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlgit.errors import ExternalError, MlgitError
from mlgit.render.pins import COMMIT, PINS, VERSION, Pin
from mlgit.world.files import write_atomically
from mlgit.world.http import ExchangeError, Request, Secret, SystemTransport, origin, proxy_for

TABLE = Path(__file__).resolve().parents[1] / "src" / "mlgit" / "render" / "pins.py"
API = "https://api.github.com"
A_WEEK = 7 * 24 * 3600.0
Ask = Callable[[str], dict[str, Any]]
"""Return what GitHub answers for a path below `/repos/`."""


def asker(environment: dict[str, str]) -> Ask:
    """Return what asks GitHub's API."""
    place = origin(environment.get("GITHUB_API_URL") or API)
    transport = SystemTransport(place, proxy=proxy_for(place, environment))
    token = environment.get("GITHUB_TOKEN")
    headers = (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28"))

    def ask(path: str) -> dict[str, Any]:
        request = Request(
            method="GET",
            target=f"{place.prefix}/repos/{path}",
            headers=headers,
            secret=Secret(token) if token else None,
        )
        try:
            reply = transport.exchange(request)
        except ExchangeError as error:
            raise ExternalError("pins-unreachable", f"GitHub cannot be reached: {error.reason}") from error
        if reply.status != 200:
            raise ExternalError("pins-refused", f"GitHub answered {reply.status} to {path}")
        value = json.loads(reply.body)
        if not isinstance(value, dict):
            raise ExternalError("pins-refused", f"GitHub answered something else than an object to {path}")
        return value

    return ask


def newest(ask: Ask, action: str, pin: Pin, now: float) -> Pin:
    """Return the pin of the newest release that is old enough; the present one when there is none newer."""
    release = ask(f"{action}/releases/latest")
    tag = str(release.get("tag_name", ""))
    published = datetime.fromisoformat(str(release.get("published_at", "")).replace("Z", "+00:00"))
    if not VERSION.match(tag) or numbers(tag) <= numbers(pin.version):
        return pin
    if now - published.astimezone(UTC).timestamp() < A_WEEK:
        return pin
    return Pin(commit_of(ask, action, tag), tag)


def commit_of(ask: Ask, action: str, tag: str) -> str:
    """Return the commit that a tag names, an annotated tag followed to it."""
    found = ask(f"{action}/git/ref/tags/{tag}")["object"]
    for _ in range(3):
        if found["type"] != "tag":
            break
        found = ask(f"{action}/git/tags/{found['sha']}")["object"]
    if found["type"] != "commit" or not COMMIT.match(found["sha"]):
        raise ExternalError("pins-refused", f"the tag {tag} of {action} names no commit")
    return str(found["sha"])


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def rewritten(text: str, pins: dict[str, Pin]) -> str:
    """Return the text of the table with other pins."""
    for action, pin in pins.items():
        line = re.compile(rf'^    "{re.escape(action)}": Pin\("[^"]*", "[^"]*"\),$', re.MULTILINE)
        text, count = line.subn(f'    "{action}": Pin("{pin.commit}", "{pin.version}"),', text)
        if count != 1:
            raise ExternalError("pins-table", f"the table has {count} lines for {action}")
    return text


def main(arguments: list[str], table: Path = TABLE) -> int:
    """Ask, tell what is newer, and write the table unless only asked to check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when something is newer")
    only_check = parser.parse_args(arguments).check
    try:
        ask = asker(dict(os.environ))
        found = {action: newest(ask, action, pin, time.time()) for action, pin in PINS.items()}
        text = rewritten(table.read_text(), found)
    except MlgitError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return error.exit_code
    for action, pin in found.items():
        if pin != PINS[action]:
            sys.stdout.write(f"{action}: {PINS[action].version} -> {pin.version} ({pin.commit})\n")
    if only_check:
        return int(found != PINS)
    write_atomically(table, text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
