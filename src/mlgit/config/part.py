"""What the classes of `mlgit.yaml` are made of: a part, and the values that occur in several."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, Struct

FORM = "form"
"""Where the `extra` of a text says in words what its pattern takes; `words` puts it into messages."""
NAME_FORM = {FORM: "a name of a-z, 0-9, - and _ that starts with a letter or digit, 63 characters at most"}
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$(?!\n)", extra=NAME_FORM)]
NO_EXPRESSION = r"(?!.*\$\{\{)"
"""Refuses what GitHub would evaluate: a value of `mlgit.yaml` never becomes an expression of a workflow."""
RelativePath = Annotated[
    str,
    Meta(
        pattern=rf"^(?!/){NO_EXPRESSION}(?!.*(?:^|/)\.\.(?:/|$))[^\x00-\x1f\\]+$(?!\n)",
        max_length=400,
        extra={FORM: "a path inside the repository: with /, without a / at its start, .. and ${{"},
    ),
]
RunnerLabel = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/=-]*$(?!\n)",
        max_length=100,
        extra={FORM: "the label of a runner, such as ubuntu-24.04 or self-hosted"},
    ),
]
BranchName = Annotated[
    str,
    Meta(
        pattern=r"^(?![-/.])(?!.*(?:\.\.|//|@\{))[A-Za-z0-9._/+@-]+(?<![/.])$(?!\n)",
        max_length=200,
        extra={FORM: "the name of a branch, such as main or release/1.x"},
    ),
]
Requirement = Annotated[
    str,
    Meta(
        pattern=rf"^{NO_EXPRESSION}[A-Za-z0-9./][^\x00-\x1f]*$(?!\n)",
        max_length=400,
        extra={FORM: "a requirement as pip takes it, in one line and without ${{"},
    ),
]
SourceWord = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f]+$(?!\n)",
        max_length=1000,
        extra={FORM: "a text in one line that is not empty"},
    ),
]
PinnedImage = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$(?!\n)",
        max_length=400,
        extra={FORM: "an image with its digest, such as docker.io/library/python@sha256:..."},
    ),
]
CardText = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x08\x0b-\x1f\x7f]*$(?!\n)",
        max_length=4000,
        extra={FORM: "a text that is not empty"},
    ),
]
Minutes = Annotated[int, Meta(ge=1, le=4320)]


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A part of `mlgit.yaml`: an unknown key is an error."""


Cron = Annotated[
    str,
    Meta(
        pattern=r"^[0-9*,/-]+(?: [0-9A-Z*,/-]+){4}$(?!\n)",
        max_length=100,
        extra={FORM: "five fields of cron with one space between them, such as 17 3 * * 1"},
    ),
]
FIELDS = {
    "minute": ("minute", "0 and 59"),
    "hour": ("hour", "0 and 23"),
    "day-of-month": ("day", "1 and 31"),
    "month": ("month", "1 and 12"),
    "day-of-week": ("weekday", "0 and 6"),
}
"""The fields in their order, by the name that cronsim gives them: the name here, and between what they are."""
NAMES = re.compile("JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT")


def refuse_cron(schedule: str) -> None:
    """Raise `ValueError` for a schedule that GitHub refuses, and for one that never comes, such as 30 February."""
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    weekday = schedule.split(" ")[-1]
    foreign = [word for word in re.findall("[A-Z]+", schedule) if not NAMES.fullmatch(word)]
    if foreign:
        raise ValueError(
            f"{foreign[0]} is no name of a month or a weekday, and L, W and # are not for GitHub"
        )
    if re.search(r"(?<![0-9/])0*7(?![0-9])", weekday):
        raise wrong_field("day-of-week", weekday)
    try:
        CronSim(schedule, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        field = str(error).removeprefix("Bad ")
        raise wrong_field(
            field, dict(zip(FIELDS, schedule.split(" "), strict=True)).get(field, schedule)
        ) from error


def wrong_field(field: str, text: str) -> ValueError:
    """Return the error for one field."""
    name, limits = FIELDS.get(field, ("schedule", "them"))
    if name == "day" and text.isdigit() and 1 <= int(text) <= 31:
        return ValueError(f"the day {text} is not in any month that the schedule names: it would never start")
    what = f"{text} is not" if text.isdigit() else f"{text!r} is no list, span or step of numbers"
    return ValueError(f"the {name} {what} between {limits}")
