"""The pictures of the documentation: `nox -s pictures`, or `python docs/pictures.py [DEMO]`.

Plays `mlgit demo` (or takes the folder of one), and shows its comment, its HTML report and its check as a forge would, in
colours and sizes of our own; draws the Mermaid blocks of the pages as SVG. It needs Chromium without a display and npm,
and writes docs/pictures/. Nothing is sent anywhere: the pages are files.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
from markdown_it import MarkdownIt
from PIL import Image

from mlgit.host.forge import NewCheck

DOCS = Path(__file__).resolve().parent
PICTURES = DOCS / "pictures"
TOOLS = DOCS.parent / "build" / "pictures"
MERMAID = "mermaid@12.3.0"
BLOCK = re.compile(r"^<!-- picture: ([a-z-]+): .+? -->\n```mermaid\n(.*?)^```$", re.S | re.M)
NUMBER = re.compile(r"(\d\.\d)\d+")
"""A number of a drawing, which needs one digit behind the point."""
WIDTH = 878
BROWSER = (
    *(
        "chromium",
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--hide-scrollbars",
    ),
    *("--allow-file-access-from-files", "--force-color-profile=srgb", "--virtual-time-budget=20000"),
)
STYLE = """
body { margin: 0; padding: 20px; width: max-content; max-width: 880px; box-sizing: border-box; background: #fff; color: #1f2328;
       font: 14px/1.5 "Liberation Sans", "DejaVu Sans", sans-serif; }
.card { border: 1px solid #d1d9e0; border-radius: 6px; width: 838px; }
.head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; border-radius: 6px 6px 0 0; padding: 8px 16px; color: #59636e; }
.head b { color: #1f2328; }
.bot { border: 1px solid #d1d9e0; border-radius: 1em; font-size: 12px; padding: 0 7px; }
.body { padding: 4px 16px 12px; }
h2 { font-size: 20px; margin: 12px 0; padding-bottom: 4px; border-bottom: 1px solid #d1d9e0; }
h3 { font-size: 16px; margin: 16px 0 8px; }
p { margin: 8px 0; }
code { background: #eff1f3; border-radius: 6px; padding: 2px 5px; font: 12px "DejaVu Sans Mono", monospace; }
table { border-collapse: collapse; margin: 8px 0; }
td, th { border: 1px solid #d1d9e0; padding: 4px 11px; }
tr:nth-child(2n) td { background: #f6f8fa; }
.mermaid svg { max-width: 560px !important; height: auto; }
.check { display: flex; gap: 10px; padding: 10px 16px; border-top: 1px solid #d1d9e0; align-items: center; }
.mark { width: 18px; height: 18px; border-radius: 50%; color: #fff; text-align: center; font: bold 12px/18px sans-serif; }
.success { background: #1a7f37; } .failure { background: #d1242f; } .neutral { background: #59636e; }
.required { margin-left: auto; }
"""
MEASURE = "<script>addEventListener('load', () => setTimeout(() => { document.body.dataset.height = document.body.scrollHeight }, 1500))</script>"


def browser(*arguments: str) -> str:
    """Run Chromium without a display and return what it prints."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [*BROWSER, f"--user-data-dir={profile}", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
    if done.returncode:
        sys.exit(f"chromium: {done.stderr[-2000:]}")
    return done.stdout


def shoot(page: Path, picture: Path, *, width: int = WIDTH, height: int | None = None) -> None:
    """Take a picture of a page, as high as it is unless told, in few colours so that it stays small."""
    if height is None:
        measured = re.search(
            r'data-height="(\d+)"', browser(f"--window-size={width},400", "--dump-dom", page.as_uri())
        )
        height = int(measured[1]) if measured else 1200
    browser(f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri())
    Image.open(picture).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)
    print(f"wrote {picture.relative_to(DOCS.parent)}, {picture.stat().st_size // 1000} kB")


def mermaid_script() -> Path:
    """Return Mermaid's script, installed once below build/."""
    script = TOOLS / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
    if not script.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--ignore-scripts", "--prefix", str(TOOLS), MERMAID], check=True
        )
    return script


def drawings(folder: Path) -> None:
    """Draw every named Mermaid block of the pages."""
    for page in sorted(DOCS.rglob("*.md")):
        for name, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            place = folder / f"{name}.html"
            place.write_text(
                f"<meta charset=utf-8><script src='{mermaid_script().as_uri()}'></script><pre id=drawing></pre><script>"
                "mermaid.initialize({startOnLoad: false, htmlLabels: false, flowchart: {htmlLabels: false},"
                " theme: 'neutral', fontFamily: 'sans-serif', deterministicIds: true,"
                " themeCSS: '.edgeLabel rect, .edgeLabel .background { opacity: 1; fill: #fff; }'});"
                f"mermaid.render('picture', {json.dumps(block)}).then(done =>"
                " { document.getElementById('drawing').textContent = done.svg })</script>"
            )
            found = re.search(r'<pre id="drawing">(.*?)</pre>', browser("--dump-dom", place.as_uri()), re.S)
            drawing = NUMBER.sub(r"\1", html.unescape(found[1])) if found else ""
            if not drawing.startswith("<svg"):
                sys.exit(f"{page.name}: the drawing {name} did not come out: {drawing[:200]}")
            digest = hashlib.sha256(block.encode()).hexdigest()
            (PICTURES / f"{name}.svg").write_text(f"<!-- mermaid {digest} -->\n{drawing}\n", encoding="utf-8")
            print(f"wrote docs/pictures/{name}.svg, {len(drawing) // 1000} kB")


def document(body: str, script: str = "") -> str:
    """Return a page with our style around `body`."""
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{script}{MEASURE}<body>{body}</body>"


def markdown(text: str) -> str:
    """Return Markdown as HTML, charts as what Mermaid draws."""
    body = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text)
    return re.sub(
        r'<pre><code class="language-mermaid">(.*?)</code></pre>',
        r'<div class="mermaid">\1</div>',
        body,
        flags=re.S,
    )


def comment(demo: Path, folder: Path) -> None:
    """Show the comment of the demo."""
    script = f"<script src='{mermaid_script().as_uri()}'></script><script>mermaid.initialize({{startOnLoad: true, theme: 'neutral'}})</script>"
    head = '<div class="head"><b>github-actions</b> <span class="bot">bot</span> commented</div>'
    body = markdown((demo / "comment.md").read_text(encoding="utf-8"))
    page = folder / "comment.html"
    page.write_text(
        document(f'<div class="card">{head}<div class="body">{body}</div></div>', script), encoding="utf-8"
    )
    shoot(page, PICTURES / "comment.png", height=1296)


def check(demo: Path, folder: Path) -> None:
    """Show the check run of the demo as the list of checks has it, and below it what it says."""
    (stored,) = (demo / "tumours" / ".git" / "mlgit" / "forge" / "checks").glob("*.json")
    value = msgspec.json.decode(stored.read_bytes(), type=NewCheck)
    mark = {"success": "✓", "failure": "✕"}.get(value.conclusion, "-")
    line = f'<span class="mark {value.conclusion}">{mark}</span><span><b>{html.escape(value.name)}</b> {html.escape(value.title)}</span>'
    body = f'<div class="head"><b>Checks</b></div><div class="check">{line}</div><div class="body">{markdown(value.summary)}</div>'
    page = folder / "check.html"
    page.write_text(document(f'<div class="card">{body}</div>'), encoding="utf-8")
    shoot(page, PICTURES / "check.png", height=800)


PERSON = {
    f"GIT_{role}_{what}": text
    for role in ("AUTHOR", "COMMITTER")
    for what, text in (("NAME", "Ada Example"), ("EMAIL", "ada@example.org"))
}
"""Whose commits the pictures show, whoever makes them."""
ENVIRONMENTS = """
environments:
  staging: {approval: gate}
  production: {approval: pull_request}
"""
OF_INIT = re.compile(r"^environments:\n(?:  .*\n)*", re.M)
"""The environments that `mlgit init` writes."""
WARN = "    undecided: {promote: warn}\n"
"""Few test rows decide about no small margin, so that what is undecided is shown and goes on."""
DELIVERY = (
    ("git", "switch", "--quiet", "main"),
    ("dvc", "remote", "add", "--force", "--default", "storage", "../../storage"),
    ("git", "add", "--all"),
    ("git", "commit", "--quiet", "--message", "Name the environments"),
    ("mlgit", "register", "tumours", "--local"),
    ("mlgit", "promote", "tumours", "staging", "--local"),
    ("mlgit", "promote", "tumours", "production", "--local"),
    ("git", "merge", "--quiet", "--no-ff", "--no-edit", "mlgit/promote/production/tumours"),
    ("git", "merge", "--quiet", "--no-edit", "--strategy-option", "theirs", "february"),
    ("dvc", "checkout", "--quiet", "--force"),
    ("mlgit", "register", "tumours", "--local"),
    ("mlgit", "promote", "tumours", "staging", "--local"),
    ("mlgit", "promote", "tumours", "production", "--local"),
)
"""Two versions of the demo's model on their way: the second waits in a pull request for production."""


def delivery(demo: Path, folder: Path) -> None:
    """Show a promotion's pull request, the model card, `history` and `models` of the demo, delivered further in a copy."""
    shutil.copytree(demo, folder / "delivered", symlinks=True, dirs_exist_ok=True)
    place = folder / "delivered" / "tumours"
    settings = place / "mlgit.yaml"
    text = settings.read_text(encoding="utf-8").replace("    pipeline: .\n", f"    pipeline: .\n{WARN}", 1)
    settings.write_text(OF_INIT.sub("", text) + ENVIRONMENTS, encoding="utf-8")
    for words in DELIVERY:
        said(place, *words)
    (last,) = sorted((place / ".git" / "mlgit" / "forge" / "items").glob("*.json"))[-1:]
    pull = json.loads(last.read_text(encoding="utf-8"))
    head = f'<div class="head"><b>{html.escape(pull["title"])}</b> <span class="bot">open</span></div>'
    body = f'<div class="card">{head}<div class="body">{markdown(pull["body"])}</div></div>'
    picture(folder, "promotion", body)
    card = markdown(said(place, "mlgit", "models", "tumours", "--card"))
    picture(folder, "model-card", f'<div class="card"><div class="body">{card}</div></div>')
    for verb in ("history", "models"):
        shown = html.escape(said(place, "mlgit", verb))
        picture(folder, verb, f"<pre>$ mlgit {verb}\n{shown}</pre>", width=1500)


def said(place: Path, *words: str) -> str:
    """Run a command of the delivery and return what it prints."""
    program = [sys.executable, "-m", words[0], *words[1:]] if words[0] in ("mlgit", "dvc") else list(words)
    environment = {**os.environ, "COLUMNS": "110", "NO_COLOR": "1"}
    done = subprocess.run(
        program, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return done.stdout


def picture(folder: Path, name: str, body: str, *, width: int = WIDTH) -> None:
    """Take a picture of a piece of HTML; `width` in pixels."""
    page = folder / f"{name}.html"
    page.write_text(f"{document(body)}<style>body {{ max-width: {width}px; }}</style>", encoding="utf-8")
    shoot(page, PICTURES / f"{name}.png", width=width)


def main() -> int:
    """Make every picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "demo", nargs="?", type=Path, metavar="DEMO", help="the folder of a demo; default: play one"
    )
    demo = parser.parse_args().demo
    os.environ.update(PERSON)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drawings(folder)
        if demo is None:
            demo = folder / "demo"
            subprocess.run([sys.executable, "-m", "mlgit", "demo", str(demo)], check=True)
        comment(demo.resolve(), folder)
        check(demo.resolve(), folder)
        delivery(demo.resolve(), folder)
        shoot(demo.resolve() / "comparison.html", PICTURES / "report.png", width=1200, height=1860)
    return 0


if __name__ == "__main__":
    sys.exit(main())
