"""A comment before it is text: sections in the order they are read, each with its weight, and how they are made to fit.

The texts in it are Markdown whose repository values are escaped already; a piece is kept whole or left out whole, so
that no table, fold or chart is ever cut in the middle.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

COMMENT_LIMIT = 65_000
"""Bytes of UTF-8 a comment may have. GitHub refuses 65,536 and does not say of what: a count of bytes is never below
a count of characters or of UTF-16 units."""
WEIGHTS = {
    "metrics": 60,
    "parameters": 50,
    "data": 40,
    "data changes": 35,
    "charts": 30,
    "stages": 20,
    "digests": 10,
}
"""The weights of a report's parts: digests and cost are shortened first, metrics last."""
ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:_-]+(?:/[A-Za-z0-9._~!$&'*+,;=:@%/?#-]*)?")


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the comment.

    `weight`: the lightest section is shortened and left out first. `fact` stands behind the title of a folded one. `head` and `tail` stand around the pieces (a
    table's header; nothing); `pieces` are left out from the end. `folded` hides the section behind its title.
    """

    title: str
    weight: int
    head: str = ""
    pieces: tuple[str, ...] = ()
    tail: str = ""
    separator: str = "\n"
    folded: bool = False
    fact: str = ""

    @property
    def markdown(self) -> str:
        """The section as it is shown, without blank ends."""
        parts = [part for part in (self.head, self.separator.join(self.pieces), self.tail) if part]
        inner = "\n".join(parts)
        if self.folded:
            title = f"{self.title}: {self.fact}" if self.fact else self.title
            return f"<details><summary>{title}</summary>\n\n{inner}\n\n</details>"
        return f"### {self.title}\n\n{inner}"


class CommentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comment: the verdict, the sections in reading order, and where everything can be read unshortened."""

    verdict: str
    sections: tuple[Section, ...] = ()
    whole: str = ""


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """A comment's text within its limit; `left_out` says what is missing, section by section, and is empty if nothing."""

    text: str
    left_out: tuple[str, ...] = ()


def fit(document: CommentDocument, limit: int = COMMENT_LIMIT) -> Fitted:
    """Return the text of `document` in at most `limit` bytes of UTF-8 (`limit` is 1,000 or more).

    The lightest section loses pieces from its end, then goes; then the next lightest. Of equal weights the later one
    goes first. The verdict always stays, cut only when it is too long by itself. A line at the end names what is
    missing and links to the whole.
    """
    if size(joined(document, document.sections, ())) <= limit:
        return Fitted(text=joined(document, document.sections, ()))
    kept: list[Section | None] = list(document.sections)
    left_out: list[str] = []
    order = sorted(range(len(kept)), key=lambda place: (document.sections[place].weight, -place))
    for place in order:
        section = document.sections[place]
        kept[place] = None
        excess = size(joined(document, kept, (*left_out, shortened_line(section, 0)))) - limit
        shorter = shortened(section, -excess)
        kept[place] = shorter
        missing = len(section.pieces) - len(shorter.pieces) if shorter else len(section.pieces)
        left_out.append(shortened_line(section, missing if shorter else 0))
        if excess <= 0:
            break
    text = joined(document, kept, tuple(left_out))
    if size(text) > limit:
        text = cut_verdict(document, tuple(left_out), limit)
    return Fitted(text=text, left_out=tuple(left_out))


def shortened(section: Section, room: int) -> Section | None:
    """Return the section with as many pieces as fit into `room` bytes, None when not even one does."""
    frame = msgspec.structs.replace(section, pieces=())
    room -= size(frame.markdown) + 40
    count = 0
    for piece in section.pieces:
        room -= size(piece) + len(section.separator)
        if room < 0:
            break
        count += 1
    return msgspec.structs.replace(section, pieces=section.pieces[:count]) if count else None


def shortened_line(section: Section, missing: int) -> str:
    """Return what to say about a section: how many of its pieces are missing, or (0) that all of it is."""
    if not missing:
        return section.title
    return f"{section.title} ({missing} of {len(section.pieces)})"


def joined(document: CommentDocument, sections: Sequence[Section | None], left_out: tuple[str, ...]) -> str:
    """Return the text of the verdict, the sections that are there, and the last line."""
    parts = [document.verdict.strip()]
    parts.extend(section.markdown for section in sections if section is not None)
    parts.append(last_line(document.whole, left_out))
    return "\n\n".join(part for part in parts if part) + "\n"


def last_line(whole: str, left_out: tuple[str, ...]) -> str:
    """Return the line that says what was left out and where the whole is; nothing when there is nothing to say."""
    link = f"[The whole report]({whole})" if ADDRESS.fullmatch(whole) else ""
    if not left_out:
        return link
    said = f"Shortened to fit into a comment; left out: {', '.join(left_out)}."
    return f"{said} {link}".strip()


def cut_verdict(document: CommentDocument, left_out: tuple[str, ...], limit: int) -> str:
    """Return the verdict alone, cut at a line or, if one line is too long, within it."""
    end = "\n\n" + last_line(document.whole, left_out) + "\n"
    if size(end) > limit // 2:
        end = "\n\nShortened to fit into a comment.\n"
    room = limit - size(end)
    text = document.verdict.strip().encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return (text.rpartition("\n")[0] or text) + end


def size(text: str) -> int:
    """Return the length of a text in bytes of UTF-8, which is never below any other way to count it."""
    return len(text.encode("utf-8", "replace"))
