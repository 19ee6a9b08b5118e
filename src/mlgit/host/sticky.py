"""The one comment: found again, updated or created, never doubled.

A comment is ours when its author is the identity we write with and its first line is exactly the marker of this
workflow and report. A quotation of the marker, in a person's comment or further down in one of ours, is not a match.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec

from mlgit.host.document import COMMENT_LIMIT, CommentDocument, fit, size
from mlgit.host.forge import Comment, ExistsError, Forge, RefusedError, UncertainError

UNSAFE = re.compile(r"[^A-Za-z0-9]+")

Outcome = Literal["created", "updated", "unchanged", "refused"]


class ReportKey(msgspec.Struct, frozen=True, kw_only=True):
    """Which comment: the workflow that writes it and the report it shows. Any two texts, each pair its own comment."""

    workflow: str
    report: str


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a comment.

    `outcome` `refused`: the token may not write (a fork's); `body` is what would have been posted, for the job summary.
    `left_out` names what was shortened, `notes` what the user should know.
    """

    outcome: Outcome
    body: str
    url: str = ""
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def post_report(forge: Forge, pull_request: int, key: ReportKey, document: CommentDocument) -> Posted:
    """Make the one comment of `key` on a pull request show `document`.

    Raises `ExternalError` when the forge cannot be reached; a refusal (403) is a value.
    """
    marker = marker_of(key)
    fitted = fit(document, COMMENT_LIMIT - size(marker) - 1)
    body = forge.clean(f"{marker}\n{plain(fitted.text)}")
    try:
        posted = place(forge, pull_request, marker, body)
    except RefusedError as refused:
        posted = Posted(outcome="refused", body=body, notes=(refused.message,))
    return msgspec.structs.replace(posted, left_out=fitted.left_out)


def place(forge: Forge, number: int, marker: str, body: str) -> Posted:
    """Update the comment that starts with `marker`, or create it."""

    def ours() -> list[Comment] | None:
        return [comment for comment in forge.comments(number) if is_ours(comment, marker)] or None

    found, state = once(ours, lambda: [forge.create_comment(number, body)])
    if state == "created":
        return created(found[0], body)
    return refresh(forge, found, body, fresh=state == "landed")


def refresh(forge: Forge, found: list[Comment], body: str, *, fresh: bool) -> Posted:
    """Bring the oldest of our comments up to date; write nothing when it is. `fresh`: it is of this very run."""
    oldest = min(found, key=lambda comment: comment.id)
    notes = duplicate_notes(found)
    if normal(oldest.body) == normal(body):
        outcome: Outcome = "created" if fresh else "unchanged"
        return Posted(outcome=outcome, body=body, url=oldest.url, notes=notes)
    comment = forge.update_comment(oldest.id, body)
    return Posted(outcome="updated", body=body, url=comment.url, notes=notes)


def created(comment: Comment, body: str) -> Posted:
    """Return the result for a new comment, with a warning when it is not written under the name we look for."""
    notes = () if comment.mine else (foreign_note(comment.author),)
    return Posted(outcome="created", body=body, url=comment.url, notes=notes)


def marker_of(key: ReportKey) -> str:
    """Return the hidden first line of a report's comment.

    The names are for people and reduced to letters, digits and single dashes, so that nothing in them ends the HTML
    comment; the digest tells any two keys apart.
    """
    parts = [text.encode("utf-8", "surrogatepass") for text in (key.workflow, key.report)]
    whole = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    digest = hashlib.sha256(whole).hexdigest()[:32]
    return f"<!-- mlgit:comment workflow={shown(key.workflow)} report={shown(key.report)} key={digest} -->"


def is_ours(comment: Comment, marker: str) -> bool:
    """Tell whether a comment is written by us and has exactly this marker as its first line."""
    return comment.mine and comment.body.replace("\r\n", "\n").startswith(f"{marker}\n")


def shown(name: str) -> str:
    """Return a name reduced to what cannot harm a marker, 40 characters at most."""
    return UNSAFE.sub("-", name[:200])[:40].strip("-") or "none"


def plain(text: str) -> str:
    """Return the text without what JSON and GitHub cannot keep: lone surrogates, NUL, carriage returns."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return clean.encode("utf-8", "replace").decode("utf-8")


def normal(body: str) -> str:
    """Return a body as it compares: GitHub may change line ends and blank ends."""
    return body.replace("\r\n", "\n").strip()


def duplicate_notes(found: list[Comment]) -> tuple[str, ...]:
    """Return what to say when we have more comments of one key than one."""
    if len(found) == 1:
        return ()
    others = sorted(comment.id for comment in found)[1:]
    urls = ", ".join(comment.url for comment in found if comment.id in others)
    return (
        f"this report has {len(found)} comments; the oldest is kept up to date, delete the others: {urls}",
    )


def foreign_note(author: str) -> str:
    """Return what to say when the token writes under another name than the one we look for."""
    return (
        f"the comment was written as {author!r}, but its next version is looked for under another name: "
        f"set MLGIT_FORGE_LOGIN to that name, or the next run adds another comment"
    )


ATTEMPTS = 4
"""How often a thing is created at most, each time after a look that did not find it."""

T = TypeVar("T")


def once(
    look: Callable[[], T | None], create: Callable[[], T]
) -> tuple[T, Literal["found", "created", "landed"]]:
    """Return the thing, and whether it was there, is new, or was found after an answer that left it open.

    After such an answer it looks before it tries again. Raises what `create` raises when nothing else helps.
    """
    for attempt in range(ATTEMPTS):
        found = look()
        if found is not None:
            return found, "landed" if attempt else "found"
        try:
            return create(), "created"
        except (UncertainError, ExistsError) as error:
            doubt = error
    found = look()
    if found is None:
        raise doubt
    return found, "landed"
