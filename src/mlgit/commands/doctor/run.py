"""`doctor`: what is missing on this machine or in this repository, and the command that mends it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import which

from mlgit.adoption.standing import Standing
from mlgit.adoption.storage import NOTHING_KEPT, better, configured, elsewhere, keeps_data
from mlgit.config.jobs import RunnerGroup
from mlgit.config.model import Configuration
from mlgit.config.reader import FILE
from mlgit.dvc.command import Dvc
from mlgit.dvc.interpreter import activated, interpreter, stage_python
from mlgit.dvc.reach import default_remote, out_of_reach
from mlgit.environments.folders import synchronised
from mlgit.errors import MlgitError
from mlgit.git.repository import Repository, git_environment
from mlgit.plan.outcome import Finding
from mlgit.project.project import Project
from mlgit.project.revision import Revision
from mlgit.render.origin import FOLDER, WHEEL
from mlgit.render.record import LOCK, read_record
from mlgit.text import counted
from mlgit.world.context import Context
from mlgit.world.files import read_bytes

OLDEST_PYTHON = (3, 11)
OLDEST_GIT = (2, 30)
EXTRAS = {
    "dvc": (("dvc",), "run and version pipelines"),
    "data": (("duckdb", "numpy"), "check tables"),
    "train": (
        ("scikit-learn", "pandas", "skops", "skl2onnx", "onnxruntime", "pytest"),
        "train what init scaffolds",
    ),
}


def diagnose(context: Context) -> tuple[Finding, ...]:
    """Return one finding for each thing that mlgit needs, the machine's first."""
    return (*machine(context), *repository_findings(context))


def machine(context: Context) -> Iterator[Finding]:
    """Yield the findings about this machine."""
    here = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(
        name="python",
        good=sys.version_info[:2] >= OLDEST_PYTHON,
        detail=here,
        hint="install Python 3.11 or newer",
    )
    yield git_program(context)
    if which("git", path=context.environment.get("PATH")):
        yield git_identity(context)
    yield stages_finding(context)
    for extra, (packages, purpose) in EXTRAS.items():
        if extra != "train" or not activated(context):
            yield extra_finding(extra, packages, purpose)


def stages_finding(context: Context) -> Finding:
    """Return the Python that stages and the repository's own tests run with."""
    python = stage_python(context)
    try:
        version = interpreter(context).version
    except MlgitError as error:
        return Finding(name="stages run with", good=False, detail=located(error), hint=error.hint)
    whose = "the active environment" if activated(context) else "the environment of mlgit"
    return Finding(
        name="stages run with", good=True, detail=f"Python {version} of {whose}, {python}", hint=""
    )


def git_program(context: Context) -> Finding:
    """Return whether Git is there and new enough."""
    if not which("git", path=context.environment.get("PATH")):
        return Finding(
            name="git", good=False, detail="not found", hint="install Git: https://git-scm.com/downloads"
        )
    environment = git_environment(context.environment)
    text = context.processes.run(("git", "--version"), directory=Path.cwd(), environment=environment).text
    numbers = re.search(r"(\d+)\.(\d+)", text)
    found = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    return Finding(
        name="git", good=found >= OLDEST_GIT, detail=text.strip(), hint="install Git 2.30 or newer"
    )


def git_identity(context: Context) -> Finding:
    """Return whether Git knows whose commits these are."""
    environment = git_environment(context.environment)
    done = context.processes.run(
        ("git", "var", "GIT_COMMITTER_IDENT"), directory=context.directory, environment=environment
    )
    good = done.exit_code == 0
    return Finding(
        name="git identity",
        good=good,
        detail=done.text.split(">")[0] + ">" if good else "Git does not know whose commits these are",
        hint='git config --global user.name "Your Name" && git config --global user.email you@example.org',
    )


def extra_finding(extra: str, packages: tuple[str, ...], purpose: str) -> Finding:
    """Return whether the packages of an extra are installed."""
    versions = {name: installed(name) for name in packages}
    missing = [name for name, number in versions.items() if number is None]
    detail = ", ".join(f"{name} {number}" for name, number in versions.items() if number)
    return Finding(
        name=f"extra {extra}",
        good=not missing,
        detail=detail if not missing else f"missing {', '.join(missing)} (needed to {purpose})",
        hint=f'python -m pip install "mlgit[{extra}]"',
    )


def installed(package: str) -> str | None:
    """Return the version of an installed package, None when it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def repository_findings(context: Context) -> Iterator[Finding]:
    """Yield the findings about the repository around the context's directory, none outside of one."""
    root = next((f for f in (context.directory, *context.directory.parents) if (f / ".git").exists()), None)
    if root is None:
        yield Finding(
            name="repository", good=True, detail="not inside a repository: nothing more to look at", hint=""
        )
        return
    repository = Repository(context, root)
    tree = Project(repository).at()
    yield from dvc_findings(context, tree)
    yield history_finding(repository)
    yield configuration_finding(tree)
    yield sync_finding(tree)
    yield install_finding(repository)
    if (root / ".dvc").is_dir():
        yield reach_finding(tree)


def dvc_findings(context: Context, tree: Revision) -> Iterator[Finding]:
    """Yield whether DVC is set up where the jobs call it, and whether it can read its own settings, in its own words."""
    root = tree.repository.root
    if not (root / ".dvc").is_dir():
        yield from elsewhere(Standing(tree.files))
        return
    yield Finding(name="dvc repository", good=True, detail="DVC keeps its settings in .dvc", hint="")
    if installed("dvc") is None:
        return
    try:
        Dvc(context, root).run("config", "--list")
    except MlgitError as error:
        detail = error.message.removeprefix("dvc config failed: ")
        hint = "look at .dvc/config, and at .dvc/config.local beside it"
        yield Finding(name="dvc settings", good=False, detail=f"DVC says: {detail}", hint=hint)


def history_finding(repository: Repository) -> Finding:
    """Return whether every commit is here that verbs may be asked to look at."""
    whole = not repository.is_shallow
    return Finding(
        name="whole history",
        good=whole,
        detail="every commit is here" if whole else "this clone is shallow: older commits are not here",
        hint="" if whole else "git fetch --unshallow",
    )


def configuration_finding(tree: Revision) -> Finding:
    """Return whether mlgit.yaml is there and right."""
    try:
        configuration = tree.configuration
    except MlgitError as error:
        return Finding(name="mlgit.yaml", good=False, detail=located(error), hint=error.hint)
    return Finding(
        name="mlgit.yaml",
        good=True,
        detail=f"{counted(len(configuration.models), 'model')}, {counted(len(configuration.data), 'table')}",
        hint="",
    )


def sync_finding(tree: Revision) -> Finding:
    """Return whether the managed files are what mlgit.yaml says."""
    try:
        result = synchronised(tree, write=False)
    except MlgitError as error:
        detail = f"not compared: {located(error)}"
        return Finding(name="managed files", good=False, detail=detail, hint=error.hint)
    return Finding(
        name="managed files",
        good=result.in_sync,
        detail="in sync with mlgit.yaml" if result.in_sync else "out of sync with mlgit.yaml",
        hint=result.hint,
    )


def install_finding(repository: Repository) -> Finding:
    """Return what of mlgit the jobs of CI install, and whether the push brings it."""
    try:
        record = read_record(read_bytes(repository.root / LOCK))
    except MlgitError as error:
        return Finding(name="CI installs", good=False, detail=located(error), hint=error.hint)
    installation = record.installation if record is not None else None
    if installation is None:
        return Finding(
            name="CI installs",
            good=False,
            detail="nothing says what the jobs install",
            hint="mlgit sync" if (repository.root / FILE).exists() else "mlgit init writes it",
        )
    ignored = repository.run("check-ignore", "--", FOLDER + "mlgit.txt", WHEEL, check=False)
    if ignored.exit_code == 0:
        detail = f"{FOLDER} is ignored by Git, so no push brings what the jobs install"
        return Finding(name="CI installs", good=False, detail=detail, hint=f"git add --force {FOLDER}")
    return Finding(name="CI installs", good=True, detail=installation.text, hint="")


def reach_finding(tree: Revision) -> Finding:
    """Return whether the jobs of CI can reach the data."""
    try:
        configuration = tree.configuration_or_default
    except MlgitError as error:
        return Finding(name="CI reaches data", good=False, detail=located(error), hint=error.hint)
    here = tree.content(".dvc/config")
    stored = configured(Standing(tree.files)) if here is None else default_remote(here)
    reason = out_of_reach(stored, logs_in=configuration.remote is not None)
    if reason is not None and not on_own_machines(configuration):
        if not keeps_data(tree):
            return Finding(name="CI reaches data", good=True, detail=NOTHING_KEPT, hint="")
        detail, hint = better(Standing(tree.files), stored) or reason
        return Finding(name="CI reaches data", good=False, detail=detail, hint=hint)
    detail = f"at {stored.url}" if stored is not None else "on the machines that run the jobs"
    return Finding(name="CI reaches data", good=True, detail=detail, hint="")


def on_own_machines(configuration: Configuration) -> bool:
    """Tell whether the jobs run on machines of the user's, which may have a folder that no other has."""
    default = configuration.runners.default
    return isinstance(default, RunnerGroup) or "self-hosted" in default


def located(error: MlgitError) -> str:
    """Return what is wrong, and where."""
    return f"{error.message} ({error.where})" if error.where else error.message
