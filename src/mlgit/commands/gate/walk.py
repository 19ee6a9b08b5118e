"""Judge a head by the gates of its base: read both, hear the evidence, return the verdict as a value."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from mlgit.commands.gate.bench import Bench
from mlgit.commands.gate.model import Judgement, judge
from mlgit.commands.gate.warnings import repository_warnings
from mlgit.config.model import Configuration, Model
from mlgit.dvc.cache import LocalCache
from mlgit.dvc.reader import Reader
from mlgit.errors import UsageError
from mlgit.git.blobs import BlobCache
from mlgit.git.repository import Repository, find
from mlgit.git.snapshot import CommitSnapshot, pair
from mlgit.metrics.moments import Side
from mlgit.metrics.verdict import GateReport, ModelVerdict, overall
from mlgit.predictions import ledger
from mlgit.stats.decision import Verdict
from mlgit.world.context import Context

NO_GATES = "the base sets no gates, so nothing was decided"
HOW = "add gates: to mlgit.yaml; they count from the commit that brings them (mlgit help gates)"


class Recording(Struct, frozen=True, kw_only=True):
    """Whether to write the ledger, and the remote to share it with (empty: none)."""

    remote: str = ""


def gate(
    context: Context,
    base: str = "HEAD",
    head: str | None = None,
    *,
    model: str = "",
    recording: Recording | None = None,
) -> GateReport:
    """Return the verdict on `head` (None: the working tree) by the gates of the merge base of `base` and head.

    `model` names the one model to judge. With `recording` the judgement is counted in the ledger. Raises `UsageError`
    for a revision or model that does not exist, for histories without a common commit and for a base whose mlgit.yaml
    is broken; whatever is wrong with the head is a FAIL in the report.
    """
    repository = find(context)
    bench = moments(repository, base, head)
    remote = recording.remote if recording else ""
    bench.rolled_back = bool(remote) and not ledger.fetch(repository, remote)
    judged = judgements(bench, model)
    if recording is not None:
        write_down(bench, judged, remote, context.clock())
    return report(bench, [one.verdict for one in judged])


def moments(repository: Repository, base: str, head: str | None) -> Bench:
    """Return what is judged: the merge base and the head, with the tip of BASE where that has moved on."""
    tip, ours = repository.resolve_many([base, "HEAD" if head is None else head])
    common = repository.merge_base(tip, ours) if tip != ours else tip
    if common is None:
        raise UsageError(
            "no-merge-base",
            f"{base} and {head or 'HEAD'} have no commit in common, so there is no base to judge by",
            hint="branch off the base again; in a shallow clone: git fetch --unshallow",
        )
    moved = CommitSnapshot(repository, base, tip) if tip != common else None
    reader = Reader(BlobCache(repository), LocalCache(repository.root))
    return Bench(repository, pair(repository, base if moved is None else common, head), reader, tip=moved)


def judgements(bench: Bench, only: str) -> list[Judgement]:
    """Return the judgement of every model of either side, or of the one asked for."""
    names = model_names(bench)
    if only and only not in names:
        known = ", ".join(names[:10])
        raise UsageError("model-unknown", f"there is no model {only!r}", hint=f"there is: {known}")
    warnings = tuple(repository_warnings(bench))
    models = bench.base.models if bench.base else {}
    bench.gather([one for one in models.values() if one.gates])
    return [judge(bench, name, models.get(name), warnings) for name in names if not only or name == only]


def model_names(bench: Bench) -> list[str]:
    """Return the models that either side names, those of the base first."""
    bench.gather([])
    before = bench.base.models if bench.base else {}
    after: dict[str, Model] = bench.head.models if isinstance(bench.head, Configuration) else {}
    return list(dict.fromkeys([*before, *after]))


def report(bench: Bench, models: list[ModelVerdict]) -> GateReport:
    """Return the verdict over all models."""
    warnings = tuple(repository_warnings(bench))
    given = [one.verdict for one in models if one.verdict is not None]
    base, head = bench.moments.base, bench.moments.head
    return GateReport(
        base=Side(name=base.name, commit=base.commit),
        head=Side(name=head.name, commit=head.commit),
        verdict=overall(given, warnings) if given else Verdict.UNDECIDED,
        reason="" if given else NO_GATES,
        hint="" if given else HOW,
        models=tuple(models),
        warnings=warnings,
    )


def write_down(bench: Bench, judged: list[Judgement], remote: str, seconds: float) -> None:
    """Count judgements in the ledger, with every accepted one that it lacks."""
    lines = dict(lines_of(bench, judged, seconds))
    if lines.keys() - bench.ledger.entries.keys():
        ledger.record(bench.repository, lines, seconds=seconds)
    if remote:
        ledger.push(bench.repository, remote, seconds=seconds)


def lines_of(bench: Bench, judged: list[Judgement], seconds: float) -> Iterator[tuple[str, ledger.Line]]:
    """Yield the lines of the ledger that judgements call for."""
    base, head = bench.moments.base.commit or "", bench.moments.head.commit
    for one in judged:
        if one.usage is None:
            continue
        for version in sorted(one.usage.accepted):
            line = ledger.Line(
                model=one.verdict.name, base=base, head=None, verdict="accepted", at=int(seconds)
            )
            yield f"{one.usage.test_set}/{version}", line
        if one.version and one.version not in one.usage.accepted:
            said = str(one.verdict.verdict)
            line = ledger.Line(model=one.verdict.name, base=base, head=head, verdict=said, at=int(seconds))
            yield f"{one.usage.test_set}/{one.version}", line
