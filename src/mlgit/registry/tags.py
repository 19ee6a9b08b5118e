"""The tags of a repository that tell of versions, read in one git process."""

from __future__ import annotations

from msgspec import Struct

from mlgit.git.repository import Repository
from mlgit.registry import names, record
from mlgit.registry.names import TagName

PREFIX = "refs/tags/"
FIELDS = (
    "refname",
    "objectname",
    "objecttype",
    "*objectname",
    "*objecttype",
    "taggerdate:unix",
    "taggername",
    f"contents:lines={record.HEAD_LINES}",
)
LONGEST_NAME = 200
INDENTED = "\n    "
"""How git parts the lines of `contents:lines`."""


class Tag(Struct, frozen=True, kw_only=True):
    """A tag: its name and what that says, its object, the commit it points to, who made it and when, what it says.

    `commit` is empty for one that points to no commit; `annotated` is false for a lightweight one, which says nothing.
    `at` is in seconds since the epoch; `head` are the first lines of the message.
    """

    name: TagName
    oid: str
    commit: str
    annotated: bool = True
    at: int = 0
    by: str = ""
    head: str = ""


def read_tags(repository: Repository) -> list[Tag]:
    """Return every tag that tells of a version, in the order of their names; a tag of another form is passed over."""
    form = "".join(f"%({name})%00" for name in FIELDS)
    done = repository.run("for-each-ref", f"--format={form}", PREFIX)
    parts = iter(done.stdout.decode("utf-8", "replace").split("\0"))
    found = map(tag_of, zip(*[parts] * len(FIELDS), strict=False))
    return [tag for tag in found if tag is not None]


def tag_of(fields: tuple[str, ...]) -> Tag | None:
    """Return a tag from what git tells of it; None for one that is no version's."""
    ref, oid, kind, peeled, peeled_kind, at, by, head = fields
    name = names.parse(ref.lstrip("\n").removeprefix(PREFIX))
    if name is None:
        return None
    annotated = kind == "tag"
    commit = peeled if annotated and peeled_kind == "commit" else oid if kind == "commit" else ""
    return Tag(
        name=name,
        oid=oid,
        commit=commit,
        annotated=annotated,
        at=int(at) if at.isdigit() else 0,
        by=by[:LONGEST_NAME],
        head=head.replace(INDENTED, "\n"),
    )
