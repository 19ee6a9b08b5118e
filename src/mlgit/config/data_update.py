"""`ct.update:` in `mlgit.yaml`: when the tables are fetched anew, and what their sources get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from msgspec import Meta, field

from mlgit.config.cron import Cron, refuse_cron
from mlgit.config.part import Minutes, Part
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
