"""The blocks `ci:` and `runners:` of `mlgit.yaml`, and `ci:` of a model: where jobs run and what they install."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from mlgit.config.jobs import Container, PackageIndex, RunnerChoice, SystemPackage
from mlgit.config.part import (
    FORM,
    BranchName,
    Minutes,
    Part,
    RelativePath,
    Requirement,
)


class ModelJob(Part, frozen=True, kw_only=True):
    """What the job of one model has for itself in CI; what is empty is as for all."""

    runner: Annotated[
        RunnerChoice, Meta(description="The runner of its job. Default: that of `runners`.")
    ] = ()
    minutes: Annotated[
        Minutes | None,
        Meta(description="The time limit of its job, in minutes. Default: that of `ci`."),
    ] = None
    requirements: Annotated[
        RelativePath | None,
        Meta(description="What its job installs for stages and tests. Default: that of `ci`."),
    ] = None
    budget: Annotated[
        Minutes | None,
        Meta(
            description="The minutes that a retraining of it may take, from the start of the training. Default: what is left "
            "of `ct.budget.minutes`, which all models without a budget of their own have together."
        ),
    ] = None


class Runners(Part, frozen=True, kw_only=True):
    """Where jobs run: labels of GitHub Actions runners, or a group of them."""

    default: Annotated[RunnerChoice, Meta(description="Every job that has no place of its own.")] = (
        "ubuntu-24.04",
    )
    train: Annotated[RunnerChoice, Meta(description="Jobs that train; empty: the default runner.")] = ()

    def __post_init__(self) -> None:
        """Refuse jobs that run nowhere."""
        if not self.default:
            raise ValueError("default names no runner")


class ContinuousIntegration(Part, frozen=True, kw_only=True):
    """What CI installs and runs."""

    branch: Annotated[
        BranchName,
        Meta(description="The default branch: CI runs on each push to it and on every pull request."),
    ] = "main"
    python: Annotated[
        str,
        Meta(
            description="The Python version of the jobs.",
            pattern=r"^3\.[0-9]{1,2}$(?!\n)",
            extra={FORM: 'a version of Python in quotes, such as "3.12"'},
        ),
    ] = "3.12"
    requirements: Annotated[
        RelativePath,
        Meta(
            description="What the jobs install for stages and tests: a lock file, requirements, or a pyproject.toml."
        ),
    ] = "requirements.lock"
    install: Annotated[
        Requirement | None,
        Meta(
            description="What the jobs install of mlgit: a pip requirement, with its extras. Default: the mlgit that "
            "rendered the workflows, by its digest or commit. Also a Git URL (`mlgit[all] @ git+https://...@<commit>`) or a "
            "wheel in the repository (`./wheels/mlgit-0.1.0-py3-none-any.whl[all]`)."
        ),
    ] = None
    train: Annotated[
        Literal["verify", "run"],
        Meta(
            description="`verify`: people train and commit the results, CI checks them. `run`: CI runs the stages that "
            "are out of date on the runners of `runners.train`."
        ),
    ] = "verify"
    commit: Annotated[
        bool,
        Meta(description="With `train: run`: commit what CI trained to the branch of the pull request."),
    ] = False
    minutes: Annotated[Minutes, Meta(description="The time limit of a job that checks, in minutes.")] = 30
    train_minutes: Annotated[
        Minutes, Meta(description="The time limit of a job that trains, in minutes.")
    ] = 120
    retention_days: Annotated[
        int, Meta(description="Days that reports and results of a run are kept.", ge=1, le=400)
    ] = 14
    container: Annotated[
        Container | None,
        Meta(description="Jobs that check and train run in it. Default: on the runner itself."),
    ] = None
    packages: Annotated[
        tuple[SystemPackage, ...],
        Meta(
            description="What apt installs before anything else, in jobs that check and train.",
            max_length=100,
        ),
    ] = ()
    setup: Annotated[
        RelativePath | None,
        Meta(
            description="A script of the repository that bash runs once all packages are there, in jobs that check and train; "
            "never in a job that may write."
        ),
    ] = None
    index: Annotated[
        PackageIndex | None, Meta(description="Where the jobs get Python packages. Default: PyPI.")
    ] = None

    def __post_init__(self) -> None:
        """Refuse a combination that means nothing."""
        if self.commit and self.train != "run":
            raise ValueError("commit: true needs train: run, there is nothing to commit otherwise")
