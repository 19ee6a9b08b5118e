"""Run a sweep: one experiment of DVC after the other, each kept as soon as it is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mlgit.commands.experiments.sandboxed import Sandboxed
from mlgit.dvc.command import Dvc
from mlgit.dvc.experiments import branch_off, experiments
from mlgit.dvc.search_space import Settings, Space, drawn, grid, parsed, read_space
from mlgit.errors import ExternalError, UsageError
from mlgit.evaluation.experiments import Done, SweepResult, ranking
from mlgit.evaluation.leaderboard import main_metric
from mlgit.git.unlocked import unlocked_by_another
from mlgit.project.project import Project
from mlgit.yamlfile import read

SWEEP = "sweep"
TRIES = 20
MOST_NAMED = 3


class SweepRequest(Struct, frozen=True, kw_only=True):
    """What was asked for: words of a space, how it is searched, how often, for which model and by which metric."""

    words: tuple[str, ...] = ()
    method: str = "grid"
    tries: int = TRIES
    seed: int = 0
    model: str = ""
    metric: str = ""


def sweep(project: Project, request: SweepRequest) -> SweepResult:
    """Run the experiments of a sweep that have not been run from this commit, and rank all of it.

    Raises `UsageError` for a space that cannot be searched, for a parameter that the file does not hold, and where
    something is not committed: an experiment starts from a commit.
    """
    refuse_shallow(project)
    refuse_uncommitted(project)
    pipeline = pipeline_of(project, request.model)
    file = f"{pipeline}/params.yaml" if pipeline else "params.yaml"
    content = (project.root / file).read_bytes() if (project.root / file).is_file() else b""
    space = space_of(request, content, file)
    refuse_unknown(space, content, file)
    target = f"{pipeline}/dvc.yaml" if pipeline else ""
    done: list[Done] = []
    with project.sandbox() as sandbox:
        trials = Sandboxed(project, sandbox, file, target)
        for settings in proposals(project, request, space, done):
            project.context.console.progress(f"{len(done) + 1}: {words(settings)}")
            done.append(trials.tried(settings))
    if not done:
        raise UsageError(
            "experiments-space",
            "no parameter to sweep has a value",
            hint="mlgit experiments sweep NAME=1,2,3",
        )
    if all(one.failed for one in done):
        raise ExternalError(
            "experiments-failed", f"no experiment ran to its end: {done[-1].failed}", hint="mlgit train"
        )
    names = [one.name for one in done]
    return SweepResult(
        done=tuple(done),
        ranking=ranking(project, model=request.model, metric=request.metric, names=names),
    )


def refuse_shallow(project: Project) -> None:
    """Raise `UsageError` (`experiments-shallow`) in a clone without its history: DVC runs experiments there and keeps none."""
    if project.repository.is_shallow:
        raise UsageError(
            "experiments-shallow",
            "this clone lacks a part of its history, and DVC keeps no experiment in such a one",
            hint="git fetch --unshallow",
        )


def refuse_uncommitted(project: Project) -> None:
    """Raise `UsageError` (`experiments-uncommitted`) where files or data are not those of HEAD: no experiment would have them."""
    status = project.repository.run("status", "--porcelain", "-z", "--no-renames", "--untracked-files=no")
    changed = [entry[3:] for entry in status.text.split("\0") if entry]
    if changed:
        raise uncommitted(changed, "HEAD", "git commit what you mean, git restore what you do not")
    data = [one for one in project.at().data if one.state == "changed"]
    if data:
        raise uncommitted(
            [one.path for one in data], "what HEAD keeps of them", f"{data[0].hint}, then git commit"
        )


def uncommitted(paths: list[str], standing: str, hint: str) -> UsageError:
    """Return the error for files that no experiment would have."""
    more = f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else ""
    what = f"{', '.join(paths[:MOST_NAMED])}{more} {'differs' if len(paths) == 1 else 'differ'}"
    return UsageError(
        "experiments-uncommitted",
        f"{what} from {standing}, and an experiment starts from a commit",
        hint=f"{hint}; then the sweep",
    )


def pipeline_of(project: Project, model: str) -> str:
    """Return the folder of the pipeline of a model, empty for the top; the only model where none is named."""
    configuration = project.at().configuration
    chosen = configuration.model(model) if model else next(iter(configuration.models.values()), None)
    folder = chosen.pipeline if chosen is not None else "."
    return "" if folder in (".", "") else folder


def space_of(request: SweepRequest, content: bytes, file: str) -> Space:
    """Return the space of the command line, else the one below `sweep` in the file of parameters."""
    if request.words:
        return parsed(request.words)
    value = read(content, file).value
    if not isinstance(value, dict) or SWEEP not in value:
        raise UsageError(
            "experiments-space",
            "nothing says what to sweep",
            hint=f"mlgit experiments sweep NAME=1,2,3; or sweep: in {file}",
        )
    return read_space(value[SWEEP], file)


def refuse_unknown(space: Space, content: bytes, file: str) -> None:
    """Raise `UsageError` (`experiments-parameter`) for a parameter that the file does not hold."""
    import difflib

    from mlgit.dvc.values import parameters

    value = read(content, file).value
    known = list(parameters(content, file).values)
    for name in space:
        here: Any = value
        for part in name.split("."):
            here = here.get(part, space) if isinstance(here, dict) else space
        if here is space:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"its names: {', '.join(known[:8])}"
            raise UsageError(
                "experiments-parameter", f"{file} holds no parameter {name}", hint=hint, where=file
            )


def proposals(project: Project, request: SweepRequest, space: Space, done: list[Done]) -> Iterator[Settings]:
    """Give settings, one after the other; Optuna's wait for what the one before reached."""
    if request.method == "grid":
        yield from grid(space)
    elif request.method == "random":
        yield from drawn(space, request.tries, request.seed)
    else:
        yield from proposed(project, request, space, done)


def proposed(project: Project, request: SweepRequest, space: Space, done: list[Done]) -> Iterator[Settings]:
    """Give the settings of Optuna, and tell it what each reached."""
    from mlgit.dvc.optuna_search import OptunaSearch

    models = project.at().configuration.models
    chosen = models.get(request.model) or next(iter(models.values()), None)
    if chosen is None:
        raise UsageError("leaderboard-none", "mlgit.yaml names no model", hint="mlgit init")
    metric = request.metric or main_metric(chosen)
    higher = chosen.higher_is_better(metric)
    search = OptunaSearch(space, seed=request.seed, higher_is_better=bool(higher))
    for _ in range(request.tries):
        yield search.propose()
        search.tell(reached(project, request, metric, done[-1]))


def reached(project: Project, request: SweepRequest, metric: str, one: Done) -> float | None:
    """Return the value of the metric that an experiment reached."""
    if one.failed:
        return None
    found = ranking(Project.find(project.context), model=request.model, metric=metric, names=[one.name])
    entrants = (each for board in found.boards for each in board.entrants if each.name == one.name)
    return next((each.value for each in entrants), None)


def words(settings: Settings) -> str:
    """Return settings in a line."""
    return ", ".join(f"{name}={value}" for name, value in settings.items())


def promote(project: Project, name: str, branch: str) -> str:
    """Make the branch `branch` end in an experiment and return its commit; nothing in the working tree changes.

    Raises `UsageError` for an experiment that does not exist (`experiments-unknown`), and for a branch that does
    (`experiments-branch`) and ends elsewhere.
    """
    found = [one for one in experiments(project.repository) if one.name == name]
    if not found:
        listed = ", ".join(one.name for one in experiments(project.repository)[:8]) or "none"
        raise UsageError(
            "experiments-unknown", f"there is no experiment {name!r}", hint=f"there are: {listed}"
        )
    base = project.repository.resolve("HEAD")
    chosen = next((one for one in found if one.base == base), found[0])
    standing = project.repository.run("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").text
    if standing.strip() == chosen.commit:
        return chosen.commit
    if standing.strip():
        raise UsageError(
            "experiments-branch",
            f"there is a branch {branch} already",
            hint=f"mlgit experiments promote {name} ANOTHER-BRANCH",
        )
    with unlocked_by_another(project.repository):
        branch_off(Dvc(project.context, project.root), chosen.name, branch)
    return chosen.commit
