"""`ct:` in `mlgit.yaml`: continuous training, what starts it and what it may cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from msgspec import Meta, field

from mlgit.config.groups import ModelPattern
from mlgit.config.part import FORM, NAME_FORM, Cron, Minutes, Name, Part, refuse_cron
from mlgit.config.remote import (
    AzureRemote,
    Environment,
    GoogleRemote,
    Remote,
    S3Remote,
    SecretName,
    VariableName,
)
from mlgit.errors import UsageError
from mlgit.yamlfile import Document

EventName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$(?!\n)", extra=NAME_FORM)]
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
            pattern=r"^[0-9]{1,12}$(?!\n)",
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
    groups: Annotated[
        dict[Name, tuple[ModelPattern, ...]],
        Meta(
            description="Models that one pull request proposes together, by the name of the group, for example "
            "`nightly: [churn-*, fraud]`; `*` stands for any letters. Default: each model has its own.",
            max_length=100,
        ),
    ] = field(default_factory=dict)
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


RESERVED = ("FOLDER", "DVC_NO_ANALYTICS")
"""Variables that the workflow itself sets."""
OF_THE_STORAGE: Mapping[type[Remote], tuple[str, ...]] = {
    S3Remote: ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"),
    GoogleRemote: ("GOOGLE_APPLICATION_CREDENTIALS",),
    AzureRemote: (),
}
"""Variables by which a login at the storage hands on its credentials."""


class DataUpdate(Part, frozen=True, kw_only=True):
    """When `mlgit-data` fetches every table that has a source, and proposes what is new. Without it there is no such workflow."""

    schedule: Annotated[Cron, Meta(description="When to fetch, as cron in UTC, for example `40 2 * * *`.")]
    environment: Annotated[
        Environment | None,
        Meta(
            description="The GitHub environment of the job that fetches. Default: that of the remote, which has to be "
            "the same where both are given."
        ),
    ] = None
    secrets: Annotated[
        dict[VariableName, SecretName],
        Meta(description="Environment variables of the sources, each with the name of its secret."),
    ] = field(default_factory=dict)
    storage: Annotated[
        bool,
        Meta(
            description="The sources get the credentials of the remote too, for example for `dvc import-url` from the "
            "same store."
        ),
    ] = False
    minutes: Annotated[
        Minutes, Meta(description="The minutes that all sources have together: what takes longer is stopped.")
    ] = 60

    def __post_init__(self) -> None:
        """Refuse a schedule that GitHub would never start."""
        refuse_cron(self.schedule)


def check_update(update: DataUpdate | None, remote: Remote | None, document: Document) -> None:
    """Raise `UsageError` (`config-update`) with the line of the first key that does not go with the remote."""
    for path, said, hint in mistakes(update, remote) if update is not None else ():
        raise UsageError("config-update", said, hint=hint, where=document.place("ct", "update", *path))


def mistakes(update: DataUpdate, remote: Remote | None) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Yield what does not go together: the key, the sentence, the hint."""
    named, of_remote = update.environment, remote.environment if remote else None
    if named and of_remote and named != of_remote:
        yield (
            ("environment",),
            f"ct.update.environment is {named!r} and remote.environment is {of_remote!r}, but a job has one environment",
            "put the secrets of both into one environment and name that",
        )
    if update.secrets and not (named or of_remote):
        yield (
            ("secrets",),
            "ct.update.secrets needs an environment that holds them",
            "add ct.update.environment: the name of a GitHub environment",
        )
    if update.storage and remote is None:
        yield (
            ("storage",),
            "ct.update.storage lends the credentials of the remote, but there is no remote:",
            "add remote:, or take storage out",
        )
    taken = {*RESERVED, *(variables_of(remote) if remote and update.storage else ())}
    for variable in update.secrets:
        if variable in taken:
            yield (
                ("secrets", variable),
                f"ct.update.secrets sets {variable}, which has a value already",
                "give it another name, or let one of both go",
            )


def variables_of(remote: Remote) -> tuple[str, ...]:
    """Return the variables that the steps which talk to the remote have."""
    return (*remote.secrets, *OF_THE_STORAGE.get(type(remote), ()))
