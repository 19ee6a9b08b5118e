"""A verdict on the page of a job: an annotation for each model that did not pass, and the summary."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.host.ci import Annotation, Level
from mlgit.metrics.verdict import Finding, GateReport, ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.text import visible
from mlgit.views import gate, markdown
from mlgit.views.check_summary import MOST
from mlgit.views.gate_wording import condition_text, said, value_text

LONGEST = 1_000
"""Characters of an annotation; the summary of the job has all of it."""


def annotations_of(report: GateReport, *, bad: bool) -> list[Annotation]:
    """Return errors for a FAIL and, where `bad`, for what was not decided; else warnings."""
    failed = [model for model in report.models if model.verdict is Verdict.FAIL]
    unsure = [model for model in report.models if model.verdict is Verdict.UNDECIDED]
    level: Level = "error" if bad and not failed else "warning"
    return [
        *(annotation("error", model) for model in failed[:MOST]),
        *(annotation(level, model) for model in unsure[:MOST]),
    ]


def annotation(level: Level, model: ModelVerdict) -> Annotation:
    """Return the one line that tells why a model did not pass."""
    text = visible("; ".join(dict.fromkeys(reasons(model))) or "see the summary of the job", LONGEST)
    title = visible(f"mlgit gate: {model.verdict} {model.name}")
    return Annotation(level=level, title=title, message=text)


def reasons(model: ModelVerdict) -> Iterator[str]:
    """Yield why a model did not pass, the heaviest first."""
    yield from (error.message for error in model.errors)
    yield from (finding_text(one) for one in model.findings if one.verdict is model.verdict)
    if model.reason:
        yield f"{model.reason} ({model.hint})" if model.hint else model.reason
    yield from (warning.message for warning in model.warnings if warning.blocks)


def finding_text(finding: Finding) -> str:
    """Return one answer in a line: `accuracy no worse by 0.02: -0.031 [-0.05, -0.012]`."""
    where = f" where {finding.slice}" if finding.slice else ""
    facts = "; ".join(part for part in (value_text(finding), said(finding)) if part)
    return f"{finding.metric}{where} {condition_text(finding)}" + (f": {facts}" if facts else "")


def summary(report: GateReport) -> str:
    """Return the verdict as Markdown for the summary of the job."""
    return f"### mlgit gate\n\n{markdown.render(tuple(gate.blocks(report)), deeper=2)}\n"
