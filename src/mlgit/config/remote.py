"""`remote:` in `mlgit.yaml`: how CI reaches the storage of the data, by identity (OIDC) or by named secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, field

from mlgit.config.part import FORM, NO_EXPRESSION, Part

Environment = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,99}$(?!\n)",
        extra={FORM: "the name of an environment: letters, digits, spaces and ._/-, 100 characters at most"},
    ),
]
Text = Annotated[
    str,
    Meta(
        pattern=rf"^{NO_EXPRESSION}[^\x00-\x1f]+$(?!\n)",
        max_length=400,
        extra={FORM: "a text in one line that is not empty, without ${{"},
    ),
]
OF_THE_CI = "GITHUB"
"""How the names begin that the CI keeps for itself."""
SecretName = Annotated[
    str,
    Meta(
        pattern=rf"^(?!{OF_THE_CI}_)[A-Z_][A-Z0-9_]*$(?!\n)",
        max_length=100,
        extra={FORM: f"the name of a secret: A-Z, 0-9 and _, no digit first, not {OF_THE_CI}_ at its start"},
    ),
]
VariableName = Annotated[
    str,
    Meta(
        pattern=r"^(?!(?:GITHUB|RUNNER|ACTIONS|LD|DYLD|PYTHON|GIT|UV|PIP|BASH)(?:_|$))(?!(?:PATH|HOME|ENV|IFS)$)[A-Z][A-Z0-9_]*$(?!\n)",
        max_length=100,
        extra={FORM: "the name of a variable: A-Z, 0-9 and _, a letter first, and none that steers programs"},
    ),
]
Secrets = Annotated[
    dict[VariableName, SecretName],
    Meta(
        description="Environment variables of the steps that talk to the remote, each with the name of its secret."
    ),
]
ENVIRONMENT = Meta(
    description="The GitHub environment that holds the secrets or that the cloud trusts; its rules decide who may use it."
)


class S3Identity(Part, frozen=True, kw_only=True):
    """The role that AWS gives to a job of this repository."""

    role: Annotated[
        str,
        Meta(
            description="The role to assume.",
            pattern=r"^arn:[a-z0-9-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+$(?!\n)",
            extra={FORM: "a role, such as arn:aws:iam::123456789012:role/mlgit"},
        ),
    ]
    region: Annotated[
        str,
        Meta(
            description="The region of the bucket.",
            pattern=r"^[a-z0-9-]+$(?!\n)",
            extra={FORM: "a region, such as eu-central-1"},
        ),
    ]


class GoogleIdentity(Part, frozen=True, kw_only=True):
    """The service account that Google Cloud lends to a job of this repository."""

    provider: Annotated[
        str,
        Meta(
            description="The full name of the workload identity provider.",
            pattern=r"^projects/[0-9]+/locations/[a-z0-9-]+/workloadIdentityPools/[a-z0-9-]+/providers/[a-z0-9-]+$(?!\n)",
            extra={FORM: "projects/NUMBER/locations/PLACE/workloadIdentityPools/POOL/providers/PROVIDER"},
        ),
    ]
    service_account: Annotated[
        str,
        Meta(
            description="The address of the service account.",
            pattern=r"^[a-z0-9.-]+@[a-z0-9.-]+$(?!\n)",
            extra={FORM: "the address of a service account, such as mlgit@project.iam.gserviceaccount.com"},
        ),
    ]


class AzureIdentity(Part, frozen=True, kw_only=True):
    """The application that Azure lends to a job of this repository."""

    client: Annotated[Text, Meta(description="The client id of the application.")]
    tenant: Annotated[Text, Meta(description="The id of the directory.")]
    subscription: Annotated[Text, Meta(description="The id of the subscription.")]


class S3Remote(Part, frozen=True, kw_only=True, tag="s3", tag_field="kind"):
    """S3, or a service that speaks its protocol."""

    environment: Annotated[Environment, ENVIRONMENT]
    oidc: Annotated[S3Identity | None, Meta(description="Without secrets: the job proves who it is.")] = None
    secrets: Secrets = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse two ways at once, and none."""
        refuse_unless_one(self.oidc, self.secrets)


class GoogleRemote(Part, frozen=True, kw_only=True, tag="gs", tag_field="kind"):
    """Google Cloud Storage."""

    environment: Annotated[Environment, ENVIRONMENT]
    oidc: Annotated[GoogleIdentity | None, Meta(description="Without secrets: the job proves who it is.")] = (
        None
    )
    secrets: Secrets = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse two ways at once, and none; the key file of a service account is the one secret."""
        refuse_unless_one(self.oidc, self.secrets)
        if self.secrets and set(self.secrets) != {"CREDENTIALS_JSON"}:
            raise ValueError("the one secret of gs is CREDENTIALS_JSON, the key file of a service account")


class AzureRemote(Part, frozen=True, kw_only=True, tag="azure", tag_field="kind"):
    """Azure Blob Storage."""

    environment: Annotated[Environment, ENVIRONMENT]
    oidc: Annotated[AzureIdentity | None, Meta(description="Without secrets: the job proves who it is.")] = (
        None
    )
    secrets: Secrets = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse two ways at once, and none."""
        refuse_unless_one(self.oidc, self.secrets)


class OtherRemote(Part, frozen=True, kw_only=True, tag="other", tag_field="kind"):
    """Any other remote of DVC (ssh, WebDAV, http): by secrets."""

    environment: Annotated[Environment, ENVIRONMENT]
    secrets: Annotated[
        dict[VariableName, SecretName],
        Meta(
            min_length=1,
            description="Environment variables of the "
            "steps that talk to the remote, each with the name of its secret.",
        ),
    ]


Remote = S3Remote | GoogleRemote | AzureRemote | OtherRemote


def refuse_unless_one(identity: object, secrets: Mapping[str, str]) -> None:
    """Raise `ValueError` unless exactly one way to the remote is given."""
    if bool(identity) == bool(secrets):
        raise ValueError("give either oidc or secrets")
