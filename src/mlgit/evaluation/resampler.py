"""A program of its own: call a function of the user's with resampled rows of both models. Needs numpy, and nothing of mlgit.

    python resampler.py FOLDER package.module:name DRAWS SEED

FOLDER holds `base.npz` and `head.npz`, the columns of either model by their place, with `names.json`, and `groups.npy` where
rows hang together. It writes `result.npz`, or `error.txt`, and says how far it is on standard output.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROGRESS = "mlgit: draw "
EACH = 50


def main(arguments: list[str]) -> int:
    """Call the function with all rows, then with each draw of them; return the exit code."""
    folder, name, draws, seed = Path(arguments[0]), arguments[1], int(arguments[2]), int(arguments[3])
    try:
        resample(folder, function_of(name), draws, seed)
    except Exception as error:
        # Whatever the function does is told.
        (folder / "error.txt").write_text(f"{name}: {type(error).__name__}: {error}", encoding="utf-8")
        return 1
    return 0


def function_of(name: str) -> Callable[[Mapping[str, Any]], float]:
    """Return the function of a name such as `package.module:name`."""
    module, _, attribute = name.partition(":")
    found: Callable[[Mapping[str, Any]], float] = getattr(importlib.import_module(module), attribute)
    return found


def resample(folder: Path, function: Callable[[Mapping[str, Any]], float], draws: int, seed: int) -> None:
    """Write the values of all rows, of every draw, and what each unit moves them by."""
    import numpy as np

    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    sides = [columns(np.load(folder / f"{side}.npz", allow_pickle=False), names) for side in ("base", "head")]
    n = len(next(iter(sides[0].values())))
    groups = np.load(folder / "groups.npy") if (folder / "groups.npy").exists() else np.arange(n)
    order, sizes = np.argsort(groups, kind="stable"), np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    units = len(sizes)
    values = both(function, sides)
    random = np.random.default_rng(seed)
    found, weighed, times = np.empty((draws, 2)), np.zeros((units, 2)), np.zeros(units)
    for draw in range(draws):
        chosen = random.integers(0, units, units)
        rows = order[spans(np, starts[chosen], sizes[chosen])]
        found[draw] = [
            number(function({name: column[rows] for name, column in side.items()})) for side in sides
        ]
        counts = np.bincount(chosen, minlength=units)
        weighed += counts[:, None] * found[draw]
        times += counts
        if (draw + 1) % EACH == 0:
            sys.stdout.write(f"{PROGRESS}{draw + 1}\n")
            sys.stdout.flush()
    refuse_moods(values, both(function, sides))
    influence = weighed / draws - times[:, None] / draws * found.mean(axis=0)
    np.savez(folder / "result.npz", values=np.array(values), draws=found, influence=influence)


def both(function: Callable[[Mapping[str, Any]], float], sides: list[dict[str, Any]]) -> list[float]:
    """Return what a function says of all rows of both models, in columns that it may write into."""
    return [number(function({name: column.copy() for name, column in side.items()})) for side in sides]


def refuse_moods(first: list[float], last: list[float]) -> None:
    """Refuse a function that answers differently when it is asked the same again: that is no spread of items."""
    for one, other in zip(first, last, strict=True):
        if one != other:
            raise ValueError(
                f"it returned {one:g} and then {other:g} for the same rows; fix its seed, keep no state"
            )


def columns(file: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the columns of a side by their names."""
    return {name: file[f"c{place}"] for place, name in enumerate(names)}


def spans(np: Any, starts: Any, sizes: Any) -> Any:
    """Return the places start, start + 1, ... of spans one after the other."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1]) + np.repeat(starts - (ends - sizes), sizes)


def number(value: Any) -> float:
    """Return what a function returned as a finite number; `ValueError` for anything else."""
    found = float(value)
    if found != found or found in (float("inf"), float("-inf")):
        raise ValueError(f"it returned {found}, no finite number")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
