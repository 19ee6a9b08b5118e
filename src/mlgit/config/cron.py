"""A schedule as GitHub Actions takes it: POSIX cron in UTC, five fields, names of months and weekdays."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from mlgit.config.part import FORM

Cron = Annotated[
    str,
    Meta(
        pattern=r"^[0-9*,/-]+(?: [0-9A-Z*,/-]+){4}$",
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
    what = f"{text} is not" if text.isdigit() else f"{text!r} is no list, span or step of numbers"
    return ValueError(f"the {name} {what} between {limits}")
