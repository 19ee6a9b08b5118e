"""Branches of ours, made without a work tree: a commit on top of another, a branch that points to it."""

from __future__ import annotations

from collections.abc import Mapping

from mlgit.errors import ExternalError, UsageError
from mlgit.git.repository import Repository, git_failed, object_name
from mlgit.refs.objects import write_blob, write_commit
from mlgit.refs.remote import asked, push_on_top

PREFIX = "mlgit/"
MODES = {"100644": "blob", "100755": "blob", "120000": "blob", "040000": "tree", "160000": "commit"}


def commit_on(
    repository: Repository, base: str, changes: Mapping[str, bytes | None], message: str, *, seconds: float
) -> str:
    """Write a commit on top of `base` that replaces the content of paths (None: takes them away); return its name.

    The same arguments give the same commit. Raises `UsageError` (`tree-name`) for a path that Git would read as another,
    or as more than one.
    """
    for path in changes:
        parts = path.casefold().split("/")
        if "\0" in path or any(part in ("", ".", "..", ".git") for part in parts):
            raise UsageError("tree-name", f"{path[:200]!r} is no path of a repository")
    blobs = {
        path: None if content is None else write_blob(repository, content)
        for path, content in changes.items()
    }
    tree = changed_tree(repository, f"{object_name(base)}^{{tree}}", blobs)
    return write_commit(repository, tree, [base], message, seconds=seconds)


def changed_tree(repository: Repository, tree: str, blobs: Mapping[str, str | None]) -> str:
    """Write the tree that differs from `tree` (empty: none) in the blobs of some paths; return its name."""
    entries = entries_of(repository, tree) if tree else {}
    below: dict[str, dict[str, str | None]] = {}
    for path, oid in blobs.items():
        name, _, rest = path.partition("/")
        if rest:
            below.setdefault(name, {})[rest] = oid
        elif oid is None:
            entries.pop(name, None)
        else:
            mode = entries[name][0] if name in entries and entries[name][0].startswith("100") else "100644"
            entries[name] = (mode, oid)
    for name, inside in below.items():
        standing = entries.get(name)
        folder = standing[1] if standing and standing[0] == "040000" else ""
        made = changed_tree(repository, folder, inside)
        if entries_of(repository, made):
            entries[name] = ("040000", made)
        else:
            entries.pop(name, None)
    records = "".join(f"{mode} {MODES[mode]} {oid}\t{name}\0" for name, (mode, oid) in entries.items())
    done = repository.run("mktree", "-z", stdin=records.encode("utf-8", "surrogateescape"))
    return object_name(done.text.strip())


def entries_of(repository: Repository, tree: str) -> dict[str, tuple[str, str]]:
    """Return mode and object of everything directly in a tree, by name."""
    done = repository.run("ls-tree", "-z", "--end-of-options", tree)
    found = {}
    for record in done.stdout.split(b"\0"):
        if record:
            facts, name = record.split(b"\t", 1)
            mode, _, oid = facts.decode().split(" ")
            found[name.decode("utf-8", "surrogateescape")] = (mode, oid)
    return found


def branch_tip(repository: Repository, remote: str, branch: str) -> str | None:
    """Return the commit of a branch, of the remote where one is named; None when there is no such branch."""
    ref = f"refs/heads/{branch}"
    if remote:
        listed = asked(repository, "ls-remote", "--end-of-options", remote, ref)
        return object_name(listed.split()[0]) if listed.strip() else None
    done = repository.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", check=False
    )
    return done.text.strip() or None


def move_branch(repository: Repository, remote: str, branch: str, commit: str, tip: str | None) -> bool:
    """Point a branch to a commit if it is still at `tip` (None: if it does not exist); tell whether it did.

    Raises `ExternalError` (`branch-push`) when the remote does not take it.
    """
    if tip == commit:
        return True
    ref = f"refs/heads/{branch}"
    if not remote:
        expected = object_name(tip) if tip else "0" * len(object_name(commit))
        done = repository.run("update-ref", ref, object_name(commit), expected, check=False)
        return done.exit_code == 0 or branch_tip(repository, "", branch) == commit
    done = push_on_top(repository, remote, ref, commit, tip)
    if done.exit_code == 0:
        return True
    standing = branch_tip(repository, remote, branch)
    if standing == commit:
        return True
    if standing != tip:
        return False
    said = next(
        (line for line in done.error_text.splitlines() if "remote:" in line or "rejected" in line), ""
    )
    raise ExternalError(
        "branch-push",
        f"the remote did not take the branch {branch}: {said or git_failed(done).message}",
        hint="the job needs the right to write contents, and a protected branch has to let it push",
    )
