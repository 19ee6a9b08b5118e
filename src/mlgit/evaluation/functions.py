"""The functions of scores: code of the base, run in a process of its own without secrets, never beside a token that may write.

What runs is the Python of the repository with the Python files of the base and nothing else of it, in a folder that goes
afterwards, with a handful of environment variables. It gets the rows as arrays and gives numbers back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlgit.dvc.interpreter import stage_python
from mlgit.errors import ExternalError
from mlgit.evaluation import resampler
from mlgit.evaluation.function_files import places
from mlgit.evaluation.scores import FUNCTIONS_RUN
from mlgit.host.choose import HOSTS
from mlgit.stats.errors import StatisticsError
from mlgit.stats.resampling import resampled_estimates
from mlgit.world.files import write_atomically

if TYPE_CHECKING:
    from mlgit.evaluation.inputs import Inputs
    from mlgit.stats.arrays import Array
    from mlgit.stats.estimates import Estimates
    from mlgit.stats.evidence import Evidence

RESULT, ERROR = "result.npz", "error.txt"
DRAWS = 2_000
SECONDS = 900.0
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
"""What the process of a function sees of the environment."""


class FunctionRunner:
    """Runs the function of a score with the code of the base of some inputs; `folder` is that of the pipeline."""

    def __init__(self, inputs: Inputs, folder: str) -> None:
        self._inputs = inputs
        self._folder = folder

    def __call__(self, function: str, evidence: Evidence, seed: int) -> Estimates:
        """Return the estimates of a function on items; raises `StatisticsError` where it may not run or gives no number."""
        context = self._inputs.project.context
        tokens = [name for host in HOSTS for name in host.TOKENS if context.environment.get(name)]
        if not self._inputs.functions or tokens:
            beside = f"; here {tokens[0]} is set" if tokens else ""
            raise StatisticsError(f"{FUNCTIONS_RUN}{beside}")
        with self._inputs.project.sandbox() as sandbox:
            code, rows = sandbox.folder / "code", sandbox.folder / "rows"
            rows.mkdir()
            self._write_code(code)
            write_rows(rows, evidence)
            self._run(function, code, rows, seed)
            return read_result(rows, evidence)

    def _write_code(self, folder: Path) -> None:
        files = self._inputs.base.files
        for path, content in files.read(sorted(one for one in files.paths() if one.endswith(".py"))).items():
            write_atomically(folder / path, content)
        folder.mkdir(exist_ok=True)

    def _run(self, function: str, code: Path, rows: Path, seed: int) -> None:
        context = self._inputs.project.context
        path = ":".join(str(code / one) for one in places(self._folder))
        environment = {name: context.environment[name] for name in KEPT if name in context.environment}

        last = ""

        def told(line: str) -> None:
            nonlocal last
            last = line.strip() or last
            if line.startswith(resampler.PROGRESS):
                done = line.removeprefix(resampler.PROGRESS).strip()
                context.console.progress(f"{function}: draw {done} of {DRAWS:,}")

        # A folder of its own: beside the module, modules of mlgit would stand before those of the user.
        program = rows / "resampler" / "__main__.py"
        write_atomically(program, Path(resampler.__file__).read_bytes())
        arguments = (stage_python(context), str(program), str(rows), function)
        try:
            context.processes.stream(
                (*arguments, str(DRAWS), str(seed)),
                directory=code,
                environment={**environment, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
                on_line=told,
                limit=SECONDS,
                outlived=False,
            )
        except ExternalError as error:
            raise StatisticsError(f"{function}: {error.message}") from error
        if not any((rows / name).exists() for name in (RESULT, ERROR)):
            raise StatisticsError(f"{function} did not come to its end: {context.redact(last)[:500]}")


def write_rows(folder: Path, evidence: Evidence) -> None:
    """Write the rows of both models: what the head does not have is the base's, and so are id, label and group."""
    ours = {**evidence.base_columns, "id": evidence.ids, "label": evidence.labels}
    if evidence.base_predictions is not None:
        ours["prediction"] = evidence.base_predictions
    theirs = {**ours, **evidence.head_columns, "id": evidence.ids, "label": evidence.labels}
    if evidence.head_predictions is not None:
        theirs["prediction"] = evidence.head_predictions
    names = list(ours)
    for side, table in (("base", ours), ("head", theirs)):
        np.savez(folder / f"{side}.npz", **dict(placed(names, table)))  # type: ignore[arg-type]
    (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")
    if evidence.group_codes is not None:
        np.save(folder / "groups.npy", evidence.group_codes)


def placed(names: list[str], table: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield columns by their places, because a file in an archive may not be called as a column may."""
    for place, name in enumerate(names):
        yield f"c{place}", table[name]


def read_result(folder: Path, evidence: Evidence) -> Estimates:
    """Return what came of a function; raises `StatisticsError` with what it said."""
    error = folder / ERROR
    if error.exists():
        said = error.read_text(encoding="utf-8", errors="replace")[:500]
        raise StatisticsError(f"the function failed: {said}")
    changed = np.zeros(evidence.n, dtype=np.bool_)
    for name, column in evidence.head_columns.items():
        if name in evidence.base_columns:
            changed |= evidence.base_columns[name].astype(np.str_) != column.astype(np.str_)
    if evidence.base_predictions is not None and evidence.head_predictions is not None:
        changed |= evidence.base_predictions != evidence.head_predictions
    with np.load(folder / RESULT, allow_pickle=False) as found:
        return resampled_estimates(
            found["values"],
            found["draws"],
            found["influence"],
            items=evidence.n,
            changed=int(np.count_nonzero(changed)),
            by_group=evidence.group_codes is not None,
        )
