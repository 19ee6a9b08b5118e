"""The page in parts: the lines of a law as a file of their own, so that laws run apart and the page is put together."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from mlgit.stats.decision import Verdict
from tests.calibration.harness import ALPHAS, Rates, allowed, on_the_bound, rates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.calibration.settings import Case

AGAIN = 10
"""So many draws of each line run again where the page is written, and have to fall as they did."""
SHORT = {Verdict.PASS: "P", Verdict.FAIL: "F", Verdict.UNDECIDED: "U"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a model exactly on its bound in one setting."""

    setting: str
    asked: str
    draws: int
    passes: tuple[int, ...]
    """How many passed, at each of `ALPHAS`."""
    fails: tuple[int, ...]
    first: tuple[str, ...]
    """The verdicts of the first draws, a letter each, at each of `ALPHAS`."""

    @property
    def broken(self) -> list[str]:
        """Which wrong verdicts fell more often than they may."""
        found = []
        for alpha, passed, failed in zip(ALPHAS, self.passes, self.fails, strict=True):
            if passed / self.draws > allowed(alpha, self.draws):
                found.append(f"PASS at {100 * alpha:.3g} %")
            if failed / self.draws > allowed(alpha, self.draws, times=1.0):
                found.append(f"FAIL at {100 * alpha:.3g} %")
        return found

    def row(self, law: str) -> str:
        """Return the line of the table."""
        shares = " | ".join(
            f"{100 * passed / self.draws:.2f} | {100 * failed / self.draws:.2f}"
            for passed, failed in zip(self.passes, self.fails, strict=True)
        )
        return f"| {law} | {self.setting} | {self.asked} | {self.draws:,} | {shares} |"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a law, or the text of a table beside, and the commit they are of."""

    commit: str
    lines: tuple[Line, ...] = ()
    text: str = ""


def measured(case: Case, draws: int, seconds: float) -> Line:
    """Return what so many draws of a setting gave, or those that fitted into so many CPU `seconds` (0: no limit)."""
    scene, asked = case
    start = time.process_time()
    found = rates(
        scene,
        on_the_bound(scene, asked),
        draws,
        until=lambda: seconds > 0 and time.process_time() - start > seconds,
    )
    return Line(
        setting=scene.name,
        asked=asked,
        draws=found[0].total,
        passes=tuple(one.counts[Verdict.PASS] for one in found),
        fails=tuple(one.counts[Verdict.FAIL] for one in found),
        first=tuple(letters(one) for one in found),
    )


def letters(found: Rates) -> str:
    """Return the first verdicts, a letter each."""
    return "".join(SHORT[one] for one in found.verdicts[:AGAIN])


def again(case: Case, line: Line) -> bool:
    """Tell whether the first draws of a line fall as they did."""
    scene, asked = case
    found = rates(scene, on_the_bound(scene, asked), len(line.first[0]))
    return line.setting == scene.name and tuple(letters(one) for one in found) == line.first


def commit_here(root: Path) -> str:
    """Return the commit of the checkout; with `-dirty` where files differ from it."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude", "*", "--abbrev=12"],
        cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return found.stdout.strip()


def write_part(folder: Path, name: str, part: Part) -> None:
    """Write a part into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_bytes(msgspec.json.encode(part) + b"\n")


def read_part(folder: Path, name: str) -> Part:
    """Return a part of the folder."""
    return msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Part)


def differing(laws: Mapping[str, Callable[[], Sequence[Case]]], parts: dict[str, Part]) -> list[str]:
    """Return the lines that this state does not have, or whose first draws fall otherwise than they did."""
    found = []
    for law, cases in laws.items():
        here, lines = cases(), parts[law].lines
        if len(here) != len(lines):
            found.append(f"{law}: {len(lines)} lines of {len(here)}")
            continue
        pairs = zip(here, lines, strict=True)
        found += [f"{law}: {line.setting}, {line.asked}" for case, line in pairs if not again(case, line)]
    return found
