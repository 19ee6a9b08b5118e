"""What became of a deployment: values that `mlgit deploy` and the job after it deal with."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from mlgit.deploy.golden import Smoke
from mlgit.environments.request import Changed

State = Literal["same", "differs", "applied", "stopped", "failed"]


class ModelState(Struct, frozen=True, kw_only=True):
    """A model of an environment: what has to run, what runs, and what was done about it."""

    model: str
    artifact: Annotated[str, Meta(description="The model as tags call it.")]
    state: Annotated[
        State,
        Meta(
            description="`same`: it ran already. `applied` and `stopped`: it was made so. `differs`: what runs is not what has to "
            "run. `failed`: it did not come to run, or its golden predictions are wrong."
        ),
    ]
    version: Annotated[str, Meta(description="What has to run; empty: none.")] = ""
    digest: str = ""
    live: Annotated[str, Meta(description="What runs; empty: none.")] = ""
    live_digest: str = ""
    image: Annotated[str, Meta(description="The image that it runs from, by its digest; empty: none.")] = ""
    address: Annotated[str, Meta(description="Where it is asked.")] = ""
    smoke: Annotated[Smoke | None, Meta(description="Its golden predictions; null: nobody asked.")] = None
    untested: Annotated[
        bool, Meta(description="It runs, and was asked nothing: it has no golden predictions.")
    ] = False
    why_untested: Annotated[str, Meta(description="Why none could be made for it; empty: not known.")] = ""
    made: Annotated[
        bool,
        Meta(
            description="It brings no golden predictions: requests were made from its schema, and what the model answers by itself "
            "was asked of what runs."
        ),
    ] = False
    why: Annotated[str, Meta(description="What went wrong.")] = ""
    restored: Annotated[
        str, Meta(description="The version that was put back after a failure; empty: none.")
    ] = ""


class Deployed(Struct, frozen=True, kw_only=True):
    """What became of the deployment of one environment, or how live differs from desired."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    environment: str
    commit: Annotated[str, Meta(description="The commit of the default branch that says what has to run.")]
    models: tuple[ModelState, ...] = ()
    error: Annotated[str, Meta(description="Why nothing was deployed, where that is so.")] = ""

    @property
    def good(self) -> bool:
        """Whether what runs is what has to run."""
        return not self.error and all(one.state in ("same", "applied", "stopped") for one in self.models)


class Refused(Struct, frozen=True, kw_only=True):
    """What was not done about a model, and why."""

    model: str
    code: str
    message: str
    hint: str = ""


class Delivered(Struct, frozen=True, kw_only=True):
    """What a job of delivery did to Git, and which environments are to be deployed now."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    registered: Annotated[tuple[str, ...], Meta(description="Tags of new versions.")] = ()
    changed: Annotated[tuple[Changed, ...], Meta(description="Promotions and rollbacks.")] = ()
    refused: tuple[Refused, ...] = ()
    failed: Annotated[tuple[str, ...], Meta(description="Models whose deployment failed.")] = ()
    due: Annotated[
        tuple[str, ...], Meta(description="Environments whose desired state was not deployed yet.")
    ] = ()
    notes: tuple[str, ...] = ()
