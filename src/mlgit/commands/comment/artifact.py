"""`comment --artifact`: the half that may write, fed by a run that may not.

The artifact is anybody's data. What decides comes from elsewhere: the run and its commit from the event of the CI, the pull
request from the forge, directions and gates from the mlgit.yaml that is checked out here.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mlgit.commands.comment.run import Commented, Report, branch_of, key_of, post
from mlgit.errors import UsageError
from mlgit.evaluation.reported import evaluated_again
from mlgit.host.artifact import Artifact, read_artifact
from mlgit.host.choose import ci_of, forge_of
from mlgit.host.ci import FinishedRun
from mlgit.host.forge import PullRequest
from mlgit.metrics.comparison import Side
from mlgit.project.project import Project
from mlgit.views.comment import Frame
from mlgit.world.context import Context

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
    project = Project.find(context)
    forge = forge_of(context, project.repository, "origin")
    found = forge.pull_requests_at(run.head_sha, head=run.head)
    if not found:
        return Commented(notes=(f"no open pull request stands at {run.head_sha[:9]} any more",))
    pull = next((one for one in found if one.number == artifact.claim.number), None)
    if pull is None:
        numbers = ", ".join(str(one.number) for one in found)
        raise UsageError(
            OTHER, f"the report names pull request {artifact.claim.number}, but its commit is of {numbers}"
        )
    comparison = evaluated_again(artifact.comparison, project.at().configuration_or_default)
    report = Report(
        comparison=replace(
            comparison,
            base=Side(name=pull.base, commit=artifact.claim.merge_base),
            head=Side(name=branch_of(pull), commit=pull.head_sha),
        ),
        charts=artifact.charts,
        frame=Frame(whole=run.address, notes=notes(artifact, run, pull), seconds=run.seconds),
        key=key_of(run.name or WORKFLOW, ""),
        pull=pull,
        check_sha=run.head_sha,
    )
    return post(context, forge, report, dry=dry)


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
