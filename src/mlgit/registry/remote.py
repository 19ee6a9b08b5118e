"""The tags of this clone and those of its remote: all of them have to be here before anything is decided from them."""

from __future__ import annotations

from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository
from mlgit.git.writer import identity
from mlgit.refs.commits import person
from mlgit.refs.swap import ask, fetch, swap
from mlgit.registry.tags import PREFIX, read_tags


def bring_tags(repository: Repository, remote: str) -> None:
    """Bring the tags of the remote here that this clone lacks; none is replaced.

    Raises `UsageError` (`tags-missing`) in a shallow clone, (`tag-moved`) where a tag is another one at the remote, and
    `ExternalError` when the remote does not answer.
    """
    if repository.is_shallow:
        raise UsageError(
            "tags-missing",
            "this clone is shallow, so it may lack versions that are registered",
            hint="git fetch --unshallow --tags; in a workflow: fetch-depth: 0",
        )
    if not remote:
        return
    quietly = ("fetch", "--quiet", "--no-write-fetch-head", "--end-of-options")
    try:
        fetch(repository, *quietly, remote, f"{PREFIX}*:{PREFIX}*")
    except ExternalError:
        moved = moved_tags(repository, remote)
        if not moved:
            raise
        raise UsageError(
            "tag-moved",
            f"{remote} has another {moved[0]} than this clone: somebody moved it",
            hint=f"ask who did; to take what {remote} has: git fetch --tags --force {remote}",
        ) from None


def moved_tags(repository: Repository, remote: str) -> list[str]:
    """Return the tags that this clone has and that are others at the remote."""
    here = {f"{PREFIX}{tag.name.text}": tag.oid for tag in read_tags(repository)}
    lines = (line.split("\t") for line in ask(repository, "ls-remote", "--tags", remote).splitlines())
    there = {parts[1]: parts[0] for parts in lines if len(parts) == 2}
    return sorted(name.removeprefix(PREFIX) for name, oid in here.items() if there.get(name, oid) != oid)


def unpushed(repository: Repository, remote: str, tag: str) -> bool:
    """Tell whether a tag of this clone is not at the remote."""
    return not ask(repository, "ls-remote", "--end-of-options", remote, f"{PREFIX}{tag}").strip()


def put_tag(repository: Repository, remote: str, name: str, commit: str, message: str) -> bool:
    """Make an annotated tag at the remote and here, unless one of that name is there; tell whether it is this one now.

    Raises `UsageError` (`git-identity`), `ExternalError` (`ref-push`).
    """
    who, email, date = identity(repository, "COMMITTER")
    text = f"object {commit}\ntype commit\ntag {name}\ntagger {person(who, email)} {date}\n\n{message}"
    oid = repository.write("mktag", stdin=text.encode("utf-8", "replace")).text.strip()
    ref = f"{PREFIX}{name}"
    moved = swap(repository, remote, ref, oid, None)
    if remote and moved:
        swap(repository, "", ref, oid, None)
    return moved
