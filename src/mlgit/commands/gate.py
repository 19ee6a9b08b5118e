"""`gate`: the verdict on a head by the gates of its base, and what has to be fetched for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlgit.evaluation import gate as gates
from mlgit.evaluation.gate import Recording
from mlgit.metrics.verdict import GateReport
from mlgit.project.project import Project
from mlgit.world.context import Context

if TYPE_CHECKING:
    from mlgit.evaluation.needs import Needs


def gate(
    context: Context,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    recording: Recording | None = None,
    only_verified: bool = False,
) -> GateReport:
    """Return the verdict on `head` (None: the working tree); see `evaluation.gate`."""
    project = Project.find(context)
    return gates.gate(project, base, head, model=model, recording=recording, only_verified=only_verified)


def write_needs(context: Context, base: str, head: str | None, folder: str, *, model: str = "") -> Needs:
    """Write the small DVC repository that brings what the gates need of the base; see `evaluation.needs`."""
    from mlgit.evaluation import needs

    return needs.write_needs(Project.find(context), base, head, folder, model=model)
