"""A check run with the verdict: created once."""

from __future__ import annotations

import hashlib

import msgspec

from mlgit.host.document import CommentDocument, fit
from mlgit.host.forge import Check, Conclusion, Forge, NewCheck, RefusedError
from mlgit.host.sticky import ReportKey, marker_of, once, plain

LONGEST_TEXT = 65_000
"""Bytes of UTF-8 in the summary; GitHub takes 65,535 characters."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check run says about a commit."""

    name: str
    head_sha: str
    conclusion: Conclusion
    title: str
    document: CommentDocument


class CheckPosted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a check run; `refused` holds the forge's reason when the token may not write one.

    `left_out` names what its summary lacks.
    """

    url: str = ""
    refused: str = ""
    left_out: tuple[str, ...] = ()


def post_check(forge: Forge, key: ReportKey, verdict: Verdict) -> CheckPosted:
    """Make sure that a check run says the verdict.

    Raises `ExternalError` when the forge cannot be reached; a refusal (403) is a value.
    """
    fitted = fit(verdict.document, LONGEST_TEXT)
    title, summary = plain(verdict.title)[:200], plain(fitted.text)
    new = NewCheck(
        name=verdict.name,
        head_sha=verdict.head_sha,
        key=check_key(key, verdict.conclusion, title, summary),
        conclusion=verdict.conclusion,
        title=title,
        summary=summary,
    )
    try:
        check, _ = once(lambda: existing(forge, new), lambda: forge.create_check(new))
    except RefusedError as refused:
        return CheckPosted(refused=refused.message, left_out=fitted.left_out)
    return CheckPosted(url=check.url, left_out=fitted.left_out)


def existing(forge: Forge, new: NewCheck) -> Check | None:
    """Return the check run of this very verdict when it exists; the oldest when there are several."""
    found = [check for check in forge.checks(new.head_sha, new.name) if check.key == new.key]
    return min(found, key=lambda check: check.id, default=None)


def check_key(key: ReportKey, *said: str) -> str:
    """Return the name by which a verdict's check run is known again: a digest of all that it says."""
    content = msgspec.json.encode((marker_of(key), *said))
    return f"mlgit-{hashlib.sha256(content).hexdigest()[:40]}"
