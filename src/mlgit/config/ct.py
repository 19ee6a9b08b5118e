"""`ct:` in `mlgit.yaml`: continuous training, what starts it and what it may cost."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from mlgit.config.cron import Cron, refuse_cron
from mlgit.config.data_update import DataUpdate
from mlgit.config.part import FORM, NAME_FORM, Minutes, Part
from mlgit.config.remote import Environment, SecretName

EventName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", extra=NAME_FORM)]
Days = Annotated[int, Meta(ge=1, le=3650)]


class TrainingBudget(Part, frozen=True, kw_only=True):
    """What continuous training may cost."""

    minutes: Annotated[
        Minutes,
        Meta(
            description="The minutes of one training job: with more expected from its history it does not start, "
            "and after as many it is stopped."
        ),
    ] = 60
    runs_a_day: Annotated[
        int,
        Meta(
            description="So many trainings may start in a day (UTC), those that failed included.",
            ge=1,
            le=1000,
        ),
    ] = 4


class App(Part, frozen=True, kw_only=True):
    """A GitHub App that opens the pull requests, so that their checks start by themselves."""

    id: Annotated[
        str,
        Meta(
            description="The id of the App, in quotes.",
            pattern=r"^[0-9]{1,12}$",
            extra={FORM: "a number of up to 12 digits in quotes"},
        ),
    ]
    environment: Annotated[
        Environment,
        Meta(description="The GitHub environment that holds the secret, of the default branch only."),
    ]
    secret: Annotated[SecretName, Meta(description="The name of the secret with the App's private key.")]


class ContinuousTraining(Part, frozen=True, kw_only=True):
    """What starts a retraining, and what becomes of the model. Without it there is no workflow `mlgit-ct`."""

    data: Annotated[
        bool, Meta(description="New data and changed pipelines on the default branch start it.")
    ] = True
    schedule: Annotated[
        Cron | None, Meta(description="When to look besides, as cron in UTC, for example `17 3 * * 1`.")
    ] = None
    events: Annotated[
        tuple[EventName, ...],
        Meta(
            description="Names of repository_dispatch events that start it, for example `drift`.",
            max_length=20,
        ),
    ] = ()
    propose: Annotated[
        Literal["pull_request", "commit"],
        Meta(
            description="`pull_request`: a person merges. `commit`: a model that passes its gates goes to the default "
            "branch at once; any other is a pull request."
        ),
    ] = "pull_request"
    app: Annotated[
        App | None,
        Meta(
            description="Who opens the pull requests. Default: the token of the job, whose checks wait for a person."
        ),
    ] = None
    update: Annotated[
        DataUpdate | None,
        Meta(description="Fetch the tables anew by themselves. Default: nobody fetches but people."),
    ] = None
    budget: Annotated[TrainingBudget, Meta(description="What it may cost.")] = field(
        default_factory=TrainingBudget
    )
    cool_down_hours: Annotated[
        float,
        Meta(description="Hours between two trainings of one model, those by hand left out.", ge=0, le=8760),
    ] = 0.0
    max_age_days: Annotated[
        Days | None,
        Meta(
            description="A model older than this is trained whatever the cool-down says, and reported where nothing is new "
            "to train it on."
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a schedule that GitHub would never start."""
        if self.schedule is not None:
            refuse_cron(self.schedule)
        if len(set(self.events)) != len(self.events):
            raise ValueError("an event is named twice")
