"""`ct.groups` in `mlgit.yaml`: which models one pull request proposes together after a retraining."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from mlgit.config.part import FORM
from mlgit.errors import UsageError

if TYPE_CHECKING:
    from mlgit.yamlfile import Document

ModelPattern = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9*][a-z0-9*_-]{0,62}$(?!\n)",
        extra={FORM: "the name of a model, in which * stands for any letters"},
    ),
]
Groups = Mapping[str, tuple[ModelPattern, ...]]


def group_of(groups: Groups, models: Iterable[str]) -> str:
    """Return the first group that one of these models is of, which a pipeline trains together; empty where none is."""
    names = tuple(models)
    return next(
        (group for group, patterns in groups.items() if any(fits(patterns, name) for name in names)), ""
    )


def fits(patterns: Iterable[str], model: str) -> bool:
    """Tell whether a model is named by one of the patterns.

    >>> fits(["churn-*"], "churn-de"), fits(["churn-*"], "churn")
    (True, False)
    """
    return any(fnmatchcase(model, pattern) for pattern in patterns)


def check_groups(groups: Groups, models: Iterable[str], document: Document) -> None:
    """Raise `UsageError` (`config-group`) with the line of the first group that means nothing."""
    for path, said, hint in mistakes(groups, tuple(models)):
        raise UsageError("config-group", said, hint=hint, where=document.place("ct", "groups", *path))


def mistakes(groups: Groups, models: tuple[str, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Yield what is wrong with the groups: the key, the sentence, the hint."""
    known, taken = ", ".join(models) or "none", dict[str, str]()
    for group, patterns in groups.items():
        if group in models:
            yield (
                (group,),
                f"ct.groups.{group} has the name of a model, and both would be proposed from one branch",
                "give the group another name",
            )
        for place, pattern in enumerate(patterns):
            if not any(fits([pattern], name) for name in models):
                yield (
                    (group, place),
                    f"ct.groups.{group} names {pattern!r}, which is no model",
                    f"its models are: {known}",
                )
        for name in (name for name in models if fits(patterns, name)):
            if name in taken:
                yield (
                    (group,),
                    f"the model {name} is in two groups, {taken[name]} and {group}",
                    "let it be in one of them: only one pull request can propose it",
                )
            taken[name] = group
