"""`help`: the pages of the documentation that are installed with mlgit, and what the code of an error means."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from mlgit.errors import ExternalError, UsageError

SECTIONS = {
    "tutorial": "Tutorial",
    "how-to": "How to",
    "reference": "Reference",
    "explanation": "Explanation",
}
"""The folders of the documentation that are installed, and the heading of each."""
ROW = re.compile(r"^\| `(?P<code>[a-z0-9-]+)` \| (?P<says>.*) \| (?P<hint>.*) \|$", re.M)


def folder() -> Path:
    """Return the folder of the pages: inside the installed package, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "_docs", package.parents[1] / "docs"):
        if place.is_dir():
            return place
    raise ExternalError("docs-missing", "the pages of mlgit are missing", hint="install mlgit again")


def pages() -> dict[str, Path]:
    """Return every page by its topic, the name of its file, section by section."""
    top = folder()
    return {page.stem: page for section in SECTIONS for page in sorted((top / section).glob("*.md"))}


def contents() -> str:
    """Return the topics with the title of each page, and where else to ask."""
    found = pages()
    width = max(map(len, found))
    lines: list[str] = []
    for section, heading in SECTIONS.items():
        lines += ["", heading] if lines else [heading]
        lines += [
            f"  {topic:<{width}}  {title(page)}"
            for topic, page in found.items()
            if page.parent.name == section
        ]
    return "\n".join([*lines, "", "mlgit help TOPIC prints a page, mlgit help CODE explains an error", ""])


def title(page: Path) -> str:
    """Return the heading of a page."""
    with page.open(encoding="utf-8") as lines:
        return next((line[2:].strip() for line in lines if line.startswith("# ")), page.stem)


def text_about(topic: str, verbs: Collection[str]) -> str | None:
    """Return the page or the meaning of the code that `topic` names, None when it names a verb.

    Raises `UsageError` (`help-topic-unknown`) when it names none of them.
    """
    name = topic.strip("`").replace(".", "-").removesuffix("-md").lower()
    found = pages()
    if name in found:
        return found[name].read_text(encoding="utf-8")
    codes = {row["code"]: row for row in ROW.finditer(found["errors"].read_text(encoding="utf-8"))}
    if name in codes:
        return meaning(name, found["errors"])
    if name in verbs:
        return None
    raise unknown(topic, [*found, *codes, *verbs])


def meaning(code: str, page: Path) -> str:
    """Return what an error of this code says, and its hint, for each place that raises it."""
    parts = []
    for row in ROW.finditer(page.read_text(encoding="utf-8")):
        if row["code"] == code:
            hint = f"hint: {row['hint']}\n" if row["hint"] else ""
            parts.append(f"error[{code}]: {row['says']}\n{hint}".replace("\\|", "|"))
    return "\n".join(parts)


def unknown(topic: str, names: list[str]) -> UsageError:
    """Return the error for a topic that nothing is called, with the closest name."""
    import difflib

    near = difflib.get_close_matches(topic, names, n=1)
    return UsageError(
        "help-topic-unknown",
        f"there is no page, error or verb {topic!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
        hint="mlgit help lists the pages",
    )
