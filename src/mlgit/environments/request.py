"""What is asked of an environment, what is told of it, and what became of it: values of promote and rollback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

if TYPE_CHECKING:
    from mlgit.deploy.golden import Smoke
    from mlgit.environments.decision import Step
    from mlgit.environments.desired import Action, Desired, Entry
    from mlgit.environments.origin import Origin
    from mlgit.host.document import CommentDocument
    from mlgit.metrics.comparison import Comparison
    from mlgit.metrics.verdict import ModelVerdict
    from mlgit.project.project import Project
    from mlgit.project.revision import Revision
    from mlgit.registry.artifact import Artifact

    Trial = Callable[[Project, Revision, Step, Artifact], Smoke | None]
    """How a version is asked its golden predictions before a rollback."""

Outcome = Literal["committed", "proposed", "unchanged"]


class Request(Struct, frozen=True, kw_only=True):
    """What is asked for; `version` empty: the one that follows. `propose`: a pull request whatever the approval says.

    `replaces`: nothing is done unless this version has to run there.
    """

    action: Action
    model: str
    environment: str
    version: str = ""
    replaces: str = ""
    why: str = ""
    remote: str = "origin"
    propose: bool = False


class Story(Struct, frozen=True, kw_only=True):
    """What is told of a step: the entry that comes, what it is gated by, and the comparison with what runs.

    `smoke` is what a version answered before an environment goes back to it; None: nobody asked. `origin` is where it came from.
    """

    model: str
    environment: str
    entry: Entry
    live: Entry | None = None
    verdict: ModelVerdict | None = None
    comparison: Comparison | None = None
    smoke: Smoke | None = None
    origin: Origin | None = None


class Texts(Struct, frozen=True, kw_only=True):
    """What commits and pull requests say."""

    title: Callable[[Story], str]
    message: Callable[[Story], str]
    proposal: Callable[[Story], CommentDocument]
    images: Callable[[str, Desired], CommentDocument]


class Changed(Struct, frozen=True, kw_only=True):
    """What became of a promotion or a rollback."""

    version: Annotated[Literal[1], Meta(description="The version of this form.")] = 1
    outcome: Annotated[
        Outcome,
        Meta(description="By a commit, by a pull request, or it has to run there already."),
    ]
    model: str
    environment: str
    to: Annotated[str, Meta(description="The version that comes.")]
    replaced: Annotated[str, Meta(description="The version that ran there; empty: none.")] = ""
    branch: str = ""
    commit: str = ""
    gate: str = ""
    url: str = ""
    notes: tuple[str, ...] = ()
