"""Hostile files: kinds of content, each at every place that a command reads."""

from __future__ import annotations

import io
import os
import random
import re
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import NamedTuple

from tests.driver import Person

Command = tuple[str, ...]
DATA: tuple[Command, ...] = (("check", "data"), ("data", "check"))
GATE: Command = ("gate", "HEAD~1")
COMPARE: Command = ("compare", "HEAD~1")
DIFF: Command = ("data", "diff", "HEAD")
PLACES: dict[str, tuple[Command, ...]] = {
    "mlgit.yaml": (("check", "data"), COMPARE, ("sync", "--check"), ("status",)),
    "dvc.yaml": (COMPARE, ("status",), ("affected", "HEAD~1")),
    "dvc.lock": (("status",), COMPARE, ("lineage",)),
    "params.yaml": (COMPARE, ("status",)),
    "params.toml": (COMPARE, ("status",)),
    "params.json": (COMPARE, ("status",)),
    "params.py": (COMPARE, ("status",)),
    "metrics.json": (COMPARE, GATE),
    "predictions.csv": (GATE, COMPARE),
    "predictions.parquet": (GATE, COMPARE),
    "data/people.csv": (("data", "check"), ("data", "schema", "data/people.csv"), ("data", "split", "people", "--renew"), ("status",), DIFF),
    "data/people.parquet": (("data", "check"), ("data", "schema", "data/people.parquet"), DIFF),
    "data/more.csv.dvc": (("status",), COMPARE),
    "schemas/people.yaml": (("data", "check"), ("data", "schema", "people")),
    "splits/people.csv": (("data", "split", "people"), ("check", "data")),
    ".mlgit/lock.yaml": (("sync", "--check"),),
    ".mlgit/runs/1735689600-0123456789abcdef.json": (("lineage",), ("compare", "HEAD~1")),
    "deploy/staging.yaml": (("promote", "small", "staging", "--dry-run"), ("history",), ("status",)),
    "event.json": (("retrain", "--dry-run", "--local", "--event", "push", "--event-path", "event.json"),),
    "requirements.lock": (("lineage",), ("doctor",)),
}  # fmt: skip
"""By place the commands that read it; the first one cannot answer without it."""
FORGIVING = ("requirements.lock", "event.json", "deploy/staging.yaml", ".mlgit/runs/")
"""What nothing is computed from, is read at a commit alone, or is no file of the tree when it is a link."""
NAMES_AS_PARQUET = {"predictions.parquet": "predictions.csv", "data/people.parquet": "data/people.csv"}


class Kind(NamedTuple):
    """A content; `broken` where nobody can read it, whatever the format."""

    make: Callable[[random.Random, Path], bytes | None]
    broken: bool = False


def linked(target: str) -> Kind:
    def make(chance: random.Random, place: Path) -> None:
        place.symlink_to(target or place.name)

    return Kind(make, broken=True)


def pipe(chance: random.Random, place: Path) -> None:
    os.mkfifo(place)


def folder(chance: random.Random, place: Path) -> None:
    place.mkdir()


def tower(chance: random.Random, place: Path) -> bytes:
    width, height = chance.randrange(5, 40), chance.randrange(5, 40)
    lines = ["a0: &a0 [" + "1," * width + "1]"]
    lines += [f"a{one}: &a{one} [{','.join([f'*a{one - 1}'] * width)}]" for one in range(1, height)]
    return "\n".join(lines).encode()


def aliases(chance: random.Random, place: Path) -> bytes:
    return b"a: &a [" + b"1," * 9999 + b"1]\nb: [" + b"*a," * chance.randrange(20_000, 60_000) + b"*a]\n"


def deep(chance: random.Random, place: Path) -> bytes:
    sign = chance.choice([b"[", b'{"a":', b"- ", b"(", b"{a: ", b"? "])
    return sign * chance.randrange(1_000, 200_000)


def digits(chance: random.Random, place: Path) -> bytes:
    many = b"9" * chance.choice([400, 5_000, 1_000_000])
    return (
        chance.choice(
            [b'{"accuracy": %s}', b"factor: %s", b"a = %s", b"id,label,prediction,score\n1,1,1,%s\n"]
        )
        % many
    )


def halves(chance: random.Random, place: Path) -> bytes:
    return chance.choice(
        [rb'{"accuracy": "\ud800"}', rb'{"\udfff": 1}', rb"factor: '\ud800'", rb'b = "\ud800"']
    )


def noise(chance: random.Random, place: Path) -> bytes:
    return chance.randbytes(chance.randrange(10, 100_000))


def zeros(chance: random.Random, place: Path) -> bytes:
    return b"\0" * chance.randrange(1, 1_000_000)


def latin(chance: random.Random, place: Path) -> bytes:
    return b"gr\xf6\xdfe: 1\n\xff\xfe,\x80\n"


def wide(chance: random.Random, place: Path) -> bytes:
    return "".join(f"c{one}," for one in range(chance.randrange(5_000, 50_000))).encode() + b"z\n" + b"1,2\n"


def long_line(chance: random.Random, place: Path) -> bytes:
    text = b"x" * chance.randrange(1_000_000, 5_000_000)
    return chance.choice(
        [text, b"id,label,prediction,score\n%s,1,1,0.5\n2,1,1,0.5\n" % text, b'{"a": "%s"}' % text]
    )


def many_keys(chance: random.Random, place: Path) -> bytes:
    number = chance.randrange(50_000, 150_000)
    return "".join(f"k{one}: {one}\n" for one in range(number)).encode()


def dotted(chance: random.Random, place: Path) -> bytes:
    return b".".join([b"a"] * chance.randrange(2_000, 20_000)) + b" = 1"


def tagged(chance: random.Random, place: Path) -> bytes:
    return b"a: !!python/object/apply:os.system ['touch canary']\nb: !!binary |\n  R0l\n? [x, y]\n: 1\n"


def floats(chance: random.Random, place: Path) -> bytes:
    word = chance.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999", b".nan", b"-.inf"])
    return (
        chance.choice([b'{"accuracy": %s}', b"accuracy: %s\n", b"id,label,prediction,score\n1,1,1,%s\n"])
        % word
    )


def commands(chance: random.Random, place: Path) -> bytes:
    return b'{"::error::x\\n::set-output name=a::b": 1, "##[error]y": "\\u001b]0;t\\u0007"}\n'


def parquet(chance: random.Random, place: Path) -> bytes:
    return (
        b"PAR1"
        + chance.randbytes(chance.randrange(0, 5_000))
        + chance.randrange(2**31).to_bytes(4, "little")
        + b"PAR1"
    )


def unfolding(chance: random.Random, place: Path) -> bytes:
    """Half a million rows of a table and of predictions; their long texts stand once in the file, some of them a megabyte."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sign, length = chance.choice("x7Ã "), chance.choice([4_000, 40_000, 1_000_000])
    numbers = pa.array(range(500_000))
    texts = pa.DictionaryArray.from_arrays(
        pa.array([one % 3 for one in range(500_000)]), [f"{sign * length}{one}" for one in range(3)]
    )
    named = {
        "id": numbers,
        "age": numbers,
        "label": numbers,
        "prediction": numbers,
        "churned": texts,
        "score": texts,
    }
    stream = io.BytesIO()
    pq.write_table(pa.table(named), stream)
    return stream.getvalue()


KINDS: dict[str, Kind] = {
    "device": linked("/dev/zero"), "circle": linked(""), "pipe": Kind(pipe, broken=True), "folder": Kind(folder, broken=True),
    "tower": Kind(tower), "aliases": Kind(aliases), "deep": Kind(deep), "digits": Kind(digits), "halves": Kind(halves),
    "noise": Kind(noise, broken=True), "zeros": Kind(zeros, broken=True), "latin": Kind(latin), "wide": Kind(wide),
    "long line": Kind(long_line), "many keys": Kind(many_keys), "dotted": Kind(dotted), "tagged": Kind(tagged),
    "floats": Kind(floats), "commands": Kind(commands), "parquet": Kind(parquet),
    "unfolding": Kind(unfolding),
}  # fmt: skip


def keep_as_parquet(root: Path, other: str, place: str) -> None:
    """Let a repository have kept a table as Parquet for two commits: its gate and its differences read it."""
    import duckdb

    duckdb.sql(f"COPY (FROM '{root / other}') TO '{root / place}' (FORMAT parquet)")
    (root / other).unlink()
    content = (root / place).read_bytes()
    for name in ("mlgit.yaml", "dvc.yaml", "dvc.lock"):
        text = (root / name).read_text().replace(other, place)
        entry = rf"(path: {re.escape(place)}\n\s+hash: md5\n\s+md5: )\w+(\n\s+size: )\d+"
        (root / name).write_text(re.sub(entry, rf"\g<1>{md5(content).hexdigest()}\g<2>{len(content)}", text))
    person = Person(root)
    person.commit("As Parquet")
    person.git("commit", "--quiet", "--allow-empty", "--message", "And again")


class Case(NamedTuple):
    """A kind at a place."""

    kind: str
    place: str

    def plant(self, root: Path) -> None:
        """Put it there, in the place of what stands there."""
        place = root / self.place
        if other := NAMES_AS_PARQUET.get(self.place):
            keep_as_parquet(root, other, self.place)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        content = KINDS[self.kind].make(random.Random(f"{self.kind} {self.place}"), place)
        if content is not None:
            place.write_bytes(content)

    @property
    def has_to_be_told(self) -> bool:
        """Whether the first command may not be content."""
        return KINDS[self.kind].broken and not self.place.startswith(FORGIVING)


CASES = [Case(kind, place) for place in PLACES for kind in KINDS]
