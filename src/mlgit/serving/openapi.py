"""The OpenAPI document of a server: its addresses, and the rows that its model takes, by the schema of the table."""

from __future__ import annotations

from typing import Any

from mlgit import __version__
from mlgit.data.profile import Storage
from mlgit.data.schema import ColumnRule
from mlgit.serving.asking import LONGEST_KEY
from mlgit.serving.bodies import arrow, choose, floats
from mlgit.serving.checks import is_open
from mlgit.serving.exchange import Limits
from mlgit.serving.served import Served

TYPES: dict[Storage, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}
PLAIN = {
    "/health": "Whether the process lives.",
    "/ready": "Whether it may be asked.",
    "/model": "Which version answers: its digest, its commit and its columns.",
    "/v2": "The Open Inference Protocol, version 2: /v2/models/NAME/infer.",
}


def document(served: Served, limits: Limits) -> dict[str, Any]:
    """Return the document."""
    rules = served.validator.rules
    row = {
        "type": "object",
        "properties": {name: column(rule) for name, rule in rules.items()},
        "required": list(served.validator.needed),
    }
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "maxItems": limits.rows}
    columns = {
        "type": "object",
        "properties": {name: {"type": "array", "items": column(rule)} for name, rule in rules.items()},
    }
    key = {
        "type": "string",
        "maxLength": LONGEST_KEY,
        "description": "The same key is answered by the same version.",
    }
    body = {
        "oneOf": [
            {"type": "object", "required": ["rows"], "properties": {"rows": rows, "key": key}},
            {"type": "object", "required": ["columns"], "properties": {"columns": columns, "key": key}},
        ]
    }
    paths: dict[str, Any] = {
        path: {"get": {"summary": text, "responses": {"200": {"description": "It is."}}}}
        for path, text in PLAIN.items()
    }
    paths["/predict"] = {
        "post": {
            "summary": "What the model says of each row.",
            "parameters": [KEY],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}, **BINARY}},
            "responses": {
                "200": {
                    "description": "An answer a row.",
                    "content": {"application/json": {"schema": ANSWERS}, **BINARY},
                },
                "400": {"description": "The body is no JSON."},
                "406": {"description": "Raw numbers were asked for, and the predictions are none."},
                "413": {"description": "The body or its rows are too many."},
                "415": {"description": "The body has a media type that is not read."},
                "422": {
                    "description": "A value breaks a rule of the schema: `findings` name column, rule and row."
                },
            },
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": served.release.name, "version": served.release.version or __version__},
        "paths": paths,
        "components": {"schemas": {"Row": row}},
    }


KEY = {
    "name": choose.KEY.decode(),
    "in": "header",
    "description": "The key of a request whose body has no place for it.",
    "schema": {"type": "string", "maxLength": LONGEST_KEY},
}
BINARY: dict[str, Any] = {kind.decode(): {} for kind in (arrow.KIND, floats.KIND)}
ANSWERS = {
    "type": "object",
    "required": ["predictions"],
    "properties": {
        "predictions": {"type": "array"},
        "probabilities": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        "classes": {"type": "array", "items": {"type": "string"}},
    },
}


def column(rule: ColumnRule) -> dict[str, Any]:
    """Return a column as JSON Schema."""
    found = dict(TYPES[rule.type])
    if rule.type in ("integer", "float"):
        found |= {
            key: bound for key, bound in (("minimum", rule.min), ("maximum", rule.max)) if bound is not None
        }
    if not is_open(rule):
        found["enum"] = [*(rule.categories or ()), None] if rule.nullable else list(rule.categories or ())
    if rule.nullable:
        found["type"] = [found["type"], "null"]
    return found
