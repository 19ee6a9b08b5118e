"""Faults as people meet them, planted in tables of three sources, and the columns that a finding has to name."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Rows = list[list[str]]


@dataclass
class Made:
    """A table to be spoiled: its header and rows, or the bytes that replace the file."""

    header: list[str]
    rows: Rows
    content: bytes | None = None

    def at(self, column: str) -> int:
        """Return the position of a column."""
        return self.header.index(column)

    def each(self, column: str, change: Callable[[str], str], share: float = 1.0, seed: int = 5) -> list[int]:
        """Change a share of the values of a column that has them; return the rows."""
        chance = random.Random(seed)
        place, changed = self.at(column), []
        for number, row in enumerate(self.rows):
            if row[place] and chance.random() < share:
                row[place] = change(row[place])
                changed.append(number)
        return changed


@dataclass(frozen=True)
class Fault:
    """One planted fault: its source, how it is planted, the columns that the findings have to be among."""

    name: str
    source: str
    plant: Callable[[Made], object]
    columns: frozenset[str]
    rows_named: bool = False


FAULTS: list[Fault] = []


def fault(
    name: str, source: str, *columns: str, rows: bool = False
) -> Callable[[Callable[[Made], object]], object]:
    """Register a fault."""

    def register(plant: Callable[[Made], object]) -> object:
        FAULTS.append(Fault(name, source, plant, frozenset(columns), rows))
        return plant

    return register


def number(change: Callable[[float], float], digits: int = 2) -> Callable[[str], str]:
    """Return a change of a number as text."""
    return lambda text: f"{change(float(text)):.{digits}f}"


def values(column: str, change: Callable[[str], str], share: float = 1.0) -> Callable[[Made], object]:
    """Return a fault that changes a share of the values of a column."""
    return lambda made: made.each(column, change, share)


def add(
    name: str, source: str, column: str, change: Callable[[str], str], share: float = 1.0, rows: bool = False
) -> None:
    """Register a fault of the values of one column."""
    fault(name, source, column, rows=rows)(values(column, change, share))


def rename(made: Made, old: str, new: str) -> None:
    """Rename a column."""
    made.header[made.at(old)] = new


def drop(made: Made, column: str) -> None:
    """Take a column out."""
    place = made.at(column)
    del made.header[place]
    for row in made.rows:
        del row[place]


def append(made: Made, name: str, value: Callable[[list[str]], str]) -> None:
    """Add a column at the end."""
    made.header.append(name)
    for row in made.rows:
        row.append(value(row))


def swap(made: Made, one: str, other: str, *, header: bool) -> None:
    """Swap two columns: their names alone, or their names and values."""
    a, b = made.at(one), made.at(other)
    made.header[a], made.header[b] = made.header[b], made.header[a]
    if not header:
        for row in made.rows:
            row[a], row[b] = row[b], row[a]


# structure
fault("renamed", "orders", "amount")(lambda made: rename(made, "amount", "Amount EUR"))
fault("missing", "sensors", "outside")(lambda made: drop(made, "outside"))
fault("extra", "visits", "extra")(lambda made: append(made, "extra", lambda _: "1"))
fault("reordered", "orders", "amount", "quantity")(
    lambda made: swap(made, "amount", "quantity", header=False)
)
fault("swapped names", "orders", "amount", "quantity")(
    lambda made: swap(made, "amount", "quantity", header=True)
)
fault("swapped names of a kind", "visits", "clicks", "seconds")(
    lambda made: swap(made, "clicks", "seconds", header=True)
)
fault("swapped measures", "cancer", "mean radius", "mean texture")(
    lambda made: swap(made, "mean radius", "mean texture", header=True)
)
fault("swapped dates", "orders", "ordered", "shipped")(
    lambda made: swap(made, "ordered", "shipped", header=True)
)
# types and formats
add("a word among numbers", "orders", "amount", lambda _: "unknown", 0.01, rows=True)
add("decimal commas", "orders", "amount", lambda text: text.replace(".", ","), rows=True)
add("some decimal commas", "cancer", "mean area", lambda text: text.replace(".", ","), 0.1, rows=True)
add("thousands marks", "orders", "amount", lambda text: f"{float(text) + 1000:,.2f}", 0.05, rows=True)
add("a unit", "sensors", "inside", lambda text: f"{text} C", 0.1, rows=True)
add("numbers as text", "visits", "clicks", lambda text: f"n{text}", rows=True)
add("German dates", "orders", "ordered", lambda text: ".".join(reversed(text.split("-"))), rows=True)
add("no such day", "visits", "day", lambda _: "2024-02-30", 0.01, rows=True)
add("words for true", "sensors", "active", lambda text: "Y" if text == "true" else "N", rows=True)
# nothing
add("null burst", "orders", "amount", lambda _: "", 0.1, rows=True)
add("nulls where there were some", "orders", "stars", lambda _: "", 0.3, rows=True)
add("few nulls", "cancer", "mean radius", lambda _: "", 0.05, rows=True)
add("all null", "visits", "seconds", lambda _: "", rows=True)
add("no label", "orders", "late", lambda _: "", 0.02, rows=True)
add("-999 for nothing", "sensors", "inside", lambda _: "-999", 0.02, rows=True)
add("9999 for nothing", "visits", "share", lambda _: "9999", 0.02, rows=True)
add("-1 for nothing", "cancer", "worst area", lambda _: "-1", 0.03, rows=True)
add("NA for nothing", "sensors", "outside", lambda _: "NA", 0.02, rows=True)
add("a word for no category", "visits", "country", lambda _: "N/A", 0.01, rows=True)
add("a blank for no category", "visits", "country", lambda _: " ", 0.05, rows=True)
# ranges and units
add("negative prices", "orders", "amount", lambda text: f"-{text}", 0.02, rows=True)
add("negative counts", "visits", "clicks", lambda text: f"-{int(text) + 1}", 0.02, rows=True)
add("unit x1000", "cancer", "mean radius", number(lambda value: value * 1000), rows=True)
add("unit x1000 in some", "sensors", "power", number(lambda value: value * 1000), 0.05, rows=True)
add("unit /1000", "orders", "amount", number(lambda value: value / 1000, 5))
add("Fahrenheit", "sensors", "inside", number(lambda value: value * 1.8 + 32, 1))
add("inches", "cancer", "worst perimeter", number(lambda value: value / 2.54, 3))
add("a share as percent", "visits", "share", number(lambda value: value * 100), rows=True)
add("ratings beyond the scale", "orders", "stars", lambda _: "9", 0.03, rows=True)
# categories
add("new category", "visits", "country", lambda _: "us", 0.02, rows=True)
add("misspelt", "sensors", "side", lambda text: "nroth" if text == "north" else text, 1.0, rows=True)
add("other case", "orders", "channel", str.upper, 0.1, rows=True)
add("blank at the end", "orders", "channel", lambda text: text + " ", 0.05, rows=True)
add("mojibake", "people", "city", lambda text: text.encode().decode("latin-1"), 1.0, rows=True)
add("mojibake in text", "people", "name", lambda text: text.encode().decode("cp1252"), 1.0, rows=True)
add("lost characters", "people", "name", lambda text: text.replace("ü", "\ufffd"), 1.0, rows=True)
add("new class", "visits", "outcome", lambda _: "maybe", 0.02, rows=True)
# spread
add("one class", "orders", "late", lambda _: "no")
add("one class of a real table", "cancer", "diagnosis", lambda _: "benign")
add("constant number", "sensors", "inside", lambda _: "21.5")
add("constant category", "sensors", "side", lambda _: "north")
add("class balance", "cancer", "diagnosis", lambda text: "malignant" if text == "benign" else text, 0.7)
add("mean shift", "sensors", "inside", number(lambda value: value + 8, 1))
add("variance", "cancer", "mean texture", number(lambda value: 19 + 4 * (value - 19)))
# time
add("1970", "orders", "ordered", lambda _: "1970-01-01", 0.02, rows=True)
add("9999", "visits", "day", lambda _: "9999-12-31", 0.01, rows=True)
add("the future", "orders", "shipped", lambda text: f"203{text[3:]}", 0.02, rows=True)
add("stale", "visits", "day", lambda text: f"2023{text[4:]}", rows=True)
fault("stopped", "visits", "day")(
    lambda made: made.each("day", lambda text: f"2024-0{int(text[5:7]) % 6 + 1}-{min(28, int(text[8:])):02d}")
)
fault("a hole in time", "orders", "ordered")(
    lambda made: made.each("ordered", lambda text: text if not "2023-06" < text < "2024-09" else "2023-02-01")
)
fault("start after end", "orders", "ordered", "shipped", rows=True)(
    lambda made: [row.__setitem__(4, "2025-09-01") for row in made.rows[::20]]
)
# rows and keys
fault("doubled key", "orders", "order_id", rows=True)(
    lambda made: made.rows[10].__setitem__(0, made.rows[3][0])
)
fault("doubled rows", "cancer", "", rows=True)(
    lambda made: made.rows.extend([list(row) for row in made.rows[:30]])
)


@fault("doubled rows under new ids", "orders", "", rows=True)
def _doubled(made: Made) -> None:
    made.rows.extend([[f"X{number:07d}", *row[1:]] for number, row in enumerate(made.rows[:60])])


fault("far fewer rows", "sensors", "")(lambda made: made.rows.__delitem__(slice(100, None)))
fault("zero rows", "visits", "")(lambda made: made.rows.clear())


@fault("leak by a copy", "orders", "stars")
def _copied(made: Made) -> None:
    for row in made.rows:
        row[made.at("stars")] = "5" if row[made.at("late")] == "yes" else "1"


@fault("leak with noise", "cancer", "mean symmetry")
def _noisy(made: Made) -> None:
    chance = random.Random(8)
    for row in made.rows:
        level = 0.21 if row[made.at("diagnosis")] == "malignant" else 0.16
        row[made.at("mean symmetry")] = f"{level + chance.gauss(0, 0.008):.4f}"


@fault("leak of a number", "sensors", "error")
def _told(made: Made) -> None:
    for row in made.rows:
        row[made.at("error")] = f"{float(row[made.at('power')]) / 40 - 1:.4f}"


# files
def content(name: str, source: str, change: Callable[[bytes], bytes]) -> None:
    """Register a fault of the bytes of a file."""

    def plant(made: Made) -> None:
        text = "\n".join([",".join(made.header), *(",".join(row) for row in made.rows), ""])
        made.content = change(text.encode())

    fault(name, source, "")(plant)


content("empty", "orders", lambda _: b"")
content("header only", "orders", lambda text: text.split(b"\n")[0] + b"\n")
content("byte-order mark", "visits", lambda text: b"\xef\xbb\xbf" + text)
content("another delimiter", "orders", lambda text: text.replace(b",", b";"))
content("latin-1", "people", lambda text: text.decode().encode("latin-1"))
content("UTF-16", "people", lambda text: text.decode().encode("utf-16"))
content("cut off in a value", "orders", lambda text: text[: len(text) // 10 * 9].rsplit(b",", 2)[0])
content("cut off in the last value", "sensors", lambda text: text.rstrip(b"\n")[:-2])
content("gzip cut off", "sensors", lambda text: __import__("gzip").compress(text)[:-40])
content(
    "LFS pointer", "orders", lambda _: b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n"
)
content("conflict", "visits", lambda text: text.replace(b"\n", b"\n<<<<<<< HEAD\n", 3))
content("an HTML page", "orders", lambda _: b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n")
