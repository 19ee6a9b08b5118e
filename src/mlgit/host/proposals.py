"""One pull request for a branch, one open issue for a cause: found again, updated or created, never doubled.

An issue is closed by whoever sees that its cause is gone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from mlgit.errors import MlgitError
from mlgit.host.document import COMMENT_LIMIT, CommentDocument, fit, size
from mlgit.host.forge import Forge, Issue, Proposal, PullRequest, RefusedError
from mlgit.host.sticky import Posted, ReportKey, marker_of, normal, once, plain

LABEL = "mlgit"
"""The label by which our issues are found again; GitHub makes it when it is new."""
LONGEST_TITLE = 200

Outcome = Literal["created", "updated", "unchanged", "refused"]


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a pull request; `refused` holds the forge's reason when the token may not open one."""

    outcome: Outcome
    pull_request: PullRequest | None = None
    refused: str = ""
    left_out: tuple[str, ...] = ()


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """The issues that were closed, each with its cause and address; `error` says why others may stay open."""

    issues: tuple[tuple[ReportKey, str], ...] = ()
    error: str = ""


def propose(
    forge: Forge, key: ReportKey, *, head: str, base: str, title: str, document: CommentDocument
) -> Proposed:
    """Make one open pull request from branch `head` into `base` say `title` and `document`.

    `head` has to be on the forge already. Raises `ExternalError` when the forge cannot be reached.
    """
    body, left_out = body_of(key, document)
    shown = forge.clean(plain(title))[:LONGEST_TITLE]
    proposal = Proposal(head=head, base=base, title=shown, body=forge.clean(body))
    try:
        proposed = settled(forge, proposal)
    except RefusedError as refused:
        proposed = Proposed(outcome="refused", refused=refused.message)
    return msgspec.structs.replace(proposed, left_out=left_out)


def settled(forge: Forge, proposal: Proposal) -> Proposed:
    """Update the pull request that is open, or open it."""
    pull, state = once(
        lambda: next(iter(forge.pull_requests_from(proposal.head, base=proposal.base)), None),
        lambda: forge.create_pull_request(proposal),
    )
    if state == "created":
        return Proposed(outcome="created", pull_request=pull)
    return refreshed(forge, pull, proposal, fresh=state == "landed")


def refreshed(forge: Forge, pull: PullRequest, proposal: Proposal, *, fresh: bool) -> Proposed:
    """Bring an open pull request up to date; write nothing when it is. `fresh`: it may be of this very run."""
    if (pull.title, normal(pull.body)) == (proposal.title, normal(proposal.body)):
        return Proposed(outcome="created" if fresh else "unchanged", pull_request=pull)
    return Proposed(outcome="updated", pull_request=forge.update_pull_request(pull.number, proposal))


def report_issue(
    forge: Forge, key: ReportKey, *, title: str, document: CommentDocument, newest: bool = True
) -> Posted:
    """Make sure that one issue of ours is open for a cause and says `title` and `document`.

    One that is open already is left as it is unless this is the `newest` there is to say. Raises `ExternalError` when the
    forge cannot be reached; a refusal (403) is a value.
    """
    whole, left_out = body_of(key, document)
    body, shown = forge.clean(whole), forge.clean(plain(title))[:LONGEST_TITLE]
    try:
        posted = opened(forge, marker_of(key), shown, body, newest=newest)
    except RefusedError as refused:
        posted = Posted(outcome="refused", body=body, notes=(refused.message,))
    return msgspec.structs.replace(posted, left_out=left_out)


def opened(forge: Forge, marker: str, title: str, body: str, *, newest: bool) -> Posted:
    """Bring the open issue that starts with `marker` up to date, or open it."""
    issue, state = once(
        lambda: next((one for one in forge.open_issues(LABEL) if carries(one, marker)), None),
        lambda: forge.create_issue(title, body, [LABEL]),
    )
    is_right = (issue.title, normal(issue.body)) == (title, normal(body))
    if state == "created" or not newest or is_right:
        return Posted(outcome="unchanged" if state == "found" else "created", body=body, url=issue.url)
    return Posted(outcome="updated", body=body, url=forge.update_issue(issue.number, title, body).url)


def close_issues(forge: Forge, keys: Collection[ReportKey], said: str) -> Closed:
    """Close the open issues of ours for these causes, each with `said` (Markdown) as its last words.

    What goes wrong is a value, and the next issue is tried all the same: nothing waits for an issue to be closed.
    """
    markers = {marker_of(key): key for key in keys}
    closed: list[tuple[ReportKey, str]] = []
    try:
        found = forge.open_issues(LABEL) if keys else []
    except MlgitError as error:
        return Closed(error=error.message)
    failed = ""
    for issue in found:
        for key in [key for marker, key in markers.items() if carries(issue, marker)]:
            try:
                done = forge.close_issue(issue.number, with_last_words(issue.body, said))
                closed.append((key, done.url))
            except MlgitError as error:
                failed = error.message
    return Closed(issues=tuple(closed), error=failed)


def with_last_words(body: str, said: str) -> str:
    """Return the text of an issue with `said` below it, unless that is more than an issue may hold."""
    whole = f"{normal(body)}\n\n---\n\n{plain(said)}\n"
    return whole if size(whole) <= COMMENT_LIMIT else body


def carries(issue: Issue, marker: str) -> bool:
    """Tell whether an issue is ours and has exactly this marker as its first line."""
    return issue.mine and issue.body.replace("\r\n", "\n").startswith(f"{marker}\n")


def body_of(key: ReportKey, document: CommentDocument) -> tuple[str, tuple[str, ...]]:
    """Return the marked text of a document within the limit, and what was left out of it."""
    marker = marker_of(key)
    fitted = fit(document, COMMENT_LIMIT - size(marker) - 1)
    return f"{marker}\n{plain(fitted.text)}", fitted.left_out
