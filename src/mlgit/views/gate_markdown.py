"""A verdict as Markdown for GitHub. The pull-request comment is made of the same parts."""

from __future__ import annotations

from mlgit.metrics.verdict import Finding, GateReport, GateWarning, ModelVerdict
from mlgit.views.escape import code
from mlgit.views.gate_wording import (
    condition_text,
    explained,
    explained_budget,
    summary,
    value_text,
    wider_text,
)
from mlgit.views.markdown import folded, table
from mlgit.views.wording import needed_text


def render(report: GateReport, *, explain: bool = False) -> str:
    """Return the Markdown of a verdict, ending in a line end."""
    made = [f"## {report.verdict}: {code(report.base.name)} → {code(report.head.name)}", ""]
    if report.reason:
        made += [f"{report.reason}: {report.hint}.", ""]
    made += warning_lines(report.warnings)
    for model in report.models:
        made += model_lines(model, report.warnings)
        made += explanation(model) if explain else []
    return "\n".join(made).rstrip("\n") + "\n"


def model_lines(model: ModelVerdict, known: tuple[GateWarning, ...] = ()) -> list[str]:
    """Return the part of one model; warnings in `known` were shown already."""
    if model.verdict is None:
        return [f"### {code(model.name)}: no gates", ""]
    return [f"### {code(model.name)}: {model.verdict}", "", *verdict_lines(model, known)]


def verdict_lines(model: ModelVerdict, known: tuple[GateWarning, ...] = (), *, lead: str = "") -> list[str]:
    """Return what the gates say of one model, without its heading; `lead` stands before the facts."""
    first = [part for part in (lead, summary(model)) if part]
    made = [" · ".join(first), ""] if first else []
    if model.reason:
        made += [f"{code(model.reason, 600)}" + (f" ({code(model.hint)})" if model.hint else ""), ""]
    if model.errors:
        made += [*(f"- **FAIL** {code(error.message, 600)}" for error in model.errors), ""]
    made += warning_lines(tuple(warning for warning in model.warnings if warning not in known))
    return made + finding_table(model.findings)


def finding_table(findings: tuple[Finding, ...]) -> list[str]:
    """Return the table of the rules, with the 95 % interval of each; a column for remarks where there are any."""
    remarks = any(remark(finding) for finding in findings)
    rows = [
        [
            f"**{finding.verdict}**",
            code(finding.metric, cell=True)
            + (f" where {code(finding.slice, cell=True)}" if finding.slice else ""),
            condition_text(finding),
            value_text(finding),
            f"{finding.items:,}" if finding.items is not None else "",
            *[remark(finding)] * remarks,
        ]
        for finding in findings
    ]
    header = ["verdict", "metric", "rule", "value [95 %]", "n", *[""] * remarks]
    return table(header, rows, right=(4,)) if rows else []


def remark(finding: Finding) -> str:
    """Return what is to be said of a finding besides its numbers."""
    parts = [code(finding.reason, cell=True)] if finding.reason else []
    parts += [text] if (text := wider_text(finding)) else []
    parts += [text] if (text := needed_text(finding.needed, finding.items)) else []
    parts += [code(finding.hint, cell=True)] if finding.hint else []
    return "; ".join(parts)


def warning_lines(warnings: tuple[GateWarning, ...]) -> list[str]:
    """Return a list of what a person has to look at."""
    items = [
        f"- **warning** {code(warning.message, 600)}" + (f" ({code(warning.hint)})" if warning.hint else "")
        for warning in warnings
    ]
    return [*items, ""] if items else []


def explanation(model: ModelVerdict) -> list[str]:
    """Return the arithmetic behind a verdict, behind a click."""
    said = explained_budget(model.budget) if model.budget is not None else []
    said += [line for finding in model.findings for line in explained(finding)]
    return (
        folded("How it was decided", [*(f"- {code(line.strip(), 600)}" for line in said), ""]) if said else []
    )
