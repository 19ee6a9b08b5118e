"""Write Git's objects and move refs without a work tree or an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from mlgit.errors import ExternalError
from mlgit.git.repository import Repository, git_failed, object_name

REF_PREFIX = "refs/mlgit/"


class Node(Struct, frozen=True):
    """An entry of a tree: a file or a folder by its name in it."""

    kind: Literal["blob", "tree"]
    oid: str
    name: str


def write_blob(repository: Repository, content: bytes) -> str:
    """Write a file's content and return the name of its blob."""
    return object_name(repository.run("hash-object", "-w", "--stdin", stdin=content).text.strip())


def write_tree(repository: Repository, nodes: Sequence[Node]) -> str:
    """Write a folder and return the name of its tree."""
    modes = {"blob": "100644", "tree": "040000"}
    records = "".join(
        f"{modes[node.kind]} {node.kind} {object_name(node.oid)}\t{node.name}\0" for node in nodes
    )
    return object_name(repository.run("mktree", "-z", stdin=records.encode()).text.strip())


def write_commit(
    repository: Repository, tree: str, parents: Sequence[str], message: str, *, seconds: float
) -> str:
    """Write a commit of nobody in particular and return its name; `seconds` is its time since the epoch."""
    stamp = f"{int(seconds)} +0000"
    identity = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "mlgit"), ("EMAIL", "mlgit@localhost"), ("DATE", stamp))
    }
    named = Repository(repository.context.with_environment(identity), repository.root)
    above = [word for parent in parents for word in ("-p", object_name(parent))]
    done = named.run("commit-tree", object_name(tree), *above, stdin=message.encode())
    return object_name(done.text.strip())


def move_ref(repository: Repository, ref: str, new: str, old: str | None) -> bool:
    """Point a ref of ours to `new` if it still points to `old` (None: if it does not exist); tell whether it did."""
    if not ref.startswith(REF_PREFIX):
        raise ExternalError("ref-foreign", f"{ref} is no ref of mlgit")
    expected = object_name(old) if old else "0" * len(object_name(new))
    done = repository.run("update-ref", ref, object_name(new), expected, check=False)
    if done.exit_code == 0:
        return True
    if "cannot lock ref" in done.error_text or "reference already exists" in done.error_text:
        return False
    raise git_failed(done)


def refs_below(repository: Repository, prefix: str = REF_PREFIX) -> dict[str, str]:
    """Return our refs with the objects they point to."""
    done = repository.run("for-each-ref", "--format=%(objectname) %(refname)", prefix)
    pairs = (line.split(" ", 1) for line in done.text.splitlines())
    return {name: oid for oid, name in pairs}
