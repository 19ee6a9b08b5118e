"""A check run with the verdict: created once, its annotations added in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from mlgit.host.document import CommentDocument, fit
from mlgit.host.forge import (
    MOST_ANNOTATIONS,
    Annotation,
    Check,
    CheckOutput,
    Conclusion,
    Forge,
    NewCheck,
    RefusedError,
)
from mlgit.host.retry import UncertainError
from mlgit.host.sticky import ReportKey, marker_of, plain

ATTEMPTS = 4
MOST_IN_ALL = 500
"""Annotations of one check, ten requests: what a person reads ends long before, and an hour has 500 writes."""
LONGEST_TEXT = 65_000
"""Bytes of UTF-8 in the summary; GitHub takes 65,535 characters."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a check run says about a commit."""

    name: str
    head_sha: str
    conclusion: Conclusion
    title: str
    document: CommentDocument
    annotations: tuple[Annotation, ...] = ()


class CheckPosted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a check run; `refused` holds the forge's reason when the token may not write one.

    `left_out` names what its summary lacks, `annotations_left_out` counts the annotations beyond the most we send.
    """

    url: str = ""
    refused: str = ""
    left_out: tuple[str, ...] = ()
    annotations_left_out: int = 0


def post_check(forge: Forge, key: ReportKey, verdict: Verdict) -> CheckPosted:
    """Make sure that a check run says the verdict, with all its annotations (500 at most).

    Raises `ExternalError` when the forge cannot be reached; a refusal (403) is a value.
    """
    fitted = fit(verdict.document, LONGEST_TEXT)
    annotations = tuple(cleaned(one) for one in verdict.annotations[:MOST_IN_ALL])
    output = CheckOutput(title=plain(verdict.title)[:200], summary=plain(fitted.text))
    new = NewCheck(
        name=verdict.name,
        head_sha=verdict.head_sha,
        key=check_key(key, verdict.conclusion, output, annotations),
        conclusion=verdict.conclusion,
        output=msgspec.structs.replace(output, annotations=annotations[:MOST_ANNOTATIONS]),
    )
    try:
        check = settled(forge, new)
        while check.annotations < len(annotations):
            check = extended(forge, new, check, output, annotations)
    except RefusedError as refused:
        return CheckPosted(refused=refused.message, left_out=fitted.left_out)
    beyond = len(verdict.annotations) - len(annotations)
    return CheckPosted(url=check.url, left_out=fitted.left_out, annotations_left_out=beyond)


def settled(forge: Forge, new: NewCheck) -> Check:
    """Return the check run of this very verdict, created when a look does not find it."""
    for _ in range(ATTEMPTS):
        found = standing(forge, new)
        if found is not None:
            return found
        try:
            return forge.create_check(new)
        except UncertainError as error:
            doubt = error
    found = standing(forge, new)
    if found is None:
        raise doubt
    return found


def extended(
    forge: Forge, new: NewCheck, check: Check, output: CheckOutput, annotations: Sequence[Annotation]
) -> Check:
    """Add the next annotations; after a doubtful answer count what is there before adding again."""
    batch = tuple(annotations[check.annotations : check.annotations + MOST_ANNOTATIONS])
    count = check.annotations + len(batch)
    for _ in range(ATTEMPTS):
        try:
            longer = forge.extend_check(check.id, msgspec.structs.replace(output, annotations=batch))
            return msgspec.structs.replace(longer, annotations=max(longer.annotations, count))
        except UncertainError as error:
            doubt = error
        found = standing(forge, new)
        if found is not None and found.annotations >= count:
            return found
    raise doubt


def standing(forge: Forge, new: NewCheck) -> Check | None:
    """Return the check run of this very verdict when it exists; the oldest when there are several."""
    found = [check for check in forge.checks(new.head_sha, new.name) if check.key == new.key]
    return min(found, key=lambda check: check.id, default=None)


def cleaned(one: Annotation) -> Annotation:
    """Return an annotation with texts that the forge can keep, of a length it takes."""
    return msgspec.structs.replace(
        one, path=plain(one.path), title=plain(one.title)[:255], message=plain(one.message)[:16_000]
    )


def check_key(
    key: ReportKey, conclusion: Conclusion, output: CheckOutput, annotations: Sequence[Annotation]
) -> str:
    """Return the name by which a verdict's check run is known again: a digest of all that it says."""
    content = msgspec.json.encode((marker_of(key), conclusion, output, tuple(annotations)))
    return f"mlgit-{hashlib.sha256(content).hexdigest()[:40]}"
