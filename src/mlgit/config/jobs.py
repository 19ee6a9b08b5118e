"""What the jobs of CI run on and in: runners and their groups, containers, system packages, an index of packages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from mlgit.config.part import FORM, NO_EXPRESSION, Part, PinnedImage, RunnerLabel
from mlgit.config.remote import Environment, SecretName

GroupName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9 ._/-]*[A-Za-z0-9._-])?$(?!\n)",
        max_length=100,
        extra={FORM: "the name of a runner group: letters, digits, blanks, ., _, - and /"},
    ),
]
SystemPackage = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+)?$(?!\n)",
        max_length=200,
        extra={FORM: "the name of a package as apt has it, such as libgomp1 or libgomp1=14.2.0-4"},
    ),
]
ContainerOptions = Annotated[
    str,
    Meta(
        pattern=rf"^{NO_EXPRESSION}--?[A-Za-z][^\x00-\x1f]*$(?!\n)",
        max_length=400,
        extra={FORM: "options in one line that start with - and hold no ${{"},
    ),
]
UserName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$(?!\n)",
        max_length=200,
        extra={FORM: "a user name: letters, digits and . _ @ + -"},
    ),
]


class RunnerGroup(Part, frozen=True, kw_only=True):
    """Runners of an organisation, by the name of their group."""

    group: Annotated[
        GroupName, Meta(description="The name of the group, `organisation/name` where two have it.")
    ]
    labels: Annotated[
        tuple[RunnerLabel, ...], Meta(description="What a runner of the group has to have besides.")
    ] = ()


RunnerChoice = tuple[RunnerLabel, ...] | RunnerGroup


def runner_words(runner: RunnerChoice) -> tuple[str, ...]:
    """Return every word that tells a runner: its labels, and its group after them."""
    return (*runner.labels, runner.group) if isinstance(runner, RunnerGroup) else runner


class Container(Part, frozen=True, kw_only=True):
    """The image that jobs without rights run in; it has bash, git, tar and the certificates, and its user is root."""

    image: Annotated[PinnedImage, Meta(description="The image by its digest.")]
    options: Annotated[
        ContainerOptions | None,
        Meta(description="What `docker create` is told besides, such as `--gpus all`."),
    ] = None


class PackageIndex(Part, frozen=True, kw_only=True):
    """Where the jobs get Python packages, in place of PyPI. What opens it is a secret, and never stands here."""

    url: Annotated[
        str,
        Meta(
            pattern=rf"^{NO_EXPRESSION}https://[^\x00-\x20@\"'\\<>]+$(?!\n)",
            max_length=400,
            description="Its address, without a user and a password.",
            extra={FORM: "an https address without a user, a password and blanks"},
        ),
    ]
    user: Annotated[
        UserName, Meta(description="Who the jobs are there; for tokens often any name will do.")
    ] = "__token__"
    secret: Annotated[
        SecretName | None,
        Meta(description="The name of the secret with the password or token. Default: none is needed."),
    ] = None
    environment: Annotated[
        Environment | None,
        Meta(
            description="The GitHub environment of the jobs that have no other. Jobs that have one of their own look for the "
            "secret there, then among those of the repository and the organisation."
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse an address that says more than where, and a secret without an environment that holds it."""
        parts = urlsplit(self.url)
        if parts.query or parts.fragment or not parts.hostname:
            raise ValueError("url is the address of an index, without ? and #")
        if self.secret is not None and self.environment is None:
            raise ValueError("secret needs environment: the GitHub environment that holds it")
