"""What the message of a version's tag says: one line for people, one for programs, then the model card. Pure.

    churn v1.2.0: PASS against v1.1.0

    Mlgit-Version: {"form":1,"model":"churn",...}

    # Model card ...

    Mlgit-Golden: [{"send":...,"expect":...}]     where the commit of the version brings none
    No golden predictions: ...                    where none could be made either

The line for programs is JSON in one line. Anybody who may push writes tags: it is read strictly and within bounds, and
what it says is held against the name and the commit of its tag.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from mlgit.errors import UsageError
from mlgit.stats.decision import Verdict

FIELD = "Mlgit-Version: "
GOLDEN = "Mlgit-Golden: "
NO_GOLDEN = "No golden predictions: "
HEAD_LINES = 3
"""Lines of a message that hold everything but the card."""
MAXIMUM = 64_000
"""Characters of the line for programs."""
DIGEST = r"(?:md5:[0-9a-f]{32}(?:\.dir)?|git:[0-9a-f]{40,64})"
"""The content of a model, as DVC or Git names it."""
Digest = Annotated[str, Meta(pattern=rf"^{DIGEST}$(?!\n)")]
Sha256 = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{64})?$(?!\n)")]
Text = Annotated[str, Meta(max_length=1000)]
Number = int | float


class RunReference(Struct, frozen=True, kw_only=True):
    """The record of the training: where it lies, and its digest."""

    path: Text = ""
    sha256: Sha256 = ""


class Predictions(Struct, frozen=True, kw_only=True):
    """The predictions on the test set at the version's commit: their file, and the blob or digest of its content."""

    path: Text = ""
    digest: Annotated[str, Meta(max_length=100)] = ""


class VersionRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version as it was registered."""

    form: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    model: Text
    version: Annotated[str, Meta(max_length=100)]
    commit: Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?$(?!\n)")]
    artifact: Annotated[Text, Meta(description="The model, from the root of the repository.")]
    output: Annotated[Text, Meta(description="The output of the pipeline that the digest is of.")]
    digest: Annotated[Digest, Meta(description="`md5:` as dvc.lock has it, of a folder with `.dir`.")]
    size: Annotated[int, Meta(ge=0)] | None = None
    run: RunReference = RunReference()
    metrics: Annotated[dict[str, dict[str, Number]], Meta(description="By file and name.")] = {}
    verdict: Annotated[Verdict | None, Meta(description="What the gates said; null: nothing was asked.")] = (
        None
    )
    against: Annotated[str, Meta(max_length=100, description="The version it was gated against.")] = ""
    predictions: Predictions = Predictions()


def message(record: VersionRecord, card: str, golden: str = "", none: str = "") -> str:
    """Return the message of a tag; `golden` are golden predictions as JSON in one line, `none` says why it has none."""
    against = f" against {record.against}" if record.against else ""
    verdict = f"gates {record.verdict}" if record.verdict is not None else "no verdict"
    last = f"\n\n{GOLDEN}{golden}\n" if golden else f"\n\n{NO_GOLDEN}{none}\n" if none else ""
    return (
        f"{record.model} {record.version}: {verdict}{against}\n\n{FIELD}"
        f"{msgspec.json.encode(record).decode()}\n\n{card}{last}"
    )


def golden_in(text: str) -> str:
    """Return the golden predictions that a message keeps, empty where it keeps none."""
    last = text.rstrip("\n").rpartition("\n")[2]
    return last.removeprefix(GOLDEN) if last.startswith(GOLDEN) else ""


def without_golden(text: str) -> str:
    """Return a message, or the end of one, without the golden predictions that it keeps."""
    return text.rstrip("\n").rpartition("\n")[0].rstrip("\n") + "\n" if golden_in(text) else text


def read(text: str) -> VersionRecord | None:
    """Return what a message says of a version; None for one that GTO or a person wrote.

    Raises `UsageError` (`version-record`) for one that starts like ours and is not.
    """
    lines = text.split("\n", HEAD_LINES)
    found = lines[2] if len(lines) > 2 else ""
    if not found.startswith(FIELD):
        return None
    if len(found) > MAXIMUM:
        raise not_readable(f"it has more than {MAXIMUM:,} characters")
    try:
        return msgspec.json.decode(found.removeprefix(FIELD).rstrip("\r"), type=VersionRecord)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise not_readable(str(error)) from error


def not_readable(why: str) -> UsageError:
    """Return the error for a line that is no record."""
    return UsageError("version-record", f"the line {FIELD.strip()} of the tag cannot be read: {why}")


def fields_that_differ(record: VersionRecord, others: dict[str, Any]) -> list[str]:
    """Return what a record says otherwise than `others`, as sentences."""
    return [
        f"its message says {name} {getattr(record, name)!r} instead of {known!r}"
        for name, known in others.items()
        if getattr(record, name) != known
    ]
