"""A verdict as a part of an HTML page: the rules with bars of their intervals, and what a person has to look at."""

from __future__ import annotations

from mlgit.metrics.verdict import Finding, ModelVerdict
from mlgit.views.escape import html
from mlgit.views.gate_wording import condition_text, said, summary, value_text
from mlgit.views.interval_bar import interval_bar

HEADER = '<tr><th>verdict</th><th>metric</th><th>rule</th><th>value [95 %]</th><th></th><th class="number">n</th><th></th></tr>'


def gate_part(model: ModelVerdict) -> list[str]:
    """Return what the gates say of one model; nothing for a model without gates."""
    if model.verdict is None:
        return []
    style = str(model.verdict).lower()
    facts = summary(model)
    made = [f'<p class="gate"><span class="verdict {style}">{model.verdict}</span> {html(facts)}</p>']
    if model.reason:
        hint = f" (<code>{html(model.hint)}</code>)" if model.hint else ""
        made.append(f"<p>{html(model.reason)}{hint}</p>")
    items = [f'<li class="fail">{html(error.message)}</li>' for error in model.errors]
    for warning in model.warnings:
        hint = f" (<code>{html(warning.hint)}</code>)" if warning.hint else ""
        items.append(f"<li>{html(warning.message)}{hint}</li>")
    if items:
        made += ['<ul class="problems">', *items, "</ul>"]
    if model.findings:
        rows = [finding_row(finding) for finding in model.findings]
        made += [
            '<div class="table"><table><thead>',
            HEADER,
            "</thead><tbody>",
            *rows,
            "</tbody></table></div>",
        ]
    return made


def finding_row(finding: Finding) -> str:
    """Return the row of one rule."""
    style = str(finding.verdict).lower()
    where = f' <span class="quiet">{html(finding.slice)}</span>' if finding.slice else ""
    count = "" if finding.items is None else f"{finding.items:,}"
    return (
        f'<tr><td><span class="verdict {style}">{finding.verdict}</span></td>'
        f"<td><code>{html(finding.metric)}</code>{where}</td><td>{html(condition_text(finding))}</td>"
        f'<td class="value">{html(value_text(finding))}</td><td>{finding_bar(finding)}</td>'
        f'<td class="number">{count}</td><td>{html(said(finding))}</td></tr>'
    )


def finding_bar(finding: Finding) -> str:
    """Return the bar of a rule's interval with its bound; empty where there is no interval."""
    if finding.shown is None or finding.head is None:
        return ""
    style, decided = str(finding.verdict).lower(), finding.decided
    if finding.condition in ("min", "max"):
        return interval_bar(
            finding.head, finding.shown, style=style, decided=decided, centre=finding.threshold
        )
    if finding.change is None:
        return ""
    return interval_bar(finding.change, finding.shown, style=style, decided=decided, bound=finding.bound)
