"""Adoption of a repository without a pipeline: a stage of DVC for the command that trains, then as any other."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from msgspec.structs import replace

from mlgit.adoption.command import ProposedStage, candidates, proposed_stage
from mlgit.adoption.standing import Standing, mapping
from mlgit.commands.init.adopt import adopt_pipelines, is_blank
from mlgit.commands.init.source import InitRequest
from mlgit.commands.init.versioning import prepare_versioning
from mlgit.dvc.lockfile import FILE as LOCK
from mlgit.dvc.pipeline import FILE, is_pipeline
from mlgit.dvc.remote import remote_configuration
from mlgit.errors import UsageError
from mlgit.git.repository import Repository
from mlgit.git.writer import init
from mlgit.plan.apply import apply
from mlgit.plan.change import Change, Plan
from mlgit.plan.outcome import Finding, InitResult
from mlgit.project.project import Project
from mlgit.render.names import Names
from mlgit.text import visible
from mlgit.world.context import Context


def adopt_command(context: Context, request: InitRequest, root: Path, names: Names) -> InitResult:
    """Write dvc.yaml with the stage of `request.command`, set DVC up where it is missing, and adopt what then stands.

    Raises `UsageError` (`init-run-pipeline`) where a dvc.yaml stands already, unless it is the one that this command
    writes: whoever interrupted it goes on.
    """
    if not (root / ".git").exists():
        init(context, root)
    repository = Repository(context, root)
    files = Standing(Project(repository).at().files)
    standing = next(filter(is_pipeline, sorted(files.paths)), None)
    if standing is not None and request.command not in commands(files, standing):
        raise pipeline_exists(standing, request)
    stage = confirmed(proposed_stage(files, request.command, lambda path: (root / path).exists()), request)
    in_git = set(repository.run("ls-files", "-z").text.split("\0"))
    remote = remote_configuration(request.remote, names.project, seen_from=context.directory, root=root)
    text = stage.text(in_git)
    if standing is not None and (standing != FILE or files.text(FILE) != text):
        raise pipeline_exists(standing, request)
    prepare_versioning(context, root, remote)
    if standing is None:
        missing = Change(path=FILE, old=None, new=text.encode(), reason="it is missing")
        apply(Plan(changes=(missing,)), root)
    made = adopt_pipelines(context, replace(request, remote=None), root, names)
    return replace(
        made,
        written=tuple(sorted({*made.written, FILE})),
        findings=(*told(stage, files), *made.findings),
    )


def asked_command(context: Context, request: InitRequest, root: Path) -> str | None:
    """Return the command that trains: the one that was named, else what a person answers where files stand and no pipeline does."""
    if request.command or request.data or request.ask is None or is_blank(root):
        return request.command
    tree = Project(Repository(context, root)).at() if (root / ".git").exists() else None
    if tree is not None and tree.pipeline_folders:
        return None
    first = next(iter(candidates(Standing(tree.files))), "") if tree is not None else ""
    return request.ask(f"there is no dvc.yaml; the command that trains (empty: {first or 'none'})") or first


def commands(files: Standing, pipeline: str) -> list[str]:
    """Return the commands of the stages of a pipeline."""
    stages = mapping(mapping(files.values(pipeline)).get("stages"))
    return [str(mapping(stage).get("cmd", "")) for stage in stages.values()]


def pipeline_exists(standing: str, request: InitRequest) -> UsageError:
    """Return the error for a repository that has a pipeline."""
    return UsageError(
        "init-run-pipeline",
        f"{standing} is a pipeline already",
        hint=f"dvc stage add --name NAME --deps FILE --outs FILE {request.command}; then mlgit init",
        where=standing,
    )


def confirmed(stage: ProposedStage, request: InitRequest) -> ProposedStage:
    """Return the stage with the outputs that were named on the command line or on a terminal, else as it was told."""
    given = request.outputs
    if not given and request.ask is not None:
        seen = ", ".join(stage.outputs) or "nothing that can be told"
        given = tuple(
            request.ask(f"{stage.command} writes {seen}; other paths, with spaces (empty: these)").split()
        )
    if not given:
        return stage
    return replace(
        stage,
        outputs=given,
        dependencies=tuple(path for path in stage.dependencies if path not in given),
    )


def told(stage: ProposedStage, files: Standing) -> list[Finding]:
    """Return what the stage reads and writes, and what stands in the way of its first run."""
    reads, writes = (
        ", ".join(map(visible, paths)) or "nothing" for paths in (stage.dependencies, stage.outputs)
    )
    found = [
        Finding(
            name="stage",
            good=True,
            detail=f"{stage.name} in dvc.yaml reads {reads}; writes {writes}",
            hint="",
        )
    ]
    if not stage.outputs:
        hint = "name it: mlgit init --run COMMAND --out FILE, after you removed dvc.yaml"
        found.append(
            Finding(name="model", good=False, detail="nothing tells what the command writes", hint=hint)
        )
    loose = [
        path
        for path in stage.dependencies
        if path not in files.paths and not any(one.startswith(path + "/") for one in files.paths)
    ]
    if loose:
        detail = f"neither Git nor DVC has {', '.join(map(visible, loose))}"
        found.append(
            Finding(name="data", good=False, detail=detail, hint="dvc add " + " ".join(map(quote, loose)))
        )
    if LOCK in files.paths:
        return found
    hint = "mlgit train; dvc push; then commit dvc.lock"
    return [*found, Finding(name="model", good=False, detail="nobody has run the stage yet", hint=hint)]
