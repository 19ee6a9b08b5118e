"""Sources of honest tables: heavy tails, rare categories and rare missing values, drawn again and again."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

Row = tuple[object, ...]


@dataclass(frozen=True)
class Source:
    """A source of rows: its header, its target, and a function that draws one row."""

    name: str
    header: tuple[str, ...]
    target: str
    row: Callable[[random.Random, int], Row]


def orders(chance: random.Random, number: int) -> Row:
    """Draw an order: Pareto and log-normal amounts, a rare channel, rare holes."""
    start = date(2023, 1, 1) + timedelta(days=chance.randrange(900))
    late = chance.random() < 0.15
    quantity = min(500, int(chance.paretovariate(1.2)))
    return (
        f"O{number:07d}",
        round(chance.lognormvariate(3, 1.2), 2),
        quantity,
        chance.choices(("web", "shop", "phone", "fax"), (0.6, 0.3, 0.098, 0.002))[0],
        start,
        start + timedelta(days=int(chance.expovariate(0.3))),
        "" if chance.random() < 0.001 else round(chance.gauss(3, 1), 2),
        "" if chance.random() < 0.05 else chance.randint(1, 5),
        "yes" if late else "no",
    )


def sensors(chance: random.Random, number: int) -> Row:
    """Draw a reading: Student's t, Cauchy and mixed columns, a rare state, rare holes."""
    temperature = chance.gauss(20, 6)
    cauchy = chance.gauss(0, 1) / (chance.gauss(0, 1) or 1.0)
    t3 = chance.gauss(0, 1) / (sum(chance.gauss(0, 1) ** 2 for _ in range(3)) / 3) ** 0.5
    return (
        number + 1,
        round(temperature, 1),
        "" if chance.random() < 0.0005 else round(temperature + chance.gauss(0, 0.5), 1),
        round(cauchy, 4),
        round(t3, 4),
        0 if chance.random() < 0.9 else round(chance.expovariate(0.01), 1),
        chance.choices(("ok", "warm", "broken"), (0.988, 0.01, 0.002))[0],
        "" if chance.random() < 0.002 else chance.choice(("north", "south", "east", "west")),
        chance.choice(("true", "false")),
        round(2 * temperature + chance.gauss(0, 8), 2),
    )


def visits(chance: random.Random, number: int) -> Row:
    """Draw a visit: a long tail of pages, counts, a rare flag."""
    page = min(int(chance.paretovariate(0.9)), 60)
    return (
        number + 1,
        f"page-{page:02d}",
        chance.choices(("de", "fr", "it", "pt", "mt"), (0.5, 0.3, 0.15, 0.048, 0.002))[0],
        int(chance.expovariate(0.4)),
        1 if chance.random() < 0.002 else 0,
        round(chance.weibullvariate(40, 0.6), 2),
        "" if chance.random() < 0.003 else round(chance.betavariate(2, 5), 4),
        date(2024, 1, 1) + timedelta(days=chance.randrange(365)),
        chance.choices(("leave", "stay", "buy"), (0.6, 0.3, 0.1))[0],
    )


SOURCES = (
    Source(
        "orders",
        ("order_id", "amount", "quantity", "channel", "ordered", "shipped", "balance", "stars", "late"),
        "late",
        orders,
    ),
    Source(
        "sensors",
        ("id", "inside", "outside", "offset", "error", "rain", "state", "side", "active", "power"),
        "power",
        sensors,
    ),
    Source(
        "visits",
        ("visit_id", "page", "country", "clicks", "refunded", "seconds", "share", "day", "outcome"),
        "outcome",
        visits,
    ),
)


def write_table(path: Path, source: Source, rows: int, seed: object) -> Path:
    """Write a fresh table of a source and return its path."""
    chance = random.Random(str(seed))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(source.header)
        writer.writerows(source.row(chance, number) for number in range(rows))
    return path
