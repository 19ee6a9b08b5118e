"""`data update --propose`: fetch tables anew, keep what is new, propose it.

Steps with files between them. One process takes all on a laptop; in a workflow fetching and proposing are two jobs,
because what runs the sources may not write to the repository, and what writes runs none of its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlgit.git.failures import no_commit
from mlgit.git.finding import find
from mlgit.host.choose import ci_of, forge_of
from mlgit.jobs.data_updates.arrival import WORKFLOW, DataSite, Texts
from mlgit.jobs.data_updates.conclude import branch_of, conclude
from mlgit.jobs.data_updates.handoff import (
    FETCHED,
    DataProposals,
    Ending,
    Fetched,
    FetchedTable,
    ProposedTable,
)
from mlgit.jobs.handoff import read_handoff
from mlgit.jobs.retraining.trigger import names as names_in
from mlgit.project.change import default_branch_tip
from mlgit.project.project import Project
from mlgit.views import data_documents
from mlgit.world.context import Context


def propose_updates(
    context: Context, names: Sequence[str] = (), *, remote: str = "origin", dry: bool = False
) -> DataProposals:
    """Take all steps at the tip of the default branch; the user's tree is not touched. `dry`: nothing is written.

    `remote` empty: without remote and forge. Raises `UsageError` for wrong names or configuration, `ExternalError` when
    Git, DVC's remote or the forge fail. Data that are wrong and a source that fails are results.
    """
    from mlgit.commands.data.propose.fetch import fetch, keep

    project = Project.find(context)
    if not dry:
        forge_of(context, project.repository, remote)  # before anything is fetched
    base, branch = default_branch_tip(project, remote)
    with project.sandbox() as sandbox:
        tree = sandbox.check_out(project.at(base).files).root
        folder = sandbox.folder / "fetched"
        fetched = fetch(context, tree, base, names, folder, project.root)
        if dry:
            return DataProposals(base=base, branch=branch, tables=tuple(map(would, fetched.tables)))
        if remote:
            keep(context, tree, folder)
        return concluded(context, project, folder, fetched, remote=remote, base=base, branch=branch)


def would(one: FetchedTable) -> ProposedTable:
    """Return what would come of a table, as far as it can be told without looking at branches and forge."""
    texts: dict[str, tuple[Ending, str]] = {
        "new data": ("would-propose", f"{data_documents.title(one)}, on {branch_of(one.table)}"),
        "unchanged": ("unchanged", "the source gives what is here"),
        "refused": ("bad-data", one.detail),
        "failed": ("failed", one.detail),
    }
    ending, text = texts[one.state]
    return ProposedTable(table=one.table, ending=ending, text=text, notes=one.lines)


def step_fetch(context: Context, names: Sequence[str], folder: Path) -> Fetched:
    """Take the first step in the tree that is checked out."""
    from mlgit.commands.data.propose.fetch import fetch

    repository = find(context)
    head = repository.head()
    if head is None:
        raise no_commit()
    return fetch(context, repository.root, head, names or asked(context), folder)


def asked(context: Context) -> tuple[str, ...]:
    """Return the tables that a person named when starting the workflow by hand."""
    ci = ci_of(context)
    inputs = ci.payload().get("inputs") if ci.event == "workflow_dispatch" else None
    return names_in(inputs.get("table")) if isinstance(inputs, dict) else ()


def step_keep(context: Context, folder: Path) -> None:
    """Take the second step in the same tree."""
    from mlgit.commands.data.propose.fetch import keep

    keep(context, find(context).root, folder)


def step_propose(context: Context, folder: Path, *, remote: str) -> DataProposals:
    """Take the last step with what was handed off in `folder`."""
    project = Project.find(context)
    fetched = read_handoff(folder, FETCHED, Fetched, hint="mlgit data update --step fetch")
    base, branch = default_branch_tip(project, remote)
    return concluded(context, project, folder, fetched, remote=remote, base=base, branch=branch)


def concluded(
    context: Context, project: Project, folder: Path, fetched: Fetched, *, remote: str, base: str, branch: str
) -> DataProposals:
    """Propose on top of `base`, the tip of the default branch, what was fetched."""
    site = DataSite(
        context=context,
        repository=project.repository,
        remote=remote,
        forge=forge_of(context, project.repository, remote),
        folder=folder,
        workflow=WORKFLOW,
        base=base,
        branch=branch,
        texts=Texts(
            title=data_documents.title,
            proposal=data_documents.proposal,
            issue=data_documents.issue,
            mended=data_documents.mended,
        ),
    )
    return DataProposals(base=base, branch=branch, tables=conclude(site, fetched))
