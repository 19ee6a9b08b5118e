"""A verdict where GitHub Actions shows it: an annotation for each model that did not pass, and the job's summary."""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.metrics.verdict import Finding, GateReport, ModelVerdict
from mlgit.stats.decision import Verdict
from mlgit.text import visible
from mlgit.views import gate, markdown
from mlgit.views.gate_wording import condition_text, said, value_text
from mlgit.views.github_summary import MOST, message_text, property_text

LONGEST = 1_000
"""Characters of an annotation; the summary of the job has all of it."""


def annotation_text(report: GateReport, *, bad: bool) -> str:
    """Return the workflow commands: errors for a FAIL and, where `bad`, for what was not decided; else warnings."""
    failed = [model for model in report.models if model.verdict is Verdict.FAIL]
    unsure = [model for model in report.models if model.verdict is Verdict.UNDECIDED]
    level = "error" if bad and not failed else "warning"
    lines = [annotation("error", model) for model in failed[:MOST]]
    return "".join([*lines, *(annotation(level, model) for model in unsure[:MOST])])


def annotation(level: str, model: ModelVerdict) -> str:
    """Return the one line that tells why a model did not pass."""
    title = property_text(visible(f"mlgit gate: {model.verdict} {model.name}"))
    text = visible("; ".join(dict.fromkeys(reasons(model))) or "see the summary of the job", LONGEST)
    return f"::{level} title={title}::{message_text(text)}\n"


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
    return f"### mlgit gate\n\n{markdown.render(tuple(gate.blocks(report)))}\n"
