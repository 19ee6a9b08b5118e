"""Recorded answers of two versions of a model, for each task of docs/how-to/any-score.md: a head that is better, and a worse one."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

Answers = Iterator[dict[str, Any]]


def assistant(chance: random.Random, skill: float) -> Answers:
    """Give grades, samples and preferences of 600 questions."""
    for number in range(600):
        ease = chance.random()
        right = min(0.95, 0.2 + 0.5 * ease + skill)
        grades = [max(1, min(5, round(chance.gauss(2.5 + 2 * right, 0.8)))) for _ in range(3)]
        win = chance.random() < 0.5 + 2 * skill
        yield {
            "id": f"q{number}",
            "language": "de" if number % 3 else "en",
            "grades": grades,
            "solved": [chance.random() < right for _ in range(10)],
            "preferred": "tie" if chance.random() < 0.3 else "win" if win else "loss",
            "ms": round(900 * math.exp(chance.gauss(0, 0.3))),
            "euros": round(0.01 * math.exp(chance.gauss(0, 0.3)), 5),
        }


def search(chance: random.Random, skill: float) -> Answers:
    """Give the relevance of 30 ranked results of 600 queries of 300 people."""
    for number in range(600):
        noise = 2.0 - 12 * skill
        truth = sorted(
            max(0, round(random.Random(number * 31 + place).gauss(-0.5, 1.2))) for place in range(30)
        )
        ranked = sorted(truth, key=lambda relevance: -(relevance + chance.gauss(0, noise)))
        yield {"id": f"q{number}", "user": f"u{number // 2}", "relevances": ranked}


def detection(chance: random.Random, skill: float) -> Answers:
    """Give objects and boxes of 500 images."""
    for number in range(500):
        fixed = random.Random(number)
        objects = [
            [x := fixed.randrange(900), y := fixed.randrange(900), x + 60, y + 60]
            for _ in range(fixed.randint(1, 5))
        ]
        boxes = [
            [*(edge + chance.gauss(0, 4) for edge in one), round(chance.uniform(0.4, 1), 3)]
            for one in objects
            if chance.random() < 0.75 + skill
        ]
        boxes += [
            [5, 5, 9, 9, round(chance.uniform(0, 0.7), 3)] for _ in range(chance.random() < 0.4 - skill)
        ]
        yield {"id": f"i{number}", "objects": objects, "boxes": boxes}


def forecast(chance: random.Random, skill: float) -> Answers:
    """Give 5 shops over 104 weeks; a week has an error of its own."""
    for shop in range(5):
        for day in range(7 * 104):
            sold = random.Random(shop * 1000 + day).randint(80, 160)
            week = random.Random(f"{shop} {day // 7} {skill}").gauss(0, 0.5)
            off = 0.12 * math.exp(-7 * skill) * sold * (0.5 * week + chance.gauss(0, 0.8))
            yield {
                "shop": shop,
                "day": day,
                "sold": sold,
                "forecast": round(sold + off, 2),
                "naive_error": 18.0,
            }


def survival(chance: random.Random, skill: float) -> Answers:
    """Give times and risks of 200 patients; a third leave before they die."""
    for number in range(200):
        fixed = random.Random(number)
        true = fixed.gauss(0, 1)
        time = round(fixed.expovariate(math.exp(true)), 4)
        risk = true + chance.gauss(0, max(0.1, 0.9 - 30 * skill))
        yield {"id": f"p{number}", "time": time, "died": fixed.random() < 0.67, "risk": round(risk, 4)}


def speech(chance: random.Random, skill: float) -> Answers:
    """Give 400 texts of 80 speakers and what was understood."""
    words = [
        "the",
        "model",
        "reads",
        "a",
        "line",
        "and",
        "writes",
        "what",
        "it",
        "has",
        "understood",
        "of",
        "every",
        "speaker",
        "in",
        "turn",
    ]
    for number in range(400):
        fixed = random.Random(number)
        reference = [fixed.choice(words) for _ in range(fixed.randint(4, 20))]
        transcript = [word if chance.random() < 0.9 + skill else "uh" for word in reference]
        yield {
            "id": f"t{number}",
            "speaker": f"s{number // 5}",
            "reference": " ".join(reference),
            "transcript": " ".join(transcript),
        }


TASKS: dict[str, Callable[[random.Random, float], Answers]] = {
    "assistant": assistant,
    "search": search,
    "detection": detection,
    "forecast": forecast,
    "survival": survival,
    "speech": speech,
}
SKILLS = {"base": 0.0, "better": 0.09, "worse": -0.15}


def recorded(task: str, version: str) -> str:
    """Return the recorded answers of a task as lines of JSON."""
    answers = TASKS[task](random.Random(f"{task} {version}"), SKILLS[version])
    return "".join(json.dumps(one) + "\n" for one in answers)
