"""Judge counts beside the reference: kept, broken, or too few rows to tell chance from a fault."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from mlgit.data.rules import Broken, Cells, Evidence, Rule
from mlgit.stats.two_samples import (
    count_chance,
    fewest_surprising,
    moved_share,
    pairs_chance,
    shares_chance,
)

FAMILY = 0.02
"""The chance that any rule of a table alarms although nothing changed; all rules share it."""
USUAL = 0.05
"""What has this chance for a column by itself is nothing to speak of."""
MOVED = 0.25
"""So many more days have to be old ones for a check to fail; `mlgit data drift` sees less."""
GONE = 0.05
"""A category of so large a share is missed when it is gone."""
FEWEST_TO_SPREAD = 30


def alpha_of(rules: Sequence[Rule]) -> float:
    """Return the chance that each rule may alarm by."""
    return FAMILY / max(1, sum(1 for rule in rules if rule.evidence or rule.cells))


def judged(rule: Rule, failed: int, checked: int, cells: tuple[int, ...], alpha: float) -> Broken:
    """Return what is known of a rule from its counts, without the rows."""
    broken = Broken(rule=rule, failed=failed, checked=checked, cells=cells)
    if rule.cells:
        return judged_cells(broken, rule.cells, alpha)
    if rule.evidence is None:
        kept = failed == 0 or failed <= rule.share * checked
        return replace(broken, verdict="kept" if kept else "broken")
    return judged_count(broken, rule.evidence, alpha)


def judged_count(broken: Broken, evidence: Evidence, alpha: float) -> Broken:
    """Return the verdict on a number of rows, knowing how many there were in the reference."""
    failed, checked = broken.failed, broken.checked
    share = evidence.seen / evidence.rows
    if not failed or failed <= max(share, evidence.floor) * checked:
        return replace(broken, verdict="kept")
    if evidence.pairs:
        chance = pairs_chance(failed, checked, evidence.seen, evidence.rows)
        return replace(broken, verdict="broken" if chance < alpha else "not judged")
    chance = count_chance(failed, checked, evidence.seen, evidence.rows)
    if chance < alpha:
        return replace(broken, verdict="broken")
    if evidence.usual and chance >= USUAL:
        return replace(broken, verdict="kept")
    fewest = fewest_surprising(checked, evidence.seen, evidence.rows, alpha)
    return replace(broken, verdict="not judged", fewest=fewest)


def judged_cells(broken: Broken, cells: Cells, alpha: float) -> Broken:
    """Return the verdict on how values spread."""
    if broken.checked < FEWEST_TO_SPREAD:
        return replace(broken, verdict="not judged" if broken.checked else "kept")
    counts, seen = in_cells(broken.cells, broken.checked, cells)
    if cells.dated:
        return dated(broken, cells, counts, seen, alpha)
    whole = next((cell for cell, count in enumerate(counts) if count == broken.checked), None)
    if whole is not None and 0 < seen[whole] < cells.rows:
        chance = count_chance(broken.checked, broken.checked, round(seen[whole]), cells.rows)
        if chance < alpha:
            return replace(broken, verdict="broken", reason="constant", cell=whole)
    gone = gone_cell(counts, seen, cells, alpha)
    if gone is not None:
        return replace(broken, verdict="broken", reason="gone", cell=gone)
    moved = moved_share(counts, seen)
    if moved < cells.least or shares_chance(counts, seen) >= alpha:
        return replace(broken, verdict="kept")
    return replace(broken, verdict="broken", reason="spread", cell=moved_cell(counts, seen), moved=moved)


def moved_cell(counts: Sequence[int], seen: Sequence[float]) -> int:
    """Return the cell whose share of the rows differs most from that in the reference."""
    moves = moves_of(counts, seen)
    return max(range(len(moves)), key=lambda cell: abs(moves[cell]))


def moves_of(counts: Sequence[int], seen: Sequence[float]) -> list[float]:
    """Return by how much the share of the rows in each cell is larger than in the reference, from -1 to 1."""
    rows, before = sum(counts), sum(seen)
    return [count / rows - old / before for count, old in zip(counts, seen, strict=True)]


def gone_cell(counts: list[int], seen: list[float], cells: Cells, alpha: float) -> int | None:
    """Return the frequent category that no row holds any more, where chance would have left one."""
    checked = sum(counts)
    for cell, share in enumerate(cells.shares if not cells.rising else ()):
        others = cells.rows - round(seen[cell])
        surprising = len(counts) * count_chance(checked, checked, others, cells.rows) < alpha
        if counts[cell] == 0 and share >= GONE and surprising:
            return cell
    return None


def in_cells(found: tuple[int, ...], checked: int, cells: Cells) -> tuple[list[int], list[float]]:
    """Return the rows in each cell now and in the reference; the last cell is what lies in none that was named."""
    shares = list(cells.shares)
    if cells.rising:
        counts = [now - before for before, now in zip((0, *found), (*found, checked), strict=True)]
        parts = [now - before for before, now in zip((0.0, *shares), (*shares, 1.0), strict=True)]
    else:
        counts = [*found, checked - sum(found)]
        parts = [*shares, max(0.0, 1.0 - sum(shares))]
    return counts, [part * cells.rows for part in parts]


def dated(broken: Broken, cells: Cells, counts: list[int], seen: list[float], alpha: float) -> Broken:
    """Return the verdict on days, which may move on: too many old ones, none of the newest, or a hole between them."""
    checked, looks = broken.checked, 2 * len(cells.shares)
    for cell, (found, share) in enumerate(zip(broken.cells, cells.shares, strict=True)):
        older = found / checked - share
        stopped = found == checked and share < 1.0
        if not stopped and older < MOVED:
            continue
        if looks * count_chance(found, checked, round(share * cells.rows), cells.rows) < alpha:
            return replace(broken, verdict="broken", reason="stale", cell=cell)
    for cell in range(1, len(counts) - 1):
        between = sum(counts[:cell]) and sum(counts[cell + 1 :])
        others = cells.rows - round(seen[cell])
        if (
            counts[cell] == 0
            and between
            and looks * count_chance(checked, checked, others, cells.rows) < alpha
        ):
            return replace(broken, verdict="broken", reason="hole", cell=cell)
    return replace(broken, verdict="kept")
