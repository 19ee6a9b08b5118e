"""`target:` of an environment in `mlgit.yaml`: what makes its models run. And `golden:` of a model: what it has to answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from mlgit.config.part import FORM, NO_EXPRESSION, Part, RelativePath, SourceWord

Command = Annotated[tuple[SourceWord, ...], Meta(min_length=1, max_length=100)]
Place = Annotated[
    str,
    Meta(
        pattern=rf"^/{NO_EXPRESSION}[\x21-\x7e]*$(?!\n)",
        max_length=400,
        extra={FORM: "a path of an address that starts with /, such as /health"},
    ),
]
Address = Annotated[
    str,
    Meta(
        pattern=rf"^https?://{NO_EXPRESSION}[\x21-\x3f\x41-\x7e]+$(?!\n)",
        max_length=400,
        extra={FORM: "an address such as https://models.example.org/churn"},
    ),
]
Seconds = Annotated[int, Meta(ge=1, le=3600)]


class LocalTarget(Part, frozen=True, kw_only=True, tag="local", tag_field="kind"):
    """A process a model on the machine that `mlgit deploy` runs on."""

    run: Annotated[
        Command | None,
        Meta(
            description="The command that serves a model in the foreground, word by word, without a shell; without one it is "
            "`mlgit serve`. It runs in the commit of the version and gets `MLGIT_MODEL`, `MLGIT_VERSION`, `MLGIT_DIGEST`, `MLGIT_COMMIT`, "
            "`MLGIT_PATH` (the model) and `MLGIT_PORT`."
        ),
    ] = None
    port: Annotated[
        int,
        Meta(
            ge=1024, le=65000, description="Of the first model of mlgit.yaml; each further one has the next."
        ),
    ] = 8000
    health: Annotated[Place, Meta(description="What answers 200 once the model can be asked.")] = "/"
    seconds: Annotated[Seconds, Meta(description="How long it may take until it can be asked.")] = 60


class CommandTarget(Part, frozen=True, kw_only=True, tag="command", tag_field="kind"):
    """Your own commands, for whatever runs your models. They run in the newest commit of the default branch."""

    apply: Annotated[
        Command,
        Meta(
            description="Makes one version of a model run, or none where `MLGIT_VERSION` is empty; the variables are those of "
            "`local`. It may run again for what runs already."
        ),
    ]
    check: Annotated[
        Command,
        Meta(
            description="Prints what runs of `MLGIT_MODEL`: its version and its digest; nothing where none runs."
        ),
    ]
    address: Annotated[
        Address | None, Meta(description="Where the model is asked; https, or http on this machine.")
    ] = None
    seconds: Annotated[Seconds, Meta(description="The time limit of each command.")] = 600


class Golden(Part, frozen=True, kw_only=True):
    """Requests with the answers that a version has to give once it runs."""

    file: Annotated[
        RelativePath,
        Meta(
            description="A JSON file of the version's commit, kept by Git: a list of objects with `send` and `expect`, at best "
            "an output of the pipeline."
        ),
    ]
    path: Annotated[
        Place, Meta(description="Where each `send` is posted to, below the address of the model.")
    ] = "/predict"
    tolerance: Annotated[
        float,
        Meta(
            ge=0,
            description="How far a number of an answer may be off, in parts of 1 (of the number, at least of 1).",
        ),
    ] = 1e-6
