"""`target:` of an environment in `mlgit.yaml`, where an image of the version runs; and all kinds of targets there are."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from mlgit.config.part import FORM, Part, PinnedImage, RelativePath, Requirement, SourceWord
from mlgit.config.targets import Address, Command, CommandTarget, LocalTarget, Seconds

Label = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$(?!\n)",
        extra={FORM: "a name of Kubernetes: small letters, digits and - in between"},
    ),
]
PUSHES = (
    "What pushes an image; its name follows, of buildah and podman `--digestfile` before it. Another command prints "
    "`digest: sha256:...`, as docker does."
)
Push = Annotated[tuple[SourceWord, ...], Meta(min_length=1, description=PUSHES)]
Quantity = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,6}(?:m|Ki|Mi|Gi|Ti)?$(?!\n)",
        extra={FORM: "a quantity of Kubernetes, such as 500m or 512Mi"},
    ),
]


class Image(Part, frozen=True, kw_only=True):
    """What an image of a version is built from."""

    base: Annotated[
        PinnedImage, Meta(description="The image it is built on, by its digest. It has `python3` with pip.")
    ]
    image: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9._/:-]*$(?!\n)",
            max_length=300,
            description="The name of the images; model and version are their tag.",
            extra={FORM: "the name of an image without a tag, such as images.example.org/churn"},
        ),
    ]
    builder: Annotated[
        tuple[SourceWord, ...],
        Meta(
            min_length=1,
            description="What builds a Containerfile, with its options; the file, the tag, `--iidfile` and the folder follow.",
        ),
    ] = ("docker", "build")
    push: Annotated[
        tuple[SourceWord, ...],
        Meta(
            description=f"{PUSHES} Empty: the image stays on the machine that builds it, and is known by its own digest."
        ),
    ] = ()
    install: Annotated[
        Requirement | None,
        Meta(description="What pip installs of mlgit, with the extra `serve`. Default: this version."),
    ] = None
    lock: Annotated[
        RelativePath | None,
        Meta(
            description="A file of requirements with `--hash` in the commit of the version, which pip installs first: what is in the "
            "image is then known, and stands in its bill of materials."
        ),
    ] = None
    address: Annotated[
        Address | None, Meta(description="Where the model is asked; https, or http on this machine.")
    ] = None
    seconds: Annotated[Seconds, Meta(description="The time limit of the build and of each command.")] = 1800


class ContainerTarget(Image, frozen=True, kw_only=True, tag="container", tag_field="kind"):
    """An image with the model and `mlgit serve` in it, built once a version and known by its digest; your own commands then run it."""

    apply: Annotated[
        Command,
        Meta(
            description="Makes the image `MLGIT_IMAGE` run, or none where `MLGIT_VERSION` is empty; the other variables are "
            "those of `command`."
        ),
    ]
    check: Annotated[
        Command,
        Meta(
            description="Prints what runs of `MLGIT_MODEL`: its version and its digest; nothing where none runs."
        ),
    ]


class ComposeTarget(Image, frozen=True, kw_only=True, tag="compose", tag_field="kind"):
    """A stack of Docker Swarm for each model, on a machine or a swarm that `docker` reaches."""

    docker: Annotated[
        tuple[SourceWord, ...],
        Meta(min_length=1, description="What talks to the swarm, with its options, such as `--context`."),
    ] = ("docker",)
    push: Push = ("docker", "push")
    port: Annotated[int, Meta(ge=1, le=65535, description="Where the swarm answers for the model.")] = 8000
    replicas: Annotated[int, Meta(ge=1, le=1000, description="Servers of a model.")] = 2
    cpus: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,4}(?:\.[0-9]{1,3})?$(?!\n)",
            description="What a server may use of the processors.",
            extra={FORM: "a number of processors, such as 0.5"},
        ),
    ] = "1"
    memory: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,6}[kmg]$(?!\n)",
            description="What a server may use of the memory.",
            extra={FORM: "an amount of memory as Compose writes it, such as 512m or 2g"},
        ),
    ] = "1g"
    secrets: Annotated[
        tuple[Label, ...],
        Meta(description="Secrets of the swarm that the servers find below `/run/secrets`."),
    ] = ()


class Cluster(Image, frozen=True, kw_only=True):
    """How a cluster is told, and what each model gets of it."""

    namespace: Annotated[Label, Meta(description="Where the objects are made; it has to be there.")] = (
        "default"
    )
    kubectl: Annotated[
        tuple[SourceWord, ...],
        Meta(min_length=1, description="What talks to the cluster, with its options, such as `--context`."),
    ] = ("kubectl",)
    push: Push = ("docker", "push")
    replicas: Annotated[int, Meta(ge=1, le=1000, description="Servers of a model at least.")] = 2
    most: Annotated[int, Meta(ge=1, le=1000, description="Servers at most, when they are busy.")] = 4
    cpu: Annotated[Quantity, Meta(description="What a server may use of the processors.")] = "1"
    memory: Annotated[Quantity, Meta(description="What a server may use of the memory.")] = "1Gi"
    settings: Annotated[
        tuple[Label, ...], Meta(description="Config maps whose values the servers see as variables.")
    ] = ()
    secrets: Annotated[
        tuple[Label, ...],
        Meta(description="Secrets of the cluster whose values the servers see as variables."),
    ] = ()
    followed: Annotated[
        bool,
        Meta(
            description="Argo CD or Flux brings `deploy/<environment>/` to the cluster: `sync` renders its objects, a promotion or "
            "rollback writes their versions in its own commit, and no `kubectl` is called. Needs an `address`, and an environment "
            "before this one that builds the images."
        ),
    ] = False
    overlay: Annotated[
        RelativePath | None,
        Meta(
            description="A folder of the default branch with a `kustomization.yaml` that takes `base`, which mlgit writes into "
            "it. Default: `base` alone."
        ),
    ] = None


class KubernetesTarget(Cluster, frozen=True, kw_only=True, tag="kubernetes", tag_field="kind"):
    """A deployment with a service and an autoscaler for each model, in a cluster that `kubectl` reaches."""


class KServeTarget(Cluster, frozen=True, kw_only=True, tag="kserve", tag_field="kind"):
    """An inference service of KServe for each model, in a cluster that `kubectl` reaches."""


Target = LocalTarget | CommandTarget | ContainerTarget | ComposeTarget | KubernetesTarget | KServeTarget
