"""A schema that is inferred from one table, and what another table breaks of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from mlgit.data.check import check_table
from mlgit.data.inference import infer
from mlgit.data.observing import observe
from mlgit.data.profiling import profile_file
from mlgit.data.report import RuleResult
from mlgit.data.schema import Schema
from mlgit.data.schema_file import read, write

TODAY = date(2026, 11, 1)


def schema_of(path: Path, target: str = "") -> Schema:
    """Return what is inferred from a table, as its file keeps it."""
    profile = profile_file(path, target, several=True)
    seen = observe(path, profile, TODAY, several=True)
    return read(write(infer(profile, seen), "t", profile.rows), "s.yaml")


def failures(path: Path, schema: Schema) -> tuple[RuleResult, ...]:
    """Return the rules that a table breaks."""
    return check_table(path, schema, table="t", shown=path.name, schema_shown="s.yaml", today=TODAY).failures


def leaks(path: Path, schema: Schema) -> list[RuleResult]:
    """Return what is said of columns that tell more or less of the target than they did."""
    return [one for one in failures(path, schema) if one.rule == "leak"]
