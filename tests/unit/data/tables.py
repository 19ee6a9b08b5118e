"""Tables for the tests: written as bytes, or drawn from a source that can be drawn from again."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

HEADER = ("customer_id", "age", "income", "city", "joined", "active", "churned")
CITIES = ("Berlin", "Hamburg", "Köln", "München", "São Paulo")


def put(folder: Path, content: bytes | str, name: str = "t.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def draw(rows: int, seed: int, *, first_id: int = 1) -> list[list[str]]:
    """Return rows of one source: every seed is a fresh sample of it."""
    chance = random.Random(seed)
    answer = []
    for index in range(rows):
        income = f"{chance.lognormvariate(10, 0.5):.2f}" if chance.random() > 0.05 else ""
        answer.append(
            [
                str(first_id + index),
                str(round(chance.gauss(45, 12))),
                income,
                chance.choices(CITIES, (40, 30, 15, 10, 5))[0],
                str(date(2024, 1, 1) + timedelta(days=chance.randrange(700))),
                chance.choice(("true", "false")),
                "yes" if chance.random() < 0.2 else "no",
            ]
        )
    return answer


def write_rows(
    path: Path, rows: list[list[str]], header: tuple[str, ...] = HEADER, delimiter: str = ","
) -> Path:
    """Write rows as a CSV and return its path."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def customers(folder: Path, rows: int = 400, seed: int = 1, name: str = "customers.csv") -> Path:
    """Write a table of customers and return its path."""
    return write_rows(folder / name, draw(rows, seed))
