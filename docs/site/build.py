"""The documentation as a site: `python docs/site/build.py` writes it to build/site; a warning is an error.

The pages are those that a reader of the repository sees. Here they are put into one folder, links between them are
adjusted, drawings stand for their Mermaid blocks, and the lists of docs/index.md become the one navigation. Nothing is
loaded from elsewhere: when the site is built, every link, anchor, picture and script in it is looked up.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DOCS = ROOT / "docs"
BUILD = ROOT / "build"
TOP_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
COPIED = {".md", ".json", ".png", ".svg"}
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
FENCE = re.compile(r"^```.*?^```$", re.S | re.M)
MERMAID = re.compile(r"^<!-- picture: ([a-z-]+): (.+?) -->\n```mermaid\n(.*?)^```$", re.S | re.M)
HEADING = re.compile(r"^\*\*(.+)\*\*$")


def places() -> dict[Path, Path]:
    """Return every file of the site by its place below the folder that Sphinx reads."""
    found = {path.relative_to(DOCS): path for path in DOCS.rglob("*") if path.suffix in COPIED}
    return {**found, **{Path(name): ROOT / name for name in TOP_PAGES}}


def page(source: Path, place: Path, sources: dict[Path, Path]) -> str:
    """Return a page as the site has it."""
    text = MERMAID.sub(lambda found: drawing(found, place), source.read_text(encoding="utf-8"))
    parts = []
    end = 0
    for fence in FENCE.finditer(text):
        parts += [adjusted(text[end : fence.start()], source, place, sources), fence.group()]
        end = fence.end()
    text = "".join([*parts, adjusted(text[end:], source, place, sources)])
    return text + navigation(text) if place == Path("index.md") else text


def drawing(found: re.Match[str], place: Path) -> str:
    """Return the picture that stands for a Mermaid block; a drawing of another text is an error."""
    name, description, block = found.groups()
    picture = DOCS / "pictures" / f"{name}.svg"
    digest = hashlib.sha256(block.encode()).hexdigest()
    if f"<!-- mermaid {digest} -->" not in picture.read_text(encoding="utf-8"):
        sys.exit(f"docs/pictures/{name}.svg draws another text than {place}: python docs/pictures.py")
    # The link is adjusted with those of the page, so it is written as in docs/.
    return f"![{description}]({os.path.relpath(picture, (DOCS / place).parent)})"


def adjusted(text: str, source: Path, place: Path, sources: dict[Path, Path]) -> str:
    """Return a part of a page with its links to other files of the site as they lie there."""

    def link(found: re.Match[str]) -> str:
        path, mark, anchor = found[2].partition("#")
        target = (source.parent / path).resolve()
        new = sources.get(target)
        if not path or "://" in path or new is None:
            return found.group()
        return f"{found[1]}{os.path.relpath(new, place.parent)}{mark}{anchor}{found[3]}"

    return LINK.sub(link, text)


def navigation(text: str) -> str:
    """Return the lists of the first page as Sphinx's navigation, in their order."""
    trees: list[list[str]] = []
    for line in text.splitlines():
        if heading := HEADING.match(line):
            trees.append([f"\n```{{toctree}}\n:hidden:\n:caption: {heading[1]}\n"])
        elif trees:
            trees[-1] += [found[1].removesuffix(".md") for found in re.finditer(r"\]\(([^)#]+\.md)\)", line)]
    return "\n".join("\n".join([*tree, "```"]) for tree in trees) + "\n"


def stage(folder: Path) -> None:
    """Write everything that Sphinx reads into a fresh folder."""
    shutil.rmtree(folder, ignore_errors=True)
    found = places()
    sources = {source.resolve(): place for place, source in found.items()} | {
        ROOT / "README.md": Path("index.md")
    }
    for place, source in found.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(page(source, place, sources), encoding="utf-8")
        else:
            shutil.copyfile(source, target)
    shutil.copyfile(HERE / "conf.py", folder / "conf.py")
    (folder / "static").mkdir()
    shutil.copyfile(HERE / "style.css", folder / "static" / "style.css")


class Page(HTMLParser):
    """The anchors of a page of the site, what it links to, and what it loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element is, or refers to."""
        values = {name: value or "" for name, value in attrs}
        self.anchors.add(values.get("id", ""))
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        for name in ("src", "href") if tag == "link" else ("src",):
            if name in values:
                self.loaded.append(values[name])


def mistakes(site: Path) -> list[str]:
    """Return every link, anchor and file of the site that leads nowhere, and everything that would be loaded from elsewhere."""
    found: dict[Path, Page] = {}
    for path in site.rglob("*.html"):
        found[path] = Page()
        found[path].feed(path.read_text(encoding="utf-8"))
    wrong = []
    for path, seen in found.items():
        name = path.relative_to(site)
        wrong += [f"{name} loads {one}" for one in seen.loaded if urlsplit(one).netloc]
        for address in (*seen.links, *seen.loaded):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                wrong.append(f"{name}: {address} leads nowhere")
            elif parts.fragment and target in found and unquote(parts.fragment) not in found[target].anchors:
                wrong.append(f"{name}: {address} has no such anchor")
    return wrong


def main() -> int:
    """Build the site and look every link up."""
    source, site = BUILD / "site-source", BUILD / "site"
    stage(source)
    shutil.rmtree(site, ignore_errors=True)
    options = (
        "--builder",
        "html",
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "--doctree-dir",
        str(BUILD / "site-trees"),
    )
    done = subprocess.run([sys.executable, "-m", "sphinx", *options, str(source), str(site)], check=False)
    if done.returncode:
        return done.returncode
    wrong = mistakes(site)
    print(
        "\n".join(
            [
                *wrong,
                f"{len(list(site.rglob('*.html')))} pages in {site.relative_to(ROOT)}, {len(wrong)} mistakes",
            ]
        )
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
