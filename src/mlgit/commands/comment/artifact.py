"""`comment --artifact`: the half that may write, fed by a run that may not.

The artifact is anybody's data. What decides comes from elsewhere: the run and its commit from GitHub's event, the pull
request from GitHub's API, directions and gates from the mlgit.yaml that is checked out here.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mlgit.commands.comment.walk import Commented, Told, branch_of, key_of, tell
from mlgit.config import reader as configuration_reader
from mlgit.config.model import Configuration
from mlgit.errors import UsageError
from mlgit.git.repository import find
from mlgit.host.artifact import Artifact, read_artifact
from mlgit.host.choose import ci_of, forge_of
from mlgit.host.ci import FinishedRun
from mlgit.host.forge import PullRequest
from mlgit.metrics.comparison import Comparison, MetricRow, ModelComparison, Side
from mlgit.metrics.direction import direction_of
from mlgit.metrics.rows import beyond_noise, change, judgement
from mlgit.views.comment import Frame
from mlgit.world.context import Context
from mlgit.world.files import read_bytes

OTHER = "artifact-contradiction"
WORKFLOW = "mlgit-ci"


def comment_artifact(context: Context, folder: Path, event: Path, *, dry: bool = False) -> Commented:
    """Comment what a run without rights left behind in `folder`; see the help of the verb.

    Raises `UsageError` for an artifact that is not what mlgit writes or not of this run, `ExternalError` when the forge
    cannot be reached. A pull request that moved on meanwhile and a token that may not write are results.
    """
    run = ci_of(context).finished_run(event)
    artifact = read_artifact(folder)
    if artifact.claim.head_sha != run.head_sha:
        raise UsageError(OTHER, "the report is of another commit than the run that left it")
    forge = forge_of(context, find(context), "origin")
    standing = forge.pull_requests_at(run.head_sha, head=run.head)
    if not standing:
        return Commented(notes=(f"no open pull request stands at {run.head_sha[:9]} any more",))
    pull = next((one for one in standing if one.number == artifact.claim.number), None)
    if pull is None:
        numbers = ", ".join(str(one.number) for one in standing)
        raise UsageError(
            OTHER, f"the report names pull request {artifact.claim.number}, but its commit is of {numbers}"
        )
    told = Told(
        comparison=judged(artifact, configuration(context), pull),
        charts=artifact.charts,
        frame=Frame(whole=run.address, notes=notes(artifact, run, pull), seconds=run.seconds),
        key=key_of(run.name or WORKFLOW, ""),
        pull=pull,
        check_sha=run.head_sha,
    )
    return tell(context, forge, told, dry=dry)


def configuration(context: Context) -> Configuration:
    """Return mlgit.yaml of the base as it is checked out here; an empty one when there is none."""
    content = read_bytes(find(context).root / configuration_reader.FILE)
    return configuration_reader.read(content) if content is not None else Configuration(version=1)


def judged(artifact: Artifact, base: Configuration, pull: PullRequest) -> Comparison:
    """Return the comparison with every judgement made anew from its values, and its moments named by the forge."""
    told = artifact.comparison
    models = tuple(judged_model(model, base) for model in told.models)
    return replace(
        told,
        models=models,
        base=Side(name=pull.base, commit=artifact.claim.merge_base),
        head=Side(name=branch_of(pull), commit=pull.head_sha),
    )


def judged_model(model: ModelComparison, base: Configuration) -> ModelComparison:
    """Return one model as the base judges it: its directions, then its gates where either side speaks of any."""
    rows = tuple(judged_row(row, base, model.name) for row in model.metrics)
    known = base.models.get(model.name)
    if model.gate is None and not (known and known.gates):
        return replace(model, metrics=tuple(replace(row, verdict=None) for row in rows))
    from mlgit.evaluation.reported import with_base_gates

    return with_base_gates(replace(model, metrics=rows), known)


def judged_row(row: MetricRow, base: Configuration, model: str) -> MetricRow:
    """Return one metric with the direction that the base declares and what follows from it."""
    declared = base.models[model].directions if model in base.models else {}
    direction = direction_of(row.name, declared)
    return replace(
        row,
        direction=direction,
        change=change(row.base, row.head),
        judgement=beyond_noise(judgement(row.name, row.base, row.head, direction, row.state), row.interval),
    )


def notes(artifact: Artifact, run: FinishedRun, pull: PullRequest) -> tuple[str, ...]:
    """Return what a reader has to know about where the figures come from."""
    said = []
    if run.failed:
        said.append("The run that made this report failed; its log says where.")
    if artifact.claim.data == "unreachable" or (pull.from_fork and artifact.claim.data != "done"):
        said.append("Not verified: no access to the data. The figures are those that are committed.")
    elif pull.from_fork:
        said.append("From a fork: the figures are what its own run reported.")
    return tuple(said)
