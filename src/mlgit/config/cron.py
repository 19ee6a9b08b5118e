"""A schedule as GitHub Actions takes it."""

from __future__ import annotations

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
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 6))


def refuse_cron(schedule: str) -> None:
    """Raise `ValueError` for a number outside of its field; names of months and weekdays are left to GitHub."""
    for text, (name, least, most) in zip(schedule.split(" "), FIELDS, strict=True):
        for part in text.split(","):
            span, _, step = part.partition("/")
            if step and (not step.isdigit() or int(step) < 1):
                raise ValueError(f"the {name} {text!r} has a step that is no number")
            for end in span.split("-"):
                if end.isdigit() and not least <= int(end) <= most:
                    raise ValueError(f"the {name} {end} is not between {least} and {most}")
                if not end or (not end.isdigit() and end != "*" and not end.isalpha()):
                    raise ValueError(f"the {name} {text!r} is none")
