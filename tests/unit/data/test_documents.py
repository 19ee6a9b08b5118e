"""The pages on tables say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from mlgit.data import schema_file
from mlgit.data.report import RuleName
from mlgit.data.schema import ColumnRule, Reference, RowsRule, Schema

ROOT = Path(__file__).parents[3]
REFERENCE = (ROOT / "docs/reference/schema-file.md").read_text(encoding="utf-8")
EXPLANATION = (ROOT / "docs/explanation/data-checks.md").read_text(encoding="utf-8")


def test_the_example_of_the_reference_is_a_schema_with_every_key() -> None:
    found = re.search(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
    assert found is not None
    example = schema_file.read(found.group(1), "example.yaml")
    keys = set(re.findall(r"^ *\"?([a-z_]+)\"?:", found.group(1), re.MULTILINE))
    keys |= {"min", "max"}
    wanted = {
        *Schema.__struct_fields__,
        *Reference.__struct_fields__,
        *ColumnRule.__struct_fields__,
        *RowsRule.__struct_fields__,
    }
    assert wanted <= keys
    assert schema_file.read(schema_file.write(example, "customers", 1), "s.yaml") == example


def test_every_key_and_type_is_told() -> None:
    for key in (*Schema.__struct_fields__, *ColumnRule.__struct_fields__):
        assert f"`{key}`" in REFERENCE or f"`{key}." in REFERENCE, key
    for kind in ("integer", "float", "string", "boolean", "date", "timestamp"):
        assert f"`{kind}`" in REFERENCE


def test_every_rule_is_told() -> None:
    for rule in get_args(RuleName):
        assert f"`{rule}`" in EXPLANATION
