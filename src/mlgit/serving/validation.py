"""Rows of a request held against the schema of the table: each finding names the column, the rule and the row. Pure.

A rule that allows a share of missing values or of new categories, or a reference that had some, allows them in a request; what is
not allowed in any row of the table is refused in any row of a request. `unique` is about a table and is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from mlgit.data.schema import ColumnRule, Schema
from mlgit.serving.checks import LONGEST_VALUE, Finding, check_of, shown
from mlgit.serving.predictor import Input

MOST_FINDINGS = 20


class Refused(Exception):  # noqa: N818 - a result of checking, told to whoever asked
    """Rows that a schema does not allow."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = tuple(findings[:MOST_FINDINGS])
        self.count = len(findings)


class Validator:
    """The rules of a request: the columns that a model takes, by the schema or, where there is none, by the model itself."""

    def __init__(self, schema: Schema | None, inputs: Iterable[Input]) -> None:
        rules = schema.columns if schema else {}
        missing = frozenset(("", *(schema.missing if schema else ())))
        self.rules = {one.name: rule_for(one, rules.get(one.name)) for one in inputs}
        self.known = frozenset((*rules, *self.rules))
        self.needed = tuple(name for name, rule in self.rules.items() if schema is None or not rule.nullable)
        """The columns that have to be there: without a schema all, since nobody has said that one may be missing."""
        self._closed = schema is None or schema.extra_columns == "forbid"
        self._exact = schema is None
        self._checks = {name: check_of(name, rule, missing) for name, rule in self.rules.items()}

    def from_rows(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
        """Return the columns of rows; raises `Refused`."""
        if self._closed:
            findings = [
                one
                for number, row in enumerate(rows)
                if (row.keys() != self.known if self._exact else not row.keys() <= self.known)
                for one in self._misnamed(row.keys(), number)
            ]
            if findings:
                raise Refused(findings)
        return self._checked({name: [row.get(name) for row in rows] for name in self._checks})

    def from_columns(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        """Return columns that are allowed; all have to be of one length. Raises `Refused`."""
        findings = self._misnamed(columns.keys(), None) if self._closed else []
        lengths = {len(values) for values in columns.values()}
        if len(lengths) > 1:
            findings.append(Finding(column="", rule="rows", message="the columns are not of one length"))
        if findings:
            raise Refused(findings)
        nothing = [None] * next(iter(lengths), 0)
        return self._checked({name: columns.get(name, nothing) for name in self._checks})

    def _misnamed(self, names: Set[str], row: int | None) -> list[Finding]:
        """Return what is wrong with the names of columns: those that nobody knows, and those that have to be there and are not."""
        return [unknown(name, row) for name in sorted(names - self.known)] + [
            Finding(column=name, rule="columns", row=row, message=f"the column {shown(name)} has to be there")
            for name in (self.needed if self._exact else ())
            if name not in names
        ]

    def _checked(self, columns: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
        findings: list[Finding] = []
        found = {name: check(columns[name], findings) for name, check in self._checks.items()}
        if findings:
            raise Refused(findings)
        return found


def rule_for(one: Input, rule: ColumnRule | None) -> ColumnRule:
    """Return the rule of a column that a model takes, also where the schema has none."""
    if rule is None:
        return ColumnRule(type=one.storage or "float", max_null_share=1.0 if one.nullable else 0.0)
    if not one.nullable and rule.nullable:
        import msgspec

        return msgspec.structs.replace(rule, max_null_share=0.0)
    return rule


def unknown(name: str, row: int | None) -> Finding:
    """Return the finding of a column that nobody knows."""
    return Finding(
        column=name[:LONGEST_VALUE], rule="columns", row=row, message=f"there is no column {shown(name)}"
    )
