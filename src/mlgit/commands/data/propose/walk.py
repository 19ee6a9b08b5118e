"""`data update --propose`: fetch tables anew, keep what is new, propose it.

Steps with files between them. One process walks all on a laptop; in a workflow fetching and proposing are two jobs,
because what runs the sources may not write to the repository, and what writes runs none of its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlgit.commands.data.propose.arrival import Scene
from mlgit.commands.data.propose.conclude import branch_of, conclude
from mlgit.commands.tip import tip_of
from mlgit.data.handover import FETCHED, DataProposals, Ending, Fetched, FetchedTable, ProposedTable
from mlgit.dvc.workplace import clone, sweep, workplace
from mlgit.errors import UsageError
from mlgit.forge.connection import forge_of
from mlgit.forge.job import payload_at
from mlgit.git.repository import find, no_commit
from mlgit.retraining.trigger import names as names_in
from mlgit.views.data_documents import title
from mlgit.world.handover import bounded, decoded
from mlgit.world.world import World


def propose_updates(
    world: World, names: Sequence[str] = (), *, remote: str = "origin", dry: bool = False
) -> DataProposals:
    """Walk all steps at the tip of the default branch; the user's tree is not touched. `dry`: nothing is written.

    `remote` empty: without remote and forge. Raises `UsageError` for a wrong wish or configuration, `WorldError` when
    Git, DVC's remote or the forge fail. Data that are wrong and a source that fails are results.
    """
    from mlgit.commands.data.propose.fetch import fetch, keep

    repository = find(world)
    sweep(repository)
    forge = None if dry else forge_of(world, repository, remote)
    base, branch = tip_of(repository, remote)
    with workplace(repository) as place:
        tree = clone(world, repository, base, place / "tree")
        folder = place / "fetched"
        fetched = fetch(world, tree, base, names, folder)
        if forge is None:
            return DataProposals(base=base, branch=branch, tables=tuple(map(would, fetched.tables)))
        if remote:
            keep(world, tree, folder)
        scene = Scene(
            world=world,
            repository=repository,
            remote=remote,
            forge=forge,
            base=base,
            branch=branch,
            folder=folder,
        )
        return DataProposals(base=base, branch=branch, tables=conclude(scene, fetched))


def would(one: FetchedTable) -> ProposedTable:
    """Return what would come of a table, as far as it can be told without looking at branches and forge."""
    texts: dict[str, tuple[Ending, str]] = {
        "new data": ("would-propose", f"{title(one)}, on {branch_of(one.table)}"),
        "unchanged": ("unchanged", "the source gives what is here"),
        "refused": ("bad-data", one.detail),
        "failed": ("failed", one.detail),
    }
    ending, text = texts[one.state]
    return ProposedTable(table=one.table, ending=ending, text=text, notes=one.lines)


def step_fetch(world: World, names: Sequence[str], folder: Path) -> Fetched:
    """Walk the first step in the tree that is checked out."""
    from mlgit.commands.data.propose.fetch import fetch

    repository = find(world)
    head = repository.head()
    if head is None:
        raise no_commit()
    return fetch(world, repository.root, head, names or asked(world), folder)


def asked(world: World) -> tuple[str, ...]:
    """Return the tables that a person named when starting the workflow by hand."""
    place = world.environment.get("GITHUB_EVENT_PATH")
    if world.environment.get("GITHUB_EVENT_NAME") != "workflow_dispatch" or not place:
        return ()
    inputs = payload_at(world.directory / place).get("inputs")
    return names_in(inputs.get("table")) if isinstance(inputs, dict) else ()


def step_keep(world: World, folder: Path) -> None:
    """Walk the second step in the same tree."""
    from mlgit.commands.data.propose.fetch import keep

    keep(world, find(world).root, folder)


def step_propose(world: World, folder: Path, *, remote: str) -> DataProposals:
    """Walk the last step with what was handed over in `folder`."""
    repository = find(world)
    content = folder / FETCHED
    if not content.is_file():
        raise UsageError(
            "handover-missing",
            "there is nothing fetched",
            hint="mlgit data update --step fetch",
            where=str(folder),
        )
    fetched = decoded(bounded(folder, FETCHED), Fetched, content)
    base, branch = tip_of(repository, remote)
    scene = Scene(
        world=world,
        repository=repository,
        remote=remote,
        forge=forge_of(world, repository, remote),
        base=base,
        branch=branch,
        folder=folder,
    )
    return DataProposals(base=base, branch=branch, tables=conclude(scene, fetched))
