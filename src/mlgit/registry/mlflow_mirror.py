"""A version of ours in a model registry of MLflow, for readers who look there: its metrics, its digest, the way back to its tag.

Git stays what counts: nothing is ever read from there but whether the version is there already, so that it can be done again.
Source: https://mlflow.org/docs/latest/api_reference/python_api/mlflow.client.html.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository
from mlgit.registry.record import VersionRecord
from mlgit.registry.state import Registered
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlflow import MlflowClient

ALIAS = "newest"
"""The alias of the version that was mirrored last; MLflow keeps `latest` for itself."""
TAG = "mlgit.tag"
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
"""It tells nobody what it does, and a server that does not answer is given up soon."""
KNOWN = ("RESOURCE_ALREADY_EXISTS",)


class Mirrored(Struct, frozen=True, kw_only=True):
    """A version as a registry of MLflow has it now."""

    name: str
    version: Annotated[str, Meta(description="The number that MLflow gave it.")]
    tag: str
    new: Annotated[bool, Meta(description="False: it was there already.")] = True


def mirror(context: Context, repository: Repository, address: str, remote: str, one: Registered) -> Mirrored:
    """Make sure that a registry of MLflow has a version, with its metrics, alias and link; return it.

    Raises `UsageError` (`mlflow-missing`) without the library, and `ExternalError` (`mlflow-failed`) for what the server does
    not do: the version stays registered.
    """
    context.redactor.learn(*filter(None, [urlsplit(address).password]))
    record = one.record
    if record is None:
        raise UsageError("version-record", f"the tag {one.tag} has no record to mirror", hint="mlgit models")
    with asked(one.tag, address) as client:
        name = one.artifact.replace("/", ".")
        made_once(client.create_registered_model, name)
        found = standing(client, name, one.tag)
        number = found or created(client, name, one, record, link(repository, remote, one.tag))
        client.set_registered_model_alias(name, ALIAS, number)
    return Mirrored(name=name, version=number, tag=one.tag, new=not found)


@contextmanager
def asked(tag: str, address: str) -> Iterator[MlflowClient]:
    """Give a client that says nothing; what goes wrong with the server is an `ExternalError`."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise UsageError(
            "mlflow-missing", "MLflow is not installed here", hint="pip install 'mlgit[mlflow]'"
        ) from error
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield MlflowClient(tracking_uri=address, registry_uri=address)
    except (MlflowException, OSError) as error:
        raise ExternalError(
            "mlflow-failed",
            f"{tag} is registered, and MLflow does not have it: {str(error).splitlines()[0][:300]}",
            hint="run the same command again once the server answers: the tag stays as it is",
        ) from error


def made_once(make: Any, *arguments: Any) -> None:
    """Make what may be there already."""
    from mlflow.exceptions import MlflowException

    try:
        make(*arguments)
    except MlflowException as error:
        if error.error_code not in KNOWN:
            raise


def standing(client: MlflowClient, name: str, tag: str) -> str:
    """Return the number of the version that mirrors a tag, empty where there is none."""
    known = client.search_model_versions(f"name = '{name}' and tag.`{TAG}` = '{tag}'")
    return str(known[0].version) if known else ""


def created(client: MlflowClient, name: str, one: Registered, record: VersionRecord, source: str) -> str:
    """Make the run with the metrics and the version that it stands behind; return the number of the version."""
    told = {
        TAG: one.tag,
        "mlgit.version": one.version,
        "mlgit.commit": one.commit,
        "mlgit.digest": record.digest,
        "mlgit.run": record.run.sha256,
        "mlgit.verdict": f"{record.verdict or 'no verdict'}",
    }
    run = run_of(client, name, told, record)
    said = client.create_model_version(
        name, source, run_id=run, tags=told, description=f"{one.tag}: {told['mlgit.verdict']}; {source}"
    )
    return str(said.version)


def run_of(client: MlflowClient, name: str, told: dict[str, str], record: VersionRecord) -> str:
    """Return the run that holds the metrics of a version: the one that is there, or a new one."""
    from mlflow.entities import Metric

    made_once(client.create_experiment, f"mlgit/{name}")
    place = client.get_experiment_by_name(f"mlgit/{name}").experiment_id
    known = client.search_runs([place], f"tags.`{TAG}` = '{told[TAG]}'", max_results=1)
    run = known[0] if known else client.create_run(place, tags=told, run_name=told[TAG])
    values = [
        Metric(key, float(value), 0, 0) for file in record.metrics.values() for key, value in file.items()
    ]
    client.log_batch(run.info.run_id, metrics=values)
    client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def link(repository: Repository, remote: str, tag: str) -> str:
    """Return where the tag is: at the address of the remote, without what may stand in it of a login; MLflow takes whole paths alone."""
    url = repository.run("remote", "get-url", remote, check=False).text.strip() if remote else ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ssh") or not parts.hostname:
        return f"git:///{tag}"
    return f"git+{parts.scheme}://{parts.hostname}{parts.path}@{tag}"
