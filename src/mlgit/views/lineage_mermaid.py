"""Where models came from as a Mermaid drawing: data to stages to models. GitHub draws it in Markdown.

Names are texts of a repository: they keep letters, digits and a few signs, so that none ends its quotation, starts a
directive or closes the block of code around it. The nodes have names of ours.

Reference: https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Iterator

from mlgit.dvc.paths import touches
from mlgit.runs.lineage import Lineage, LineageReport
from mlgit.views.chart_mermaid import label


def render(report: LineageReport) -> str:
    """Return one drawing for all models, ending in a line end."""
    drawing = ["flowchart LR"]
    for number, one in enumerate(report.models):
        drawing += [f"  {line}" for line in model_lines(one, f"m{number}")]
    return "\n".join(drawing) + "\n"


def model_lines(one: Lineage, prefix: str) -> Iterator[str]:
    """Yield the lines of one model: a box around its nodes, the arrows in it."""
    name = label(one.model or one.pipeline) or prefix
    yield f'subgraph {prefix}["{name} at {label(one.commit[:9])}"]'
    data = [item.name for item in one.inputs if item.kind == "data"]
    drawn = dict.fromkeys([*data, *(path for stage in one.stages for path in stage.outputs)])
    nodes = {name: f"{prefix}n{number}" for number, name in enumerate(drawn)}
    for path, node in nodes.items():
        left, right = shape(path, data, one.artifact)
        yield f'  {node}{left}"{label(path) or node}"{right}'
    for number, stage in enumerate(one.stages):
        how = " (restored from the run cache)" if stage.restored else ""
        yield f'  {prefix}s{number}(["{label(stage.name) or prefix}{how}"])'
        for path in stage.inputs:
            yield from (
                f"  {node} --> {prefix}s{number}" for known, node in nodes.items() if touches(known, path)
            )
        yield from (f"  {prefix}s{number} --> {nodes[path]}" for path in stage.outputs if path in nodes)
    yield "end"


def shape(path: str, data: list[str], artifact: str) -> tuple[str, str]:
    """Return the brackets of a node: a drum for data, a six-sided box for the model, a box for the rest."""
    if path in data:
        return "[(", ")]"
    return ("{{", "}}") if path == artifact else ("[", "]")
