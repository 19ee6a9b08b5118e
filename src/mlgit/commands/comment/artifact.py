"""`comment --artifact`: the half that may write, fed by a run that may not.

The artifact is anybody's data. What decides comes from elsewhere: the run and its commit from the event of the CI, the pull
request from the forge, directions and gates from the mlgit.yaml that is checked out here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from mlgit.commands.comment.run import Commented, Report, branch_of, key_of, post
from mlgit.data.difference import DataDifference
from mlgit.data.difference_handed import without_values
from mlgit.errors import UsageError
from mlgit.evaluation.reported import evaluated_again
from mlgit.host.artifact import Artifact, read_artifact
from mlgit.host.artifact_files import LARGEST_ARCHIVE, MOST_ENTRIES
from mlgit.host.choose import ci_of, forge_of
from mlgit.host.ci import FinishedRun
from mlgit.host.forge import Forge, PullRequest
from mlgit.metrics.comparison import Comparison, Side
from mlgit.project.project import Project
from mlgit.views.comment import Frame
from mlgit.views.escape import code
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

OTHER = "artifact-contradiction"
REFUSALS = frozenset((OTHER, "artifact-refused", "artifact-incomplete"))
LONGEST = 200
"""Characters of the reason."""
WORKFLOW = "mlgit-ci"
REPORTS = re.compile(r"mlgit-report|mlgit-check-[a-z]{1,10}")
"""The names of the artifacts that a report is made of."""


def comment_artifact(
    context: Context, folder: Path, event: Path, *, dry: bool = False, fetch: bool = False
) -> Commented:
    """Comment what a run without rights left behind in `folder`; see the help of the verb.

    `fetch`: ask the forge for it first, and put it there as it is, packed.

    An artifact that is not what mlgit writes, or not of this run, is refused: the comment and its check say so and nothing
    else, and `Commented.refusal` holds the error. Raises `ExternalError` when the forge cannot be reached. A pull request
    that moved on meanwhile and a token that may not write are results.
    """
    run = ci_of(context).finished_run(event)
    project = Project.find(context)
    forge = forge_of(context, project.repository, "origin")
    found = forge.pull_requests_at(run.head_sha, head=run.head)
    refusal = None
    try:
        if fetch:
            fetch_artifacts(forge, run.run, folder)
        artifact = artifact_of(folder, run)
        pull = pull_request_of(found, artifact)
    except UsageError as error:
        if error.code not in REFUSALS:
            raise
        artifact, refusal = Artifact(), error
        pull = pull_request_of(found, artifact)
    if pull is None:
        return Commented(
            notes=(f"no open pull request stands at {run.head_sha[:9]} any more",), refusal=refusal
        )
    report = Report(
        comparison=comparison_of(artifact, project, pull),
        charts=artifact.charts,
        frame=refused_frame(run, refusal) if refusal else frame_of(artifact, project, run, pull),
        key=key_of(run.name or WORKFLOW, ""),
        pull=pull,
        check_sha=run.head_sha,
    )
    return replace(post(context, forge, report, dry=dry), refusal=refusal)


def fetch_artifacts(forge: Forge, run: int, folder: Path) -> None:
    """Put what a run left for this verb into a folder; raises `UsageError` for more than a report can be."""
    wanted = [one for one in forge.artifacts(run) if REPORTS.fullmatch(one.name)]
    if len(wanted) > MOST_ENTRIES or any(one.size > LARGEST_ARCHIVE for one in wanted):
        raise UsageError(
            "artifact-refused",
            "the run left more than a report can be",
            hint="look at the run: mlgit comment --artifact takes what mlgit-ci leaves",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for one in wanted:
        write_atomically(folder / f"{one.name}.zip", forge.archive(one.id))


def artifact_of(folder: Path, run: FinishedRun) -> Artifact:
    """Return what a run left behind; raises `UsageError` for what is no report, or one of another commit."""
    artifact = read_artifact(folder)
    if artifact.claim is not None and artifact.claim.head_sha != run.head_sha:
        raise UsageError(OTHER, "the report is of another commit than the run that left it")
    if artifact.difference is not None:
        base = artifact.claim.merge_base if artifact.claim else artifact.difference.base
        if (artifact.difference.base, artifact.difference.head) != (base, run.head_sha):
            raise UsageError(OTHER, "the data were compared at other commits than those of the run")
    return artifact


def refused_frame(run: FinishedRun, refusal: UsageError) -> Frame:
    """Return what the comment says of a run whose report is not believed: why, and no word of the report."""
    note = f"The report of this run was refused, and nothing of it is shown: {code(refusal.message, LONGEST)}"
    return Frame(whole=run.address, notes=(note,), seconds=run.seconds, failed=run.failed, refused=True)


def pull_request_of(found: Sequence[PullRequest], artifact: Artifact) -> PullRequest | None:
    """Return the pull request that the report is for; None where none is open any more.

    A run that compared nothing names none: then it is the oldest of those at its commit. Raises `UsageError` for a
    report that names another one.
    """
    if not found or artifact.claim is None:
        return min(found, key=lambda one: one.number, default=None)
    pull = next((one for one in found if one.number == artifact.claim.number), None)
    if pull is None:
        numbers = ", ".join(str(one.number) for one in found)
        raise UsageError(
            OTHER, f"the report names pull request {artifact.claim.number}, but its commit is of {numbers}"
        )
    return pull


def comparison_of(artifact: Artifact, project: Project, pull: PullRequest) -> Comparison:
    """Return what the run compared, by the gates of the base; of a run that compared nothing, a comparison of nothing."""
    since = artifact.claim.merge_base if artifact.claim else None
    base, head = Side(name=pull.base, commit=since), Side(name=branch_of(pull), commit=pull.head_sha)
    if artifact.comparison is None:
        return Comparison(base=base, head=head, state="unchanged")
    judged = evaluated_again(artifact.comparison, project.at().configuration_or_default)
    return replace(judged, base=base, head=head)


def frame_of(artifact: Artifact, project: Project, run: FinishedRun, pull: PullRequest) -> Frame:
    """Return what the comment says of the run."""
    return Frame(
        whole=run.address,
        notes=notes(artifact, run, pull),
        seconds=run.seconds,
        failed=run.failed,
        silent=artifact.silent,
        checks=artifact.checks,
        failed_jobs=artifact.failed_jobs,
        difference=difference_of(artifact, project),
    )


def difference_of(artifact: Artifact, project: Project) -> DataDifference | None:
    """Return what the run found in the data, with values only where mlgit.yaml of this branch lets them."""
    if artifact.difference is None or project.at().configuration_or_default.forge.show_values:
        return artifact.difference
    return without_values(artifact.difference)


def notes(artifact: Artifact, run: FinishedRun, pull: PullRequest) -> tuple[str, ...]:
    """Return what a reader has to know about where the figures come from."""
    said = []
    if run.failed:
        said.append("The run that made this report failed; its log says where.")
    if artifact.claim is None:
        return tuple(said)
    if artifact.claim.data == "unreachable" or (pull.from_fork and artifact.claim.data != "done"):
        said.append("Not verified: no access to the data. The figures are those that are committed.")
    elif pull.from_fork:
        said.append("From a fork: the figures are what its own run reported.")
    return tuple(said)
