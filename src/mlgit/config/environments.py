"""`environments:` in `mlgit.yaml`: where models run, in which order they get there, and who lets them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from mlgit.config.images import Cluster, Image, Target
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
        check_followed(environments, document, name)


def follows(environment: Environment | None) -> Cluster | None:
    """Return the target of an environment that a cluster brings about by itself from `deploy/`; None of any other."""
    target = environment.target if environment is not None else None
    return target if isinstance(target, Cluster) and target.followed else None


def check_followed(environments: Mapping[str, Environment], document: Document, name: str) -> None:
    """Raise `UsageError` (`target-followed`) for a folder to follow that no image comes to, or that nobody can ask what runs."""
    target, before = follows(environments[name]), environment_before(environments, name)
    if target is None:
        return
    earlier = environments[before].target if before is not None else None
    builds = isinstance(earlier, Image) and bool(earlier.push)
    lacking = {
        "it needs an `address`, where what runs is asked": target.address is None,
        "the environment before it has to build images and push them": not builds
        or follows(environments[before or ""]) is not None,
        "`overlay` is for `kubectl`; an overlay of your own takes this folder instead": target.overlay
        is not None,
    }
    for what, lacks in lacking.items():
        if lacks:
            raise UsageError(
                "target-followed",
                f"environments.{name}.target: followed: {what}",
                hint="mlgit help delivery shows one for Argo CD and Flux",
                where=document.place("environments", name, "target", "followed"),
            )


def out_of_order(what: str, document: Document, name: str) -> UsageError:
    """Return the error for an order that nobody can follow."""
    return UsageError(
        "environment-order",
        f"environments.{name}.after: {what}",
        hint="name another environment of mlgit.yaml, or leave `after` out",
        where=document.place("environments", name, "after"),
    )
