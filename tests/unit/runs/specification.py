"""Holds a record against the specifications of in-toto and SLSA."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = json.loads(Path(__file__).with_name("in_toto_provenance.schema.json").read_text())


def validate(record: Any) -> None:
    """Raise `jsonschema.ValidationError` unless the record is what the specifications ask for."""
    jsonschema.Draft202012Validator(SCHEMA).validate(record)
    names = [one["name"] for one in record["subject"] if "name" in one]
    assert len(names) == len(set(names)), "names of subjects have to differ"
