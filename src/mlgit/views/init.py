"""What init made, as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlgit.plan.outcome import Finding, InitResult
from mlgit.text import counted

INTERNAL = ".mlgit/"
JOBS = ("what changed", "code", "data", "model")
"""The jobs of mlgit-ci, which `required` waits for."""
JOBS_OF = {
    "packages": ("model",),
    "code": ("code",),
    "model": ("model",),
    "data": ("data", "model"),
    "secrets": ("data", "model"),
    "dvc repository": ("data", "model"),
    "size": ("data", "model"),
}
"""Which of them what was found concerns; all of them what is not named here."""


def init_lines(result: InitResult, shown: str) -> Iterator[str]:
    """Yield what was made and the commands that come next; `shown` is the folder as the user wrote it."""
    verb = "adopted" if result.adopted else "made"
    yield f"{verb} {result.root.name}: {counted(len(result.written), 'file')} written"
    yield from (f"  {line}" for line in result.about)
    if result.adopted:
        yield from written_lines(result.written)
    for path in result.proposed:
        yield f"  left {path} as it is; mlgit's proposal: .mlgit/proposed/{path}"
    if result.installs:
        yield f"  CI: {result.installs}"
    yield from finding_lines(result.findings)
    for note in result.notes:
        yield f"  note: {note}"
    if result.not_committed:
        yield f"  not committed: {result.not_committed}"
    yield "next:"
    yield from next_commands(result, shown)


def finding_lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    """Yield what was found, which jobs will be green, and what will not be: each with the command that mends it."""
    if not findings:
        return
    red = [one for one in findings if not one.good]
    yield "found:"
    for finding in findings:
        if finding.good:
            yield f"  {finding.name}: {finding.detail}"
            yield from (f"    {finding.hint}",) if finding.hint else ()
    hit = {job for finding in red for job in JOBS_OF.get(finding.name, JOBS)}
    green = [job for job in JOBS if job not in hit]
    yield f"green at the first push: {', '.join(green) or 'nothing yet'}"
    if red:
        yield f"not green yet: {', '.join(job for job in JOBS if job in hit)}, because"
    for finding in red:
        yield f"  {finding.name}: {finding.detail}"
        yield f"    {finding.hint}"


def written_lines(written: tuple[str, ...]) -> Iterator[str]:
    """Yield what was written, mlgit's own records in one line."""
    files = [path for path in written if not path.startswith(INTERNAL)]
    yield from (f"  wrote {path}" for path in files)
    if len(files) < len(written):
        own = counted(len(written) - len(files), "file")
        yield f"  wrote {own} below {INTERNAL}: the schema of mlgit.yaml, and what mlgit sync compares with"


def next_commands(result: InitResult, shown: str) -> Iterator[str]:
    """Yield the commands that a user runs next."""
    if shown not in (".", ""):
        yield f"  cd {shown}"
    if result.about and result.proposed:
        yield "  merge what .mlgit/proposed/ holds into your files first: the pipeline is written for it"
    if result.about:
        yield "  mlgit train      run the pipeline"
        yield "  mlgit check      what CI will check"
    else:
        yield "  mlgit status     which stages are out of date, and why"
        yield "  mlgit compare    what changed since the last commit"


def demo_text(made: Path, shown: str) -> str:
    """Return where the folder stands and what to try in it; `shown` is how the user writes it."""
    return f"""
The folder {made} is yours to explore, and to delete:
  cd {shown}/tumours
  git log --oneline --all --graph
  mlgit compare main boosting
  cat mlgit.yaml dvc.yaml
  cat ../comment.md
  xdg-open ../comparison.html
"""
