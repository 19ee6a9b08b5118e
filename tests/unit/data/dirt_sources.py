"""Tables as companies have them: trips of a taxi, customers, meters by the hour, and a real one of wines."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from functools import cache

from tests.unit.data.faults import Made

ZONES = ("Altstadt", "Nord", "Süd", "Hafen", "Flughafen", "Messe", "Ost", "West")
NAMES = ("Müller", "Schmidt", "García", "Brontë", "Nowak", "Søren", "Lefèvre", "Smith")
ROWS = {"trips": 5_000, "customers": 3_000, "meters": 8_000, "wines": 89}
TARGETS = {"trips": "shared", "customers": "churned", "meters": "kwh", "wines": "cultivar"}


def trip(chance: random.Random, number: int) -> list[object]:
    """Draw a trip: two times, a fare that follows from the distance, a tip that may be missing."""
    start = datetime(2025, 1, 1) + timedelta(minutes=chance.randrange(60 * 24 * 180))
    distance = chance.lognormvariate(1.2, 0.7)
    return [
        f"T{number:06d}",
        start,
        start + timedelta(minutes=3 + int(distance * 2.5)),
        chance.choices(ZONES, (20, 10, 10, 5, 25, 10, 10, 10))[0],
        f"{chance.randrange(1000, 3000):05d}",
        round(48.1 + chance.gauss(0, 0.05), 5),
        round(11.5 + chance.gauss(0, 0.08), 5),
        round(distance, 2),
        round(3.5 + 2.1 * distance + chance.gauss(0, 0.4), 2),
        "" if chance.random() < 0.1 else round(chance.expovariate(0.5), 2),
        chance.choices((1, 2, 3, 4, 5, 6), (60, 20, 8, 6, 4, 2))[0],
        chance.choices(("card", "cash", "app"), (50, 20, 30))[0],
        "yes" if chance.random() < 0.3 else "no",
    ]


def customer(chance: random.Random, number: int) -> list[object]:
    """Draw a customer: an address, two days in order, a price of three, a score, a text that is often missing."""
    signup = date(2021, 1, 1) + timedelta(days=chance.randrange(1400))
    name = chance.choice(NAMES)
    score = round(chance.betavariate(2, 3), 3)
    return [
        100_000 + number,
        f"{chance.choice('abcdefgh')}.{name.lower().replace('ü', 'ue')}{chance.randrange(9999)}@example.com",
        f"{name} {chance.choice('ABCDEFGH')}.",
        chance.choices(("DE", "FR", "ES", "PL", "DK"), (40, 25, 20, 10, 5))[0],
        signup,
        signup + timedelta(days=chance.randrange(365)),
        round(chance.gauss(1980, 12)),
        chance.choices(("basic", "plus", "pro"), (60, 30, 10))[0],
        chance.choices((9.99, 19.99, 49.99), (60, 30, 10))[0],
        int(chance.expovariate(0.05)),
        score,
        "" if chance.random() < 0.5 else f"asked about {chance.choice(('the bill', 'a change', 'more'))}",
        1 if chance.random() < 0.1 + 0.2 * score else 0,
    ]


def meter(chance: random.Random, number: int) -> list[object]:
    """Draw a reading of one of ten meters, in the order of time."""
    at = datetime(2025, 3, 1) + timedelta(hours=number // 10)
    warmth = 10 + 8 * ((at.hour - 4) % 24) / 24 + chance.gauss(0, 2)
    return [
        at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        f"M{number % 10:02d}",
        round(230 + chance.gauss(0, 1.5), 1),
        round(warmth, 1),
        chance.choices((0, 1, 2), (95, 4, 1))[0],
        "true" if chance.random() < 0.4 else "false",
        round(max(0.0, chance.lognormvariate(0, 0.8)), 3),
    ]


HEADERS = {
    "trips": "trip_id picked_up dropped zone zip lat lon distance_km fare tip passengers payment shared",
    "customers": "customer_id email name country signup last_login birth_year plan monthly_price logins score note churned",
    "meters": "time meter voltage temperature status night kwh",
}
DRAWN = {"trips": trip, "customers": customer, "meters": meter}


@cache
def lines_of(source: str, seed: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the header and the rows of a source; wines are halved at random."""
    if source == "wines":
        return wines(seed)
    chance = random.Random(f"{source} {seed}")
    row = DRAWN[source]
    rows = tuple(tuple(map(str, row(chance, number))) for number in range(ROWS[source]))
    return tuple(HEADERS[source].split()), rows


def wines(seed: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return a random half of 178 wines, the other half for what is no reference."""
    from sklearn.datasets import load_wine

    known = load_wine()
    names = [name.replace("/", "_") for name in known.feature_names]
    rows = [
        (*(f"{value:g}" for value in values), f"cultivar {kind}")
        for values, kind in zip(known.data, known.target, strict=True)
    ]
    random.Random(4).shuffle(rows)
    half = rows[:89] if seed == "reference" else rows[89:]
    random.Random(seed).shuffle(half)
    return (*names, "cultivar"), tuple(half)


def drawn(source: str, seed: str) -> Made:
    """Return a fresh table of a source."""
    header, rows = lines_of(source, seed)
    return Made(list(header), [list(row) for row in rows])
