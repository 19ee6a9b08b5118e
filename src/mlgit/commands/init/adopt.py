"""Adoption: an existing folder or repository gets the files that it lacks, and none of its own is touched."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mlgit.adoption.command import candidates
from mlgit.adoption.inspection import Inspection, findings, inspect
from mlgit.adoption.models import configuration_text, proposed_models
from mlgit.adoption.standing import Standing
from mlgit.adoption.storage import configured, storage
from mlgit.commands.init.files import RAW, data_notes, installs, scaffold_files, synchronised, versioned_files
from mlgit.commands.init.source import InitRequest, Source, source_of
from mlgit.commands.init.tracking import add_data, changed_ignore
from mlgit.commands.init.versioning import prepare_versioning
from mlgit.config import reader
from mlgit.dvc.reach import default_remote
from mlgit.dvc.remote import remote_configuration
from mlgit.errors import UsageError
from mlgit.git.checkout import Checkout
from mlgit.git.repository import Repository
from mlgit.plan.apply import apply
from mlgit.plan.change import Change, Plan
from mlgit.plan.outcome import InitResult
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.render.blocks import BRANCH, ci_block, remote_block
from mlgit.render.names import Names
from mlgit.world.context import Context
from mlgit.world.files import read_bytes, resolved

CONFIG = ".dvc/config"
PROPOSED = ".mlgit/proposed/"


def adopt(context: Context, request: InitRequest, root: Path, names: Names) -> InitResult:
    """Write what is missing below `root`; what differs from a file that stands there goes to `.mlgit/proposed/`."""
    if not request.data and not is_blank(root):
        return adopt_pipelines(context, request, root, names)
    source = source_of(context, request)
    raw_path = path_inside(root, source) or RAW + source.file_name
    remote = remote_configuration(request.remote, names.project, seen_from=context.directory, root=root)
    stored = default_remote(read_bytes(root / CONFIG) if (root / CONFIG).exists() else remote.encode())
    further = ci_block(default_branch(context, root)) + remote_block(stored.scheme if stored else "")
    files = scaffold_files(context, root, names, source, raw_path, request, further)
    plan = adoption_plan(Checkout(Repository(context, root)), files)
    notes = [*source.notes, *data_notes(stored, further)]
    theirs = changed_ignore(root, raw_path)
    before = versioned_files(root, raw_path)
    prepare_versioning(context, root, remote)
    apply(plan, root)
    notes += add_data(context, root, source, raw_path, theirs)
    made = versioned_files(root, raw_path) - before
    return result(root, plan, tuple(notes), source, made, installs(files))


def default_branch(context: Context, root: Path) -> str:
    """Return the branch that CI runs on: the one of `origin`, `main` or `master` where there is one, else where HEAD is."""
    if not (root / ".git").exists():
        return BRANCH
    repository = Repository(context, root)
    named = ("symbolic-ref", "--quiet", "--short")
    origin = repository.run(*named, "refs/remotes/origin/HEAD", check=False).text.strip()
    if origin:
        return origin.removeprefix("origin/")
    for branch in (BRANCH, "master"):
        if (
            repository.run("show-ref", "--quiet", "--verify", f"refs/heads/{branch}", check=False).exit_code
            == 0
        ):
            return branch
    return repository.run(*named, "HEAD", check=False).text.strip() or BRANCH


def is_blank(root: Path) -> bool:
    """Tell whether a work tree holds nothing at all, as the clone of a new and empty repository."""
    return all(child.name == ".git" for child in root.iterdir())


def adopt_pipelines(context: Context, request: InitRequest, root: Path, names: Names) -> InitResult:
    """Adopt a DVC repository as it is: describe its pipelines in mlgit.yaml and render the managed files."""
    repository = Repository(context, root)
    project = Project(repository)
    tree = project.at() if (root / ".git").exists() else None
    if tree is None or not tree.pipeline_folders:
        raise UsageError(
            "init-nothing-to-adopt",
            f"{root.name} holds files but no dvc.yaml to adopt",
            hint=f'name what trains: mlgit init --run "{likeliest(tree)}"; your data: mlgit init --data FILE --target COLUMN; '
            "or make a new folder: mlgit init NAME",
        )
    if request.remote:
        raise UsageError(
            "init-remote-exists",
            "this repository has its own DVC configuration",
            hint=f"dvc remote add --default storage {request.remote}",
        )
    files = Standing(tree.files)
    found, stored = inspect(files), configured(files)
    further = further_text(context, root, found) + remote_block(stored.scheme if stored else "")
    models = proposed_models(tree.pipelines, files.paths, names.project)
    configuration = configuration_text(models, further)
    standing = read_bytes(root / reader.FILE)
    text = configuration if standing is None else standing
    wanted = {reader.FILE: configuration, **synchronised(context, root, text)}
    plan = adoption_plan(Checkout(repository), wanted)
    apply(plan, root)
    made = result(root, plan, (), None, set(), installs(wanted))
    head = repository.head()
    committed = project.at(head) if head else Project(repository).at()
    remote = reader.read(text).remote
    told = (*findings(found, committed, models, list(made.written)), *storage(tree, remote))
    return replace(made, findings=told)


def likeliest(tree: Revision | None) -> str:
    """Return the command of a repository without a pipeline that trains, by the names of its files."""
    found = candidates(Standing(tree.files)) if tree is not None else []
    return found[0] if found else "python train.py"


def further_text(context: Context, root: Path, found: Inspection | None) -> str:
    """Return `ci:` of mlgit.yaml as the repository has it: its branch, its Python, the file of its packages."""
    branch = default_branch(context, root)
    if found is None:
        return ci_block(branch)
    python = found.python.version if found.python else ""
    return ci_block(branch, python=python, requirements=found.packages.path)


def adoption_plan(checkout: Checkout, wanted: dict[str, bytes]) -> Plan:
    """Return the plan that creates what is missing, and a proposal for each file that stands there and differs."""
    changes = []
    for path, content in sorted(wanted.items()):
        standing = checkout.content(path) if not (checkout.root / path).is_dir() else b""
        if standing is None:
            changes.append(Change(path=path, old=None, new=content, reason="it is missing"))
        elif standing != content:
            proposal = PROPOSED + path
            changes.append(
                Change(
                    path=proposal,
                    old=read_bytes(checkout.root / proposal),
                    new=content,
                    reason="yours differs and stays",
                )
            )
    return Plan(changes=tuple(change for change in changes if change.old != change.new))


def result(
    root: Path, plan: Plan, notes: tuple[str, ...], source: Source | None, made: set[str], installs: str
) -> InitResult:
    """Return what an adoption did; `made` are files that are not in the plan: DVC's, and the data."""
    paths = sorted({*(change.path for change in plan.changes), *made})
    return InitResult(
        root=root,
        adopted=True,
        written=tuple(path for path in paths if not path.startswith(PROPOSED)),
        proposed=tuple(path.removeprefix(PROPOSED) for path in paths if path.startswith(PROPOSED)),
        notes=notes,
        not_committed="the files are yours to review: git status, then git add and git commit",
        about=source.about if source else (),
        installs=installs,
    )


def path_inside(root: Path, source: Source) -> str | None:
    """Return the path of the user's file when it stands in the repository already."""
    place = resolved(source.original) if source.original else None
    if place is None or not place.is_relative_to(resolved(root)):
        return None
    return place.relative_to(resolved(root)).as_posix()
