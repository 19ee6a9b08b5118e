"""Where the default branch takes no commit, the image that was built and tested is proposed by a pull request."""

from __future__ import annotations

from msgspec import Struct

from mlgit.environments.change import site_of
from mlgit.environments.deployed import Deployed
from mlgit.environments.images import TRAILER, commit_of, new_images, record_images, title
from mlgit.environments.request import Texts
from mlgit.environments.situation import desired_state, no_branch
from mlgit.errors import ExternalError
from mlgit.jobs.conclude import Proposed, propose
from mlgit.project.project import Project
from mlgit.refs.publish import HEADS, PREFIX, Publication, publish
from mlgit.refs.swap import tip


class Recorded(Struct, frozen=True, kw_only=True):
    """How the images of a deployment got into Git: by a commit of the default branch, or by a pull request.

    Both are empty where nothing was to write.
    """

    commit: str = ""
    notes: tuple[str, ...] = ()


def record_or_propose(project: Project, done: Deployed, texts: Texts, *, remote: str) -> Recorded:
    """Write the images that a deployment built to the default branch, or propose to.

    Raises `ExternalError` where neither the branch nor the forge can be reached, or takes anything.
    """
    try:
        return Recorded(commit=record_images(project, done, remote=remote))
    except ExternalError as error:
        if error.code != "ref-push":
            raise
        made = proposed(project, done, texts, remote)
        where = f" ({made.url})" if made.url else ""
        return Recorded(
            notes=(f"the image is not written directly: {error.message}", f"{made.text}{where}", *made.notes)
        )


def proposed(project: Project, done: Deployed, texts: Texts, remote: str) -> Proposed:
    """Publish the commit on a branch of its own, and open or update its pull request."""
    repository, branch = project.repository, project.at().configuration.ci.branch
    base = tip(repository, remote, HEADS + branch)
    if base is None:
        raise no_branch(branch, remote)
    new = new_images(project, base, done)
    head = f"{PREFIX}image/{done.environment}"
    commit = commit_of(project, base, done, new)
    publication = Publication(branch=head, base=base, commit=commit, trailer=TRAILER, single=True)

    def same(standing: str) -> bool:
        """Tell whether a commit writes the same images on top of the same base."""
        there = desired_state(project.at(standing), done.environment)
        on_top = repository.merge_base(standing, base) == base
        return on_top and all(there.get(key) == entry for key, entry in new.items())

    if publish(repository, remote, publication, same=same) == "newer":
        raise ExternalError("ref-busy", f"{head} stands on a newer {branch} already", hint="try again")
    statement = (title(done.environment, new), texts.images(done.environment, new))
    report = f"image {done.environment}"
    return propose(site_of(project, remote), report, statement, branch=head, base=branch)
