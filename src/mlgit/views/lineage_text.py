"""Where models came from as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlgit.dvc.dotted import flat
from mlgit.runs.covered import Check, Verification
from mlgit.runs.lineage import Ingredient, Lineage, LineageReport, Run, StageLineage
from mlgit.text import counted, value_text, visible
from mlgit.views.terminal import lines
from mlgit.views.wording import size_text

GROUPS = (("data", "data"), ("code", "code"), ("environment", "libraries"))
MOST = 40
SHORT = 12
LONGEST = 400
RESTORED = "restored from the run cache"


def report_lines(report: LineageReport) -> list[str]:
    """Return what is known of all models."""
    lines = [f"unreadable: {visible(text)}" for text in report.errors]
    for one in report.models:
        lines += [*([""] if lines else []), *lineage_lines(one)]
    for checked in report.verifications:
        lines += ["", *verification_lines(checked)]
    return lines or ["no pipeline was run at this commit"]


def lineage_lines(one: Lineage) -> Iterator[str]:
    """Yield the lines about one model."""
    name = one.model or f"the pipeline in {one.pipeline}"
    of = f": {one.artifact}" if one.artifact else ""
    yield visible(f"{name} at {one.revision} ({one.commit[:9] or 'not committed'}){of}")
    if one.note:
        yield visible(f"  note: {one.note}", 1000)
    if one.run is not None:
        yield from run_lines(one, one.run)
    for kind, title in GROUPS:
        yield from ingredient_lines(title, [item for item in one.inputs if item.kind == kind])
    known = {kind for kind, _ in GROUPS}
    yield from ingredient_lines("other files", [item for item in one.inputs if item.kind not in known])
    yield from parameter_lines(one)
    yield from stage_lines(one)
    yield from ingredient_lines("outputs", one.outputs)


def run_lines(one: Lineage, run: Run) -> list[str]:
    """Return when, why, who, from which commit and where."""
    facts = [("when", f"{run.started[:19].replace('T', ' ')} UTC, {usage_text(run)}"), ("why", run.trigger)]
    if one.recorder:
        who = one.recorder
        facts.append(("who", f"{who.name}, in commit {who.commit[:9]} of {who.date[:10]}: {who.subject}"))
    if run.github.get("actor"):
        facts.append(("started by", f"{run.github['actor']} on GitHub {run.invocation}".rstrip()))
    if run.commit:
        changed = ", with changes that were not committed yet" if run.dirty else ""
        facts.append(("on top of", f"commit {run.commit[:9]}{changed}"))
    versions = ", ".join(f"{name} {version}" for name, version in sorted(run.versions.items()))
    facts.append(("where", f"{run.system} {run.architecture}, {versions}"))
    facts.append(("record", one.record + ("" if one.in_tree else " (in the history only)")))
    return [f"  {name:<10} {visible(text, LONGEST)}" for name, text in facts]


def usage_text(run: Run) -> str:
    """Return how long it took and what it needed."""
    parts = [f"{value_text(round(run.wall_seconds, 1))} s"]
    if run.cpu_seconds is not None:
        parts.append(f"{value_text(round(run.cpu_seconds, 1))} s of processors")
    if run.peak_memory_bytes is not None:
        parts.append(f"{size_text(run.peak_memory_bytes)} at most")
    if run.energy_joules is not None:
        parts.append(f"{value_text(run.energy_joules)} J")
    together = f" (of {run.pipelines} pipelines together)" if run.pipelines > 1 else ""
    return ", ".join(parts) + together


def ingredient_lines(title: str, items: Iterable[Ingredient]) -> list[str]:
    """Return a titled table of files with their sizes and digests."""
    rows = []
    for one in items:
        files = f"{counted(one.files, 'file')}, " if one.files is not None else ""
        digest = " ".join(f"{name}:{value[:SHORT]}" for name, value in one.digest.items())
        rows.append([one.name, files + size_text(one.size), digest])
    return [f"  {title}", *lines(rows, indent="    ")] if rows else []


def parameter_lines(one: Lineage) -> list[str]:
    """Return the parameters, each once, as many as a person reads."""
    rows = [
        [name, value_text(value), "" if file == "params.yaml" else file]
        for file, values in one.parameters.items()
        for name, value in dict(flat(values)).items()
    ]
    more = [f"    and {len(rows) - MOST} more: --format json"] if len(rows) > MOST else []
    return ["  parameters", *lines(rows[:MOST], indent="    "), *more] if rows else []


def stage_lines(one: Lineage) -> list[str]:
    """Return the stages with the run that made what stands here, and why it ran."""
    rows = [[stage.name, stage_text(one, stage), *stage.because[:1]] for stage in one.stages]
    even = [[*row, ""][:3] for row in rows]
    return ["  stages", *lines(even, indent="    ")] if rows else []


def stage_text(one: Lineage, stage: StageLineage) -> str:
    """Return which run made what a stage left, or that it was restored."""
    made_in = stage.record.rpartition("/")[2][:16]
    if stage.restored:
        return f"{RESTORED}; {f'made in {made_in}' if made_in else 'its run left no record'}"
    if not stage.record:
        return "no record tells of its run" if one.record else ""
    earlier = "" if stage.record == one.record else f" in an earlier run, {made_in}"
    return f"{value_text(stage.seconds)} s{earlier}"


def verification_lines(one: Verification) -> Iterator[str]:
    """Yield what a look at every digest found, the first difference first."""
    name = one.model or f"the pipeline in {one.pipeline}"
    if one.differences:
        yield visible(f"{name} is NOT as recorded{' in ' if one.record else ''}{one.record}", LONGEST)
        yield f"first difference: {check_text(one.differences[0])}"
        yield from (f"  {check_text(check)}" for check in one.differences[1:])
    elif not one.record:
        yield visible(f"{name} is not verified: no record tells of it")
    else:
        same = f"{one.same} digests and values are the same"
        yield visible(f"{name} is as recorded in {one.record}: {same}", LONGEST)
    if one.unknown:
        yield f"not looked at ({len(one.unknown)}):"
        yield from (f"  {check_text(check)}" for check in one.unknown)


def check_text(check: Check) -> str:
    """Return one check as a line."""
    return visible(f"{check.path}: {check.text}", LONGEST)
