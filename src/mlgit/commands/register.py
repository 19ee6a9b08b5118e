"""`register`: a version of a model, as an annotated tag with its record and its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgit.project.project import Project
from mlgit.registry import register as registering
from mlgit.registry.candidate import Request
from mlgit.registry.card import facts_of
from mlgit.registry.register import Registration
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.registry.mlflow_mirror import Mirrored


def register(context: Context, request: Request) -> Registration:
    """Register a version and return it; see `registry.register`."""
    from mlgit.serving.examples import kept_with
    from mlgit.views.model_card import render

    project = Project.find(context)
    return registering.register(
        project,
        request,
        lambda candidate, record, verdict: render(record, facts_of(project, candidate, record, verdict)),
        lambda candidate: kept_with(project, candidate),
    )


def mirror(context: Context, request: Request, address: str) -> Mirrored:
    """Mirror the version that a request made, or found there, to a registry of MLflow; see `registry.mlflow_mirror`."""
    from mlgit.registry.mlflow_mirror import mirror as mirrored

    project = Project.find(context)
    one = registering.registered_as(project, request)
    return mirrored(context, project.repository, address, request.remote, one)
