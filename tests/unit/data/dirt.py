"""Dirt of the world, each kind once: what exports, spreadsheets, joins, sensors, clocks and disks do to a table."""

from __future__ import annotations

import csv
import gzip
import io
import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.unit.data.faults import Fault, Made

DIRT: list[Fault] = []
Plant = Callable[[Made], object]


def dirt(name: str, source: str, *columns: str, rows: bool = False) -> Callable[[Plant], Plant]:
    """Register a kind of dirt; findings have to be among the columns, any will do where none is named."""

    def register(plant: Plant) -> Plant:
        DIRT.append(Fault(name, source, plant, frozenset(columns), rows))
        return plant

    return register


def cells(
    name: str, source: str, column: str, change: Callable[[str], str], share: float = 1.0, rows: bool = False
) -> None:
    """Register a change of a share of the values of one column."""
    dirt(name, source, column, rows=rows)(lambda made: made.each(column, change, share))


def moved(**by: float) -> Callable[[str], str]:
    """Return a change of a time as text."""
    return lambda text: str(datetime.fromisoformat(text) + timedelta(**by))


def text_of(made: Made, delimiter: str = ",") -> str:
    """Return a table as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([made.header, *made.rows])
    return out.getvalue()


def file(name: str, source: str, change: Callable[[bytes], bytes]) -> None:
    """Register a change of the bytes of a file."""

    def plant(made: Made) -> None:
        made.content = change(text_of(made).encode())

    dirt(name, source)(plant)


# forms of values
cells("mixed date formats", "trips", "picked_up", lambda t: f"{t[8:10]}/{t[5:7]}/{t[:4]} {t[11:]}", 0.3, True)
cells("month names", "customers", "signup", lambda t: f"{t[8:]} Mar {t[:4]}", 0.05, True)
cells("two-digit years", "customers", "signup", lambda t: t[2:], 0.1, True)
cells("days of a spreadsheet", "customers", "signup", lambda t: str(44000 + int(t[8:])), 1.0, True)
cells("seconds since 1970", "meters", "time", lambda t: "17400" + t[11:13] + "000", 1.0, True)
cells("thousands marks in some", "trips", "fare", lambda t: f"{float(t) + 1000:,.2f}", 0.01, True)
cells("thousands by an apostrophe", "trips", "fare", lambda t: f"1'{float(t) + 100:.2f}", 0.01, True)
cells("thousands by a narrow blank", "customers", "logins", lambda t: f"1\u202f{t.zfill(3)}", 0.01, True)
cells("a currency sign", "customers", "monthly_price", lambda t: f"€{t}", 0.2, True)
cells("a percent sign", "customers", "score", lambda t: f"{float(t) * 100:.1f}%", 1.0, True)
cells("a true minus sign", "meters", "temperature", lambda t: f"\u2212{t}", 0.02, True)
cells("wide digits", "customers", "logins", lambda t: "".join(chr(ord(c) + 0xFEE0) for c in t), 0.02, True)
cells("a spreadsheet's errors", "trips", "tip", lambda _: "#REF!", 0.01, True)
cells("infinity", "meters", "voltage", lambda _: "inf", 0.01, True)
cells("a letter O for 0", "customers", "birth_year", lambda t: t.replace("0", "O"), 0.1, True)
cells("leading zeros lost", "trips", "zip", lambda t: t.lstrip("0"), 1.0, True)
cells("ids in powers of ten", "customers", "customer_id", lambda t: f"{int(t):.2E}", 1.0)
cells("ids of another form", "trips", "trip_id", lambda t: f"trip-{int(t[1:])}", 1.0, True)
cells("no address", "customers", "email", lambda t: t.replace("@", " at "), 0.05, True)
cells("words of truth mixed", "meters", "night", lambda t: "1" if t == "true" else "no", 0.2, True)
cells("entities of HTML", "customers", "name", lambda t: t.replace("ü", "&uuml;"), 1.0, True)
cells("question marks for letters", "customers", "name", lambda t: t.replace("ü", "?"), 1.0, True)
cells("encoded twice", "trips", "zone", lambda t: t.encode().decode("cp1252"), 1.0, True)
# nothing
cells("-999 for nothing", "trips", "tip", lambda _: "-999", 0.02, True)
cells("0 for nothing", "meters", "voltage", lambda _: "0", 0.02, True)
cells("99 for nothing", "trips", "passengers", lambda _: "99", 0.01, True)
cells("the largest number for nothing", "customers", "logins", lambda _: "2147483647", 0.005, True)
cells("None for nothing", "customers", "plan", lambda _: "None", 0.02, True)
cells("null for nothing", "trips", "distance_km", lambda _: "null", 0.01, True)
cells("a dash for nothing", "customers", "country", lambda _: "-", 0.02, True)
cells("many blanks for nothing", "customers", "plan", lambda _: "   ", 0.02, True)
cells("no ids", "customers", "customer_id", lambda _: "", 0.01, True)
cells("filled by the mean", "trips", "distance_km", lambda _: "4.25", 0.3)
cells("filled by the most frequent", "customers", "country", lambda _: "DE", 0.4)
# categories
cells("a blank at the end", "trips", "zone", lambda t: t + " ", 0.03, True)
cells("a blank that does not break", "trips", "zone", lambda t: t + "\xa0", 0.03, True)
cells("a blank of no width", "customers", "plan", lambda t: "\u200b" + t, 0.02, True)
cells("another case", "trips", "payment", str.title, 0.05, True)
cells("one category twice", "trips", "payment", lambda t: "credit card" if t == "card" else t, 0.3, True)
cells("two categories in one", "trips", "payment", lambda t: "card" if t == "app" else t)
cells(
    "another language", "customers", "plan", lambda t: {"basic": "Basis", "plus": "Plus"}.get(t, t), 1.0, True
)
cells("a decomposed letter", "trips", "zone", lambda t: t.replace("ü", "u\u0308"), 1.0, True)
cells("another code", "meters", "status", lambda t: "7" if t == "0" else t, 0.05, True)
# numbers
cells("unit x1000", "trips", "distance_km", lambda t: f"{float(t) * 1000:.0f}", 1.0, True)
cells("cents", "customers", "monthly_price", lambda t: f"{float(t) * 100:.0f}", 1.0, True)
cells("miles", "trips", "distance_km", lambda t: f"{float(t) / 1.609:.2f}")
cells("negative price", "customers", "monthly_price", lambda t: f"-{t}", 0.01, True)
cells("outliers", "trips", "fare", lambda _: "1000000", 0.002, True)
cells("logarithms", "trips", "fare", lambda t: f"{math.log(max(float(t), 0.1)):.4f}")
cells("standardised", "customers", "birth_year", lambda t: f"{(float(t) - 1980) / 12:.0f}", 1.0, True)
cells("clipped", "trips", "fare", lambda t: str(min(float(t), 9.0)))
cells("rounded to tens", "customers", "birth_year", lambda t: str(round(int(t), -1)))
cells("constant voltage", "meters", "voltage", lambda _: "230.0")
cells("kelvin", "meters", "temperature", lambda t: f"{float(t) + 273.15:.1f}", 1.0, True)
cells("mean shift of wines", "wines", "alcohol", lambda t: f"{float(t) + 1.2:.2f}")
cells("variance of wines", "wines", "hue", lambda t: f"{0.95 + 3 * (float(t) - 0.95):.3f}")
cells("unit of wines", "wines", "proline", lambda t: f"{float(t) / 1000:.4f}", 1.0, True)
# target
cells("one class", "customers", "churned", lambda _: "0")
cells("labels flipped", "customers", "churned", lambda t: "1" if t == "0" else "0", 0.2)
cells("a class gone", "wines", "cultivar", lambda t: "cultivar 0" if t == "cultivar 2" else t)
cells("a label in capitals", "trips", "shared", str.upper, 0.05, True)
cells("no label in some", "wines", "cultivar", lambda _: "", 0.04, True)
# time
cells("1970", "trips", "picked_up", lambda _: "1970-01-01 00:00:00", 0.01, True)
cells("9999", "customers", "last_login", lambda _: "9999-12-31", 0.005, True)
cells("year 1", "customers", "signup", lambda _: "0001-01-01", 0.005, True)
cells("a clock of another zone", "trips", "picked_up", moved(hours=9), 1.0)
cells("next year", "trips", "dropped", moved(days=365), 0.03, True)
cells("stale", "trips", "picked_up", moved(days=-700), 1.0)
dirt("the end before the start", "trips", "picked_up", "dropped", rows=True)(
    lambda made: made.each("dropped", moved(hours=-3), 0.02)
)
dirt("day and month swapped", "customers", "signup", "last_login", rows=True)(
    lambda made: made.each("last_login", lambda t: f"{t[:5]}{t[8:]}-{t[5:7]}" if int(t[8:]) <= 12 else t)
)
cells("the first of the month", "customers", "signup", lambda t: t[:8] + "01")
cells("one day for all", "trips", "picked_up", lambda t: f"2025-03-01 {t[11:]}")


def both(made: Made, one: str, other: str, share: float, *, names: bool = False) -> list[int]:
    """Swap two columns in a share of the rows, or their names alone."""
    a, b = made.at(one), made.at(other)
    if names:
        made.header[a], made.header[b] = made.header[b], made.header[a]
        return []
    chance, changed = random.Random(6), []
    for number, row in enumerate(made.rows):
        if chance.random() < share:
            row[a], row[b] = row[b], row[a]
            changed.append(number)
    return changed


dirt("latitude for longitude", "trips", "lat", "lon")(lambda m: both(m, "lat", "lon", 1))
dirt("latitude for longitude in some", "trips", "lat", "lon", rows=True)(
    lambda m: both(m, "lat", "lon", 0.02)
)
dirt("fare for tip", "trips", "fare", "tip")(lambda m: both(m, "fare", "tip", 0.1))
dirt("swapped names", "trips", "fare", "distance_km")(lambda m: both(m, "fare", "distance_km", 1, names=True))
dirt("swapped days", "customers", "signup", "last_login")(lambda m: both(m, "signup", "last_login", 0.1))
dirt("swapped wines", "wines", "magnesium", "proline")(lambda m: both(m, "magnesium", "proline", 1))


def shifted(row: list[str], start: int) -> None:
    """Move the cells from `start` on one to the right: an empty one comes in, the last is lost."""
    row[start:] = ["", *row[start:-1]]


@dirt("a column shifted in some rows", "trips")
def _shifted(made: Made) -> None:
    for row in made.rows[::50]:
        shifted(row, made.at("distance_km"))


@dirt("one column of rows moved down", "trips", "fare", "distance_km")
def _misaligned(made: Made) -> None:
    place = made.at("fare")
    values = [row[place] for row in made.rows]
    for row, value in zip(made.rows, [values[-1], *values[:-1]], strict=True):
        row[place] = value


@dirt("labels shuffled", "wines", "cultivar", "flavanoids")
def _shuffled(made: Made) -> None:
    labels = [row[-1] for row in made.rows]
    random.Random(3).shuffle(labels)
    for row, label in zip(made.rows, labels, strict=True):
        row[-1] = label


@dirt("unit x1000 in one zone", "trips", "distance_km", rows=True)
def _one_zone(made: Made) -> None:
    for row in made.rows:
        if row[made.at("zone")] == "Hafen":
            row[made.at("distance_km")] = f"{float(row[made.at('distance_km')]) * 1000:.0f}"


@dirt("a sensor that hangs", "meters", "voltage")
def _frozen(made: Made) -> None:
    for row in made.rows[-1600:]:
        row[made.at("voltage")] = "231.2"


@dirt("a sensor that drifts away", "meters", "voltage")
def _drifting(made: Made) -> None:
    for number, row in enumerate(made.rows[-800:]):
        row[made.at("voltage")] = f"{float(row[made.at('voltage')]) + number / 80:.1f}"


@dirt("a meter that is silent", "meters", "meter")
def _silent(made: Made) -> None:
    made.rows = [row for row in made.rows if row[1] != "M07"]


@dirt("two weeks without readings", "meters", "time")
def _gap(made: Made) -> None:
    made.rows = [row for row in made.rows if not "2025-03-08" < row[0] < "2025-03-22"]


# rows
@dirt("a batch twice", "customers", "customer_id", rows=True)
def _twice(made: Made) -> None:
    made.rows.extend([list(row) for row in made.rows[-500:]])


@dirt("a batch twice under new ids", "trips")
def _renumbered(made: Made) -> None:
    made.rows.extend([[f"T9{number:05d}", *row[1:]] for number, row in enumerate(made.rows[-500:])])


@dirt("readings twice", "meters")
def _readings(made: Made) -> None:
    made.rows.extend([list(row) for row in made.rows[:100]])


@dirt("a join that multiplies", "trips", "trip_id")
def _joined(made: Made) -> None:
    made.rows = [row for row in made.rows for _ in range(2 if row[3] == "Hafen" else 1)]


@dirt("sorted by the target", "customers")
def _sorted(made: Made) -> None:
    made.rows.sort(key=lambda row: row[-1])


@dirt("the header once more", "trips", rows=True)
def _headers(made: Made) -> list[int]:
    made.rows.insert(2500, list(made.header))
    return [2500]


@dirt("a line of sums", "customers")
def _total(made: Made) -> None:
    made.rows.append(["Total", *[""] * 8, "61234", "", "", "642"])


@dirt("one country", "customers", "country")
def _biased(made: Made) -> None:
    made.rows = [row for number, row in enumerate(made.rows) if row[3] == "DE" or number % 5 == 0]


@dirt("six in ten rows gone", "meters")
def _cut(made: Made) -> None:
    del made.rows[3200:]


@dirt("empty lines of a spreadsheet", "customers")
def _empty(made: Made) -> None:
    made.rows.extend([[""] * len(made.header) for _ in range(40)])


# leaks
@dirt("what is known afterwards", "trips", "tip")
def _afterwards(made: Made) -> None:
    for row in made.rows:
        row[made.at("tip")] = "" if row[-1] == "yes" else (row[made.at("tip")] or "1.0")


@dirt("the target in another form", "customers", "logins")
def _other_form(made: Made) -> None:
    for number, row in enumerate(made.rows):
        row[made.at("logins")] = str(number % 7 if row[-1] == "1" else 20 + number % 60)


@dirt("a sum with the target in it", "meters", "temperature")
def _sum(made: Made) -> None:
    for row in made.rows:
        row[3] = f"{10 + 3 * math.log(float(row[-1]) + 0.05):.2f}"


# columns
def named(name: str, source: str, change: Callable[[list[str]], list[str]], *columns: str) -> None:
    """Register a change of the header."""

    def plant(made: Made) -> None:
        made.header = change(made.header)

    dirt(name, source, *columns)(plant)


named("names in capitals", "customers", lambda names: [name.upper() for name in names])
named("blanks around names", "trips", lambda names: [f" {name}" for name in names])
named("a name twice", "trips", lambda names: ["fare" if name == "tip" else name for name in names])
named("dots for underscores", "customers", lambda names: [name.replace("_", ".") for name in names])


@dirt("the numbers of rows", "customers")
def _index(made: Made) -> None:
    made.header.insert(0, "Unnamed: 0")
    for number, row in enumerate(made.rows):
        row.insert(0, str(number))


@dirt("the header lost", "trips")
def _headless(made: Made) -> None:
    made.header = made.rows.pop(0)


# files
file("semicolons and decimal commas", "customers", lambda b: b.replace(b",", b";").replace(b".", b","))
file("a comma at each end", "customers", lambda b: b.replace(b"\n", b",\n"))
file("cut in the middle of a line", "trips", lambda b: b[: len(b) * 7 // 10])
file("a comma in a text", "customers", lambda b: b.replace("Müller A.".encode(), "Müller, A.".encode(), 3))
file("a quote that stays open", "trips", lambda b: b.replace(b",Hafen,", b',"Hafen,', 1))
file("zeros of a damaged disk", "trips", lambda b: b[:50_000] + bytes(4096) + b[54_096:])
file("an answer of an API", "customers", lambda _: b'{"error": {"code": 401, "message": "token expired"}}\n')
file("a comment above", "meters", lambda b: b"# exported 2025-06-01\n" + b)
file("packed under another name", "meters", gzip.compress)
file("two files in one", "meters", lambda b: b + b)
file(
    "two encodings",
    "trips",
    lambda b: (
        b[:90_000].rsplit(b"\n", 1)[0] + b"\n" + b[90_000:].split(b"\n", 1)[1].decode().encode("latin-1")
    ),
)
file("lines of another table", "trips", lambda b: b + b"1,2,3\n4,5,6\n")
