"""What it costs to take the secrets out of a megabyte: `python benchmarks/redact.py`.

CPU seconds, the median of five turns: of a log, and of texts that are made to keep a pattern busy. The redactor is new in
each turn, as it is in each process.
"""

from __future__ import annotations

import statistics
import time

from mlgit.redact import Redactor

MEGABYTE = 1_000_000
ENVIRONMENT = {f"X{number}_TOKEN": f"se/cr+et{number:03}-{number * 7919:x}_z" for number in range(40)}
LOG = "epoch 1 loss=0.1234 reading data/raw.csv token 512 key\n"
HOSTILE = ("\\", "a", "eyJ", "sk-", "-----BEGIN PRIVATE KEY-----", "password=", "bearer ", "://", "cookie: ")


def seconds(part: str) -> float:
    """Return the CPU seconds for a megabyte of one text."""
    text = part * (MEGABYTE // len(part))
    taken = []
    for _ in range(5):
        start = time.process_time()
        Redactor(ENVIRONMENT)(text)
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the figures."""
    print(f"a log                          {seconds(LOG):.3f} s")
    for part in HOSTILE:
        print(f"{part.strip()!r:<30} {seconds(part):.3f} s")


if __name__ == "__main__":
    main()
