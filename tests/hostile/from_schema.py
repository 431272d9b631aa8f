"""Requests made up from the OpenAPI document: valid ones, and ones with something broken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from tests.hostile.payloads import INJECTIONS, MANY_FIELDS, NO_JSON, NO_TEXT

BROKEN: list[Any] = [
    None, True, False, 0, -1, -0.0, 1.5, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, 5e-324,
    "", " ", "x" * 3000, "٣", "1_000", "0000-00-00", "2026-02-30", "9999-12-31", "0001-01-01",
    "2026-11-20T10:00:00", "9999-12-31T23:59:59-23:59", "\u202e", "\ufeff", "\U0001f4a9", [], {},
    [None], [[]], [{}], {"a": {}}, list(range(2000)), *NO_TEXT, *INJECTIONS,
]  # fmt: skip
DAYS = ["2026-10-01", "2026-11-20", "2027-03-31"]
TEXTS = ["Waiting time", "x", "Nobody waits", "Ærlig talt", "a" * 80]
WRONG_KINDS = ["text/html", "application/xml", "multipart/form-data; boundary=x", "", "image/png"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, ready to be sent."""

    operation: dict[str, Any] = field(repr=False)
    method: str
    address: str
    body: bytes
    kind: str
    headers: Mapping[str, str]

    def in_short(self) -> str:
        return f"{self.method} {self.address[:200]} {self.body[:200]!r}"


@dataclass(slots=True)
class Maker:
    """Makes requests from a document; `names` are what exists, by parameter or field."""

    document: dict[str, Any]
    names: Mapping[str, list[Any]]
    random: Random

    def requests(self, count: int) -> Iterator[Request]:
        """So many requests, each operation as often as the others."""
        operations = [
            (method, path, operation)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
        ]
        for number in range(count):
            if number % len(operations) == 0:
                self.random.shuffle(operations)
            yield self.request(*operations[number % len(operations)])

    def request(self, method: str, path: str, operation: dict[str, Any]) -> Request:
        """A request to one operation; about half of them have something broken."""
        given = operation.get("parameters", [])
        query = [p for p in given if p["in"] == "query" and self.once_in(3)]
        address = re.sub(r"\{(\w+)\}", lambda found: self.place(found[1]), path)
        sent = [(p["name"], self.parameter(p)) for p in query]
        if self.once_in(12):
            sent.append((self.pick(["q", "cursor", "page_size", "x"]), self.text(self.broken())))
        asked = urlencode([(name, text.encode("utf-8", "replace")) for name, text in sent])
        body, kind = self.body(operation)
        keyed = any(p["in"] == "header" for p in given) and self.once_in(4)
        headers = {"Idempotency-Key": self.pick(["one", "two", "x" * 300])} if keyed else {}
        if self.once_in(30):
            headers["Accept"] = self.pick(["image/png", "text/csv", "application/xml", "x"])
        return Request(operation, method, f"{address}?{asked}", body, kind, headers)

    def place(self, name: str) -> str:
        """A part of the path: mostly one that exists."""
        known = self.names.get(name, [])
        junk = ["nothing", "0", "-1", "9" * 30, "..", "a\x00", "'--", "\u202e", "x" * 300, "%"]
        found = self.pick(junk) if self.once_in(8) or not known else self.pick(known)
        return quote(str(found), safe="")

    def parameter(self, parameter: dict[str, Any]) -> str:
        """A value of the query string."""
        if self.once_in(3):
            return self.text(self.broken())
        return self.text(self.value(parameter["schema"], parameter["name"]))

    def body(self, operation: dict[str, Any]) -> tuple[bytes, str]:
        """The body and its media type."""
        contents = operation.get("requestBody", {}).get("content", {})
        if not contents:
            return b"", "application/json"
        kind = self.pick(list(contents))
        if self.once_in(25):
            return self.pick([b"{}", b""]), self.pick(WRONG_KINDS)
        if self.once_in(12):
            small = [body for body in NO_JSON.values() if len(body) < 1000]
            return self.pick(small), kind
        value = self.value(contents[kind]["schema"], "")
        if kind == "text/csv" and isinstance(value, str):
            rows = [self.pick(["sales", "x", "\x00"]), self.pick(DAYS), self.text(self.broken())]
            return f"indicator,at,value\n{','.join(rows)}\n".encode("utf-8", "replace"), kind
        if self.once_in(2):
            value = self.spoiled(value)
        return json.dumps(value).encode(), kind

    def spoiled(self, value: Any) -> Any:
        """The same with one part broken, gone, or too much."""
        if isinstance(value, list) and value:
            place = self.random.randrange(len(value))
            return [*value[:place], self.spoiled(value[place]), *value[place + 1 :]]
        if not isinstance(value, dict) or not value:
            return self.broken()
        name = self.pick(list(value))
        change = self.random.randrange(8)
        if change == 0:
            return {other: part for other, part in value.items() if other != name}
        if change == 1:
            return value | {self.pick(["no-such", "", "id", "pk"]): self.broken()}
        if change == 2 and self.once_in(4):
            return value | MANY_FIELDS
        return value | {name: self.spoiled(value[name])}

    # --- values ------------------------------------------------------------------------------

    def value(self, schema: dict[str, Any], name: str) -> Any:
        """A value that the schema allows, of the field with this name."""
        schema = self.resolved(schema)
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                return self.value(self.pick(schema[choice]), name)
        if schema.get("allOf"):
            return self.value(schema["allOf"][0], name)
        if "enum" in schema:
            return self.pick(schema["enum"])
        kinds = schema.get("type", "string")
        kind = self.pick(kinds) if isinstance(kinds, list) else kinds
        return self.of_kind(kind, schema, name)

    def of_kind(self, kind: str, schema: dict[str, Any], name: str) -> Any:
        """A value of one of JSON's types."""
        if kind == "object":
            return self.an_object(schema)
        if kind == "array":
            count = self.random.randrange(3)
            return [self.value(schema.get("items", {}), name) for _ in range(count)]
        if kind in ("integer", "number"):
            number = self.pick([1, 0, 2, 12, 100])
            found = max(schema.get("minimum", number), min(schema.get("maximum", number), number))
            return found + 0.5 if kind == "number" and self.once_in(2) else found
        if kind == "boolean":
            return self.once_in(2)
        return None if kind == "null" else self.a_text(schema, name)

    def an_object(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What is required, and some of the rest."""
        needed = schema.get("required", [])
        fields = schema.get("properties", {})
        return {
            name: self.value(part, name)
            for name, part in fields.items()
            if not part.get("readOnly") and (name in needed or self.once_in(3))
        }

    def a_text(self, schema: dict[str, Any], name: str) -> Any:
        """Something that exists under this name, a day, a number, or words."""
        if known := self.names.get(name):
            return self.pick(known)
        if "pattern" in schema and "0-9" in schema["pattern"]:
            return self.pick(["1", "12.5", "0"])
        is_time = schema.get("format") in ("date", "date-time") or name in (
            "at",
            "from",
            "to",
            "on",
        )
        return self.pick(DAYS if is_time else TEXTS)

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema itself, where this one only names it."""
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    # --- chance ------------------------------------------------------------------------------

    def broken(self) -> Any:
        return self.pick(BROKEN)

    def pick(self, some: list[Any]) -> Any:
        return self.random.choice(some)

    def once_in(self, times: int) -> bool:
        return self.random.randrange(times) == 0

    @staticmethod
    def text(value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value)
