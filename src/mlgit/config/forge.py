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


Owner = Annotated[
    str,
    Meta(
        pattern=r"^(?:@[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?|[^\s@#]+@[^\s@#]+\.[^\s@#]+)$(?!\n)",
        max_length=200,
        extra={FORM: "@user, @organisation/team or an address of mail, as CODEOWNERS has it"},
    ),
]


class Rules(Part, frozen=True, kw_only=True):
    """What the default branch asks of a change."""

    reviews: Annotated[int, Meta(description="Approvals that a pull request needs.", ge=0, le=10)] = 1
    owners: Annotated[
        tuple[Owner, ...],
        Meta(
            description="Who approves a change of gates, schemas, environments and workflows: the file CODEOWNERS names them, "
            "and a pull request needs one of them.",
            max_length=50,
        ),
    ] = ()
    signatures: Annotated[
        bool,
        Meta(
            description="Every commit is signed. The host then makes the commits of retrainings and data updates, and signs them."
        ),
    ] = False
    queue: Annotated[bool, Meta(description="Pull requests are merged by a merge queue.")] = False


class Forge(Part, frozen=True, kw_only=True):
    """What the host of the repository asks of the workflows."""

    rules: Annotated[
        Rules | None,
        Meta(
            description="What the default branch asks of a change: `mlgit sync` writes it as a ruleset to import, and "
            "`mlgit doctor --forge` compares it with what stands. Default: nothing is said."
        ),
    ] = None
    show_values: Annotated[
        bool,
        Meta(
            description="Comments, issues, summaries and logs of jobs show values of the data that break a rule or changed. "
            "Otherwise only `mlgit data check` and `mlgit data diff` on your own machine do."
        ),
    ] = False
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
