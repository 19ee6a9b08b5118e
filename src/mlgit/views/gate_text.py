"""A verdict as text for a terminal."""

from __future__ import annotations

from mlgit.metrics.verdict import Finding, GateReport, GateWarning, ModelVerdict
from mlgit.text import visible
from mlgit.views.gate_wording import (
    condition_text,
    explained,
    explained_budget,
    said,
    summary,
    value_text,
)
from mlgit.views.table import lines, paint

STYLES = {"PASS": "green", "FAIL": "red", "UNDECIDED": "yellow"}


def render(report: GateReport, *, explain: bool = False, coloured: bool = False) -> str:
    """Return the text of a verdict, ending in a line end; with `explain`, the arithmetic behind it."""
    verdict = paint(str(report.verdict), STYLES[report.verdict], coloured=coloured)
    made = [f"{verdict}  {visible(report.base.name)} -> {visible(report.head.name)}"]
    if report.reason:
        made += [f"  {visible(report.reason)}", f"  {visible(report.hint)}"]
    made += [line for warning in report.warnings for line in warning_lines(warning)]
    for model in report.models:
        made += ["", *model_lines(model, report.warnings, coloured)]
        made += explanation(model) if explain else []
    return "\n".join(made) + "\n"


def model_lines(model: ModelVerdict, known: tuple[GateWarning, ...], coloured: bool) -> list[str]:
    """Return the part of one model; warnings in `known` were shown already."""
    if model.verdict is None:
        return [f"{visible(model.name)}: no gates"]
    facts = summary(model)
    verdict = paint(str(model.verdict), STYLES[model.verdict], coloured=coloured)
    made = [f"{visible(model.name)}: {verdict}" + (f" ({facts})" if facts else "")]
    made += [f"  {visible(text, 600)}" for text in (model.reason, model.hint) if text]
    made += [
        f"  {paint('FAIL', 'red', coloured=coloured)}  {visible(error.message, 600)}"
        for error in model.errors
    ]
    made += [line for warning in model.warnings if warning not in known for line in warning_lines(warning)]
    return made + finding_lines(model.findings, coloured)


def finding_lines(findings: tuple[Finding, ...], coloured: bool) -> list[str]:
    """Return the table of the rules, with what is to be said of each behind it, never cut."""
    rows = [
        [
            str(finding.verdict),
            finding.metric + (f" ({finding.slice})" if finding.slice else ""),
            condition_text(finding),
            value_text(finding),
        ]
        for finding in findings
    ]
    styles = [STYLES[finding.verdict] for finding in findings]
    table = lines(rows, styles=styles, coloured=coloured) if rows else []
    remarks = [visible(said(finding), 600) for finding in findings]
    return [f"{line}  {remark}" if remark else line for line, remark in zip(table, remarks, strict=True)]


def warning_lines(warning: GateWarning) -> list[str]:
    """Return a warning and its hint."""
    made = [f"  warning: {visible(warning.message, 600)}"]
    return [*made, f"           {visible(warning.hint)}"] if warning.hint else made


def explanation(model: ModelVerdict) -> list[str]:
    """Return the arithmetic behind the verdict of one model."""
    made = explained_budget(model.budget) if model.budget is not None else []
    made += [line for finding in model.findings for line in explained(finding)]
    return ["", *(f"  {visible(line, 600)}" for line in made)] if made else []
