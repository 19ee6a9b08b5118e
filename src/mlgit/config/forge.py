"""What a company changes in the rendered workflows: the actions that they use."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from mlgit.config.part import FORM, Part

ActionName = Literal[
    "actions/cache",
    "actions/checkout",
    "actions/create-github-app-token",
    "actions/download-artifact",
    "actions/upload-artifact",
    "astral-sh/setup-uv",
    "aws-actions/configure-aws-credentials",
    "azure/login",
    "google-github-actions/auth",
]
"""The actions that rendered workflows use."""
PinnedAction = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}@[0-9a-f]{40}$(?!\n)",
        extra={FORM: "an action by its commit: owner/repository@ and 40 digits of a-f and 0-9"},
    ),
]


class Forge(Part, frozen=True, kw_only=True):
    """What the host of the repository asks of the workflows."""

    host: Annotated[
        Literal["github", "enterprise-server"],
        Meta(
            description="`enterprise-server`: artifacts in the form that a GitHub Enterprise Server of your own takes, which has "
            "no newer one."
        ),
    ] = "github"
    actions: Annotated[
        dict[ActionName, PinnedAction],
        Meta(
            description="Actions in place of those that mlgit pins, each by its commit: a mirror, or the version that your "
            "GitHub Enterprise Server can run."
        ),
    ] = field(default_factory=dict)
