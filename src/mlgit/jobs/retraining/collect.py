"""What a training left behind: the files that changed, whose they are, and what the gates say of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

import msgspec

from mlgit.dvc.paths import below
from mlgit.dvc.plots import Chart
from mlgit.evaluation.compare import compare
from mlgit.git import lfs
from mlgit.git.repository import Repository
from mlgit.git.snapshot import snapshot
from mlgit.host.artifact_charts import encode_charts
from mlgit.jobs.handoff import write_handoff
from mlgit.jobs.retraining.handoff import CHARTS, COMPARISON, ChangedFile, Lease, Result, Verdict
from mlgit.jobs.retraining.result_paths import IGNORE, is_result, owners_of, result_paths_at
from mlgit.metrics.comparison import Comparison, ModelComparison
from mlgit.project.project import Project
from mlgit.runs.place import ROOT
from mlgit.stats.decision import all_of
from mlgit.text import visible
from mlgit.world.context import Context
from mlgit.world.files import write_atomically

SHOWN = 20
"""Files by name of those that are left out."""
SURROGATE = re.compile("[\ud800-\udfff]")
"""What a path that is not UTF-8 has: it cannot be handed off."""


def with_results(work: Repository, lease: Lease, done: list[Result], out: Path) -> list[Result]:
    """Return what was trained with the files that changed and the verdict, both written down for the next step."""
    if not any(one.ending == "trained" for one in done):
        return done
    changed, others = changed_paths(work, lease.base)
    say_left_out(work.context, others)
    found = compare(Project.find(work.context.at(work.root)), lease.base, None, with_plots=True)
    owners = owners_of(Project(work).at(), {one.job.folder: one.job.name for one in lease.train})
    made = []
    for number, one in enumerate(done):
        if one.ending == "trained":
            paths = [path for path in changed if owners(path) in ("", one.job)]
            one = msgspec.structs.replace(one, left_out=tuple(map(visible, others[:SHOWN])))
            one = finished(work, lease, one, paths, found.comparison, found.charts, out / f"{number}")
        made.append(one)
    return made


def finished(
    work: Repository,
    lease: Lease,
    one: Result,
    paths: Sequence[str],
    comparison: Comparison,
    charts: Sequence[Chart],
    out: Path,
) -> Result:
    """Return one job with its files and its verdict; nothing but a record and what Git ignores is the same model."""
    job = next(other.job for other in lease.train if other.job.name == one.job)
    if all(below(ROOT, path) or path.rpartition("/")[2] == IGNORE for path in paths):
        return msgspec.structs.replace(one, ending="unchanged", detail="training made the same model again")
    mine = tuple(model for model in comparison.models if model.name in job.models)
    about = msgspec.structs.replace(comparison, models=mine, untouched=0)
    write_handoff(work.context, out / COMPARISON, about)
    drawn = encode_charts([chart for chart in charts if chart.model in job.models])
    write_atomically(out / CHARTS, work.context.redactor.json(drawn))
    files = tuple(kept(work.root, path, out, number) for number, path in enumerate(paths))
    return msgspec.structs.replace(one, verdict=verdict_of(mine), files=files)


def kept(root: Path, path: str, out: Path, number: int) -> ChangedFile:
    """Copy a changed file into the handoff."""
    place = root / path
    if not place.is_file() or place.is_symlink():
        return ChangedFile(path=path)
    name = f"{out.name}/files/{number}"
    (out / "files").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(place, out / "files" / f"{number}")
    return ChangedFile(path=path, content=name)


def verdict_of(models: Sequence[ModelComparison]) -> Verdict:
    """Return the one verdict of a job's gates."""
    given = [
        model.gate.verdict for model in models if model.gate is not None and model.gate.verdict is not None
    ]
    if not given:
        return "none"
    answer: Verdict = all_of(given).value
    return answer


def changed_paths(work: Repository, base: str) -> tuple[list[str], list[str]]:
    """Return what training changed of what Git has or would take: the results of stages, and all else."""
    work.write("add", "--intent-to-add", "--", ".")
    really = work.run("diff", "--name-only", "-z", "--no-renames", work.resolve(base), "--").stdout
    listed = {part.decode("utf-8", "surrogateescape") for part in really.split(b"\0") if part}
    results, before = result_paths_at(work, base), snapshot(work, base)
    stood = before.read(listed)
    listed = {path for path in listed if not is_large_file(work.root / path, stood.get(path))}
    mine = sorted(
        path
        for path in listed
        if not SURROGATE.search(path) and is_result(results, before, path, ignore_file(work.root / path))
    )
    return mine, sorted(listed.difference(mine))


def is_large_file(place: Path, before: bytes | None) -> bool:
    """Tell whether a file is the one for which a pointer of Git LFS stood before: it was only brought here."""
    pointer = lfs.pointer_of(before) if before is not None else None
    if pointer is None or not place.is_file() or place.stat().st_size != pointer.size:
        return False
    with place.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest() == pointer.oid


def ignore_file(place: Path) -> bytes | None:
    """Return the content of a .gitignore, None of any other file: only there it matters what it says."""
    plain = place.name == IGNORE and place.is_file() and not place.is_symlink()
    return place.read_bytes() if plain else None


def say_left_out(context: Context, paths: Sequence[str]) -> None:
    """Say which files are not proposed."""
    for path in paths[:SHOWN]:
        context.console.say(f"not proposed: {visible(path)}: no stage of dvc.yaml writes it to Git")
    if len(paths) > SHOWN:
        context.console.say(f"and {len(paths) - SHOWN} more files")
