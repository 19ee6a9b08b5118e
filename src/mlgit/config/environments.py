"""`environments:` in `mlgit.yaml`: where models run, in which order they get there, and who lets them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from mlgit.config.images import Target
from mlgit.config.part import Name, Part
from mlgit.errors import UsageError

if TYPE_CHECKING:
    from mlgit.yamlfile import Document

Approval = Literal["gate", "pull_request"]


class Environment(Part, frozen=True, kw_only=True):
    """A place where models run. Which versions it has to run stands in `deploy/<name>.yaml` on the default branch."""

    approval: Annotated[
        Approval,
        Meta(
            description="What lets a version in. `gate`: its gates have to pass against what runs there, and it goes in "
            "by a commit. `pull_request`: a person merges; a failed gate is refused all the same."
        ),
    ] = "pull_request"
    after: Annotated[
        Name | None,
        Meta(
            description="Only what this environment runs may be promoted here. Default: the one above in `mlgit.yaml`; "
            "the first takes any version."
        ),
    ] = None
    target: Annotated[
        Target | None,
        Meta(
            description="What makes its models run, by `mlgit deploy`. Default: something else reads `deploy/`."
        ),
    ] = None


def environment_before(environments: Mapping[str, Environment], name: str) -> str | None:
    """Return the environment whose versions alone may go to `name`; None for the first."""
    if environments[name].after is not None:
        return environments[name].after
    names = list(environments)
    place = names.index(name)
    return names[place - 1] if place else None


def check_environments(environments: Mapping[str, Environment], document: Document) -> None:
    """Raise `UsageError` (`environment-order`) for an environment that comes after itself, or after none there is."""
    for name, environment in environments.items():
        before = environment.after
        if before is not None and before not in environments:
            raise out_of_order(f"there is no environment {before!r}", document, name)
        seen = {name}
        following = environment_before(environments, name)
        while following is not None:
            if following in seen:
                raise out_of_order(f"{name!r} comes after itself", document, name)
            seen.add(following)
            following = environment_before(environments, following)


def out_of_order(what: str, document: Document, name: str) -> UsageError:
    """Return the error for an order that nobody can follow."""
    return UsageError(
        "environment-order",
        f"environments.{name}.after: {what}",
        hint="name another environment of mlgit.yaml, or leave `after` out",
        where=document.place("environments", name, "after"),
    )
