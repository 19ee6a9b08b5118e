"""GitHub's API description as a judge: is this request one it knows, is this reply one it promises?"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

DOCUMENT = "urn:github"
COMMON_ERRORS = frozenset({401, 403, 404, 409, 422, 429, 500, 502, 503})
"""Statuses that any operation may answer with although its description does not list them."""
METHODS = frozenset({"get", "post", "put", "patch", "delete"})


@dataclass(frozen=True)
class Operation:
    """One operation: how its path is recognised, what it takes and what it promises."""

    name: str
    method: str
    pattern: re.Pattern[str]
    queries: dict[str, Any]
    body: Any
    replies: dict[int, Any]


class Contract:
    """The slice, ready to judge. Verdicts are lists of sentences, empty when all is well."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._components = adapted(description["components"])
        document = {"$id": DOCUMENT, "components": self._components}
        self._registry = Registry().with_resource(DOCUMENT, DRAFT202012.create_resource(document))
        self._operations = [
            self._operation(path, method, one)
            for path, methods in description["paths"].items()
            for method, one in methods.items()
            if method in METHODS
        ]
        self._validators: dict[str, Draft202012Validator] = {}
        self._judged: dict[tuple[str, bytes], tuple[str, ...]] = {}

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request is for."""
        found = [one for one in self._operations if one.method == method and one.pattern.fullmatch(path)]
        return min(found, key=lambda one: one.pattern.groups, default=None)

    def request_faults(
        self, operation: Operation, target: str, headers: dict[str, str], body: bytes
    ) -> list[str]:
        """Return what is wrong with a request: unknown or malformed query, body, headers."""
        faults = [
            f"{name} header missing"
            for name in ("accept", "user-agent", "authorization")
            if not headers.get(name)
        ]
        for name, value in parse_qsl(urlsplit(target).query, keep_blank_values=True):
            faults += self._query_faults(operation, name, value)
        if operation.body is None:
            return faults + (["a body where none is taken"] if body else [])
        if "json" not in headers.get("content-type", ""):
            faults.append("the body is not declared as JSON")
        return faults + self._body_faults(operation.name, operation.body, body)

    def reply_faults(self, operation: Operation, status: int, body: bytes) -> list[str]:
        """Return what is wrong with a reply: an unknown status, a body unlike its schema."""
        if status not in operation.replies:
            return [] if status in COMMON_ERRORS else [f"{operation.name} never answers {status}"]
        schema = operation.replies[status]
        if schema is None:
            return [f"{status} has no body"] if body else []
        return list(self._schema_faults(f"{operation.name} reply {status}", schema, body))

    def example(self, name: str) -> Any:
        """Return a smallest value that fits a schema of the description."""
        return smallest(self._components["schemas"][name], self._components)

    def _operation(self, path: str, method: str, one: dict[str, Any]) -> Operation:
        """Prepare one operation of the description."""
        one = adapted(one)
        # The path of a file is the one parameter that holds slashes.
        pattern = re.sub(r"\{[a-z_]+\}", "([^/]+)", path.replace("{path}", "(.+)"))
        parameters = [self._resolved(parameter) for parameter in one.get("parameters", [])]
        replies = {
            int(status): json_schema(self._resolved(reply)) for status, reply in one["responses"].items()
        }
        queries = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}
        body = json_schema(one["requestBody"]) if "requestBody" in one else None
        return Operation(one["operationId"], method.upper(), re.compile(pattern), queries, body, replies)

    def _resolved(self, part: Any) -> Any:
        """Follow a reference to a parameter or a response."""
        if "$ref" not in part:
            return part
        kind, name = part["$ref"].split("/")[-2:]
        return self._components[kind][name]

    def _query_faults(self, operation: Operation, name: str, value: str) -> list[str]:
        """Return what is wrong with one parameter of a query."""
        if name not in operation.queries:
            return [f"{operation.name} has no query parameter {name!r}"]
        schema = operation.queries[name]
        typed: Any = int(value) if schema.get("type") == "integer" and value.isdigit() else unquote(value)
        text = json.dumps(typed).encode()
        faults = list(self._schema_faults(f"{operation.name} query {name}", schema, text))
        if name == "per_page" and not 1 <= int(value) <= 100:
            faults.append("per_page is above 100")
        return faults

    def _body_faults(self, name: str, schema: Any, body: bytes) -> list[str]:
        """Return what is wrong with a request's body; a misspelt key is wrong although the description allows it."""
        faults = list(self._schema_faults(f"{name} request", schema, body))
        known = schema.get("properties", {})
        unknown = [] if faults else [key for key in json.loads(body) if known and key not in known]
        return faults + [f"{name} request has no field {key!r}" for key in unknown]

    def _schema_faults(self, place: str, schema: Any, body: bytes) -> tuple[str, ...]:
        """Judge a JSON text by a schema, each text once."""
        known = self._judged.get((place, body))
        if known is not None:
            return known
        validator = self._validators.get(place)
        if validator is None:
            validator = self._validators[place] = Draft202012Validator(schema, registry=self._registry)
        try:
            value = json.loads(body)
        except ValueError as error:
            return (f"{place}: not JSON: {error}",)
        faults = tuple(
            f"{place}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)
        )
        self._judged[place, body] = faults
        return faults


def json_schema(part: Any) -> Any:
    """Return the schema of a request's or a reply's JSON body."""
    return part.get("content", {}).get("application/json", {}).get("schema")


def adapted(value: Any) -> Any:
    """Return a part of OpenAPI 3.0 as JSON Schema 2020-12: `nullable` becomes a type, references name the document."""
    if isinstance(value, list):
        return [adapted(one) for one in value]
    if not isinstance(value, dict):
        return value
    part = {key: adapted(one) for key, one in value.items()}
    if isinstance(part.get("$ref"), str) and part["$ref"].startswith("#"):
        part["$ref"] = DOCUMENT + part["$ref"]
    if part.get("nullable") is not True:
        return part
    del part["nullable"]
    if isinstance(part.get("type"), str):
        nulled = {**part, "type": [part["type"], "null"]}
        if "enum" in nulled:
            nulled["enum"] = [*nulled["enum"], None]
        if not {"allOf", "anyOf", "oneOf", "$ref"} & set(part):
            return nulled
    return {"anyOf": [part, {"type": "null"}]}


def smallest(schema: Any, components: Any) -> Any:
    """Return a smallest value that fits an adapted schema."""
    if "$ref" in schema:
        return smallest(components["schemas"][schema["$ref"].rpartition("/")[2]], components)
    for branch in ("anyOf", "oneOf"):
        if branch in schema:
            return None if {"type": "null"} in schema[branch] else smallest(schema[branch][0], components)
    if "allOf" in schema:
        parts = [smallest(one, components) for one in schema["allOf"]]
        return {key: value for part in parts for key, value in part.items()}
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object":
        properties = schema.get("properties", {})
        return {
            name: smallest(properties[name], components)
            for name in schema.get("required", ())
            if name in properties
        }
    plain = {"array": [], "integer": 1, "number": 1, "boolean": False}
    return plain[kind] if kind in plain else smallest_text(schema.get("format", ""))


def smallest_text(form: str) -> str:
    """Return a text of a format."""
    return {"date-time": "2026-01-05T12:00:00Z", "uri": "https://github.example/x"}.get(form, "x")


@lru_cache(maxsize=1)
def contract() -> Contract:
    """Return the contract of the slice beside this file, read once."""
    return Contract(json.loads(Path(__file__).with_name("slice.json").read_text("utf-8")))
