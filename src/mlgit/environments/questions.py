"""What a version has to answer: the golden predictions of its commit, else those that its tag keeps."""

from __future__ import annotations

from mlgit.config.images import Image, Target
from mlgit.config.targets import Golden, LocalTarget
from mlgit.deploy import golden
from mlgit.deploy.golden import Case
from mlgit.project.project import Project
from mlgit.registry.record import golden_in
from mlgit.registry.state import Registered

TOLERANCE = 1e-5
"""Of answers that were made on another machine: models of single precision differ in their last digit."""
Questions = tuple[Golden, tuple[Case, ...]]


def questions_of(project: Project, name: str, version: Registered, target: Target | None) -> Questions | None:
    """Return the golden predictions of a version, None where it has none for this target.

    Those of the tag are requests of `mlgit serve`: a server of the user's is not asked them. Raises `UsageError` (`golden-file`).
    """
    revision = project.at(version.commit)
    settings = revision.configuration.models[name].golden
    if settings is not None:
        return settings, golden.read(revision.content(settings.file), settings.file)
    text = golden_in(project.repository.run("cat-file", "tag", version.oid).text) if serves(target) else ""
    if not text:
        return None
    return Golden(file=version.tag, tolerance=TOLERANCE), golden.read(text.encode(), version.tag)


def serves(target: Target | None) -> bool:
    """Tell whether a target runs `mlgit serve`, at an address that is known."""
    if isinstance(target, Image):
        return target.address is not None
    return isinstance(target, LocalTarget) and target.run is None
