"""The names of the columns: present, and told apart."""

from __future__ import annotations

from collections import Counter

from mlgit.errors import UsageError


def refuse_names(names: tuple[str, ...], where: str) -> None:
    """Raise `UsageError` for a blank header, one column, a column without a name, and names that differ only in case."""
    if not any(name.strip() for name in names):
        raise UsageError(
            "data-blank-header",
            "the first line is blank: it has to name the columns",
            hint="take the blank line out, or write a header",
            where=where,
        )
    if len(names) == 1:
        raise UsageError(
            "data-one-column",
            f"the table has one column, {names[0]!r}: a model needs something to learn from beside the target",
            hint="columns are divided by a comma, a semicolon, a tab or |",
            where=where,
        )
    for position, name in enumerate(names, start=1):
        if not name.strip():
            raise UsageError(
                "data-blank-header",
                f"column {position} has no name",
                hint="name it in the first line; an index that pandas wrote goes away with to_csv(index=False)",
                where=where,
            )
    alike = Counter(name.strip().casefold() for name in names)
    twice = [name for name in names if alike[name.strip().casefold()] > 1]
    if twice:
        raise UsageError(
            "data-duplicate-header",
            f"columns share a name: {', '.join(repr(name) for name in twice)}",
            hint="rename all but one; names that differ only in case or outer blanks count as the same",
            where=where,
        )


def is_number(text: str) -> bool:
    """Tell whether a name in a header is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
