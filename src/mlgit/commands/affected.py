"""`affected`: what a change concerns, so that CI runs what it has to and no more."""

from __future__ import annotations

import msgspec

from mlgit.config import reader
from mlgit.config.model import Configuration
from mlgit.dvc import pipeline
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.concerns import Affected, everything
from mlgit.dvc.concerns import affected as judge
from mlgit.dvc.paths import folder_of
from mlgit.dvc.reader import Reader
from mlgit.dvc.state import Request
from mlgit.errors import MlgitError, UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository, find
from mlgit.git.snapshot import Snapshot, snapshot
from mlgit.world.context import Context
from mlgit.world.files import append_text

OUTPUT = "GITHUB_OUTPUT"


def affected(context: Context, base: str, head: str = "HEAD") -> Affected:
    """Return what changed between the merge base of `base` and `head`, and `head`.

    A base that is not here, a shallow clone, histories without a common commit and files that cannot be read make
    everything concerned, with the reason. Raises `UsageError` when `head` names no commit.
    """
    repository = find(context)
    moment = snapshot(repository, head)
    blobs = BlobCache(repository)
    try:
        configuration = configuration_of(blobs, moment)
    except MlgitError as error:
        return everything(None, f"{error.where or reader.FILE}: {error.message}")
    folders = sorted(folder_of(path) for path in moment.paths() if path.rpartition("/")[2] == pipeline.FILE)
    since, doubt = start(repository, base, moment.commit or head)
    if since is None:
        return existing(everything(configuration, doubt), configuration, folders)
    pipelines = Reader(blobs, LocalCache(repository.root)).read_stages(
        [(moment, Request(folder=folder)) for folder in folders]
    )
    result = judge(configuration, pipelines, repository.changed(since, moment.commit or head))
    return existing(result, configuration, folders)


def existing(result: Affected, configuration: Configuration, pipelines: list[str]) -> Affected:
    """Return the result without a model and data where the repository has none: there is nothing to look at."""
    if pipelines or configuration.models:
        return result
    return msgspec.structs.replace(result, model=False, data=result.data and bool(configuration.data))


def configuration_of(blobs: BlobCache, moment: Snapshot) -> Configuration:
    """Return mlgit.yaml of a moment, the defaults when there is none."""
    content = blobs.content(moment, reader.FILE)
    return Configuration(version=1) if content is None else reader.read(content)


def start(repository: Repository, base: str, head: str) -> tuple[str | None, str]:
    """Return the commit that the change starts from; None and the reason when it cannot be told."""
    if not base.strip("0"):
        return None, "there is no commit before this one"
    if repository.run("rev-parse", "--is-shallow-repository").text.strip() != "false":
        return None, "this clone is shallow, so the history cannot be told"
    try:
        old = repository.resolve(base)
    except UsageError as error:
        return None, error.message
    since = repository.merge_base(old, head)
    if since is None:
        return None, f"{base} and {head[:12]} have no commit in common"
    return since, ""


def tell_github(context: Context, result: Affected) -> None:
    """Write the decision where GitHub Actions reads the outputs of a step.

    Raises `UsageError` (`github-output`) outside of GitHub Actions.
    """
    place = context.environment.get(OUTPUT)
    if not place:
        raise UsageError(
            "github-output", f"{OUTPUT} is not set", hint="--github-output is for steps of GitHub Actions"
        )
    words = {True: "true", False: "false"}
    lines = [
        f"{name}={words[value]}"
        for name, value in (("code", result.code), ("data", result.data), ("model", result.model))
    ]
    append_text(context.directory / place, "".join(f"{line}\n" for line in lines))
