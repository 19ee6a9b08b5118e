"""A verdict as text for a terminal."""

from __future__ import annotations

from mlgit.metrics.verdict import Finding, GateReport, ModelVerdict, Notice
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
    made += [line for notice in report.notices for line in notice_lines(notice)]
    for model in report.models:
        made += ["", *model_lines(model, report.notices, coloured)]
        made += explanation(model) if explain else []
    return "\n".join(made) + "\n"


def model_lines(model: ModelVerdict, known: tuple[Notice, ...], coloured: bool) -> list[str]:
    """Return the part of one model; notices in `known` were shown already."""
    if model.verdict is None:
        return [f"{visible(model.name)}: no gates"]
    facts = summary(model)
    verdict = paint(str(model.verdict), STYLES[model.verdict], coloured=coloured)
    made = [f"{visible(model.name)}: {verdict}" + (f" ({facts})" if facts else "")]
    made += [f"  {visible(text, 600)}" for text in (model.reason, model.hint) if text]
    made += [
        f"  {paint('FAIL', 'red', coloured=coloured)}  {visible(flaw.message, 600)}" for flaw in model.flaws
    ]
    made += [line for notice in model.notices if notice not in known for line in notice_lines(notice)]
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


def notice_lines(notice: Notice) -> list[str]:
    """Return a notice and its hint."""
    made = [f"  note: {visible(notice.message, 600)}"]
    return [*made, f"        {visible(notice.hint)}"] if notice.hint else made


def explanation(model: ModelVerdict) -> list[str]:
    """Return the arithmetic behind the verdict of one model."""
    made = explained_budget(model.budget) if model.budget is not None else []
    made += [line for finding in model.findings for line in explained(finding)]
    return ["", *(f"  {visible(line, 600)}" for line in made)] if made else []
