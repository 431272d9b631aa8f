"""The OpenAPI document and the doors agree: on null, words, times, and on what is answered."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework import serializers

from tests.architecture.access import BODIES, ROWS, Row
from tests.architecture.test_access import Stage, stage

__all__ = ["stage"]
pytestmark = pytest.mark.django_db

GENERATOR: Any = SchemaGenerator
DOCUMENT: dict[str, Any] = GENERATOR().get_schema(request=None, public=True)
SENDING = [
    row for row in ROWS if row.scope and row.method in ("POST", "PATCH") and "=" not in row.path
]
BODILESS = "measurements/", "analysis/"  # read by parsers of their own, and tested there


def shape_of(row: Row) -> dict[str, Any] | None:
    """The schema of the body of a request, or None where there is none."""
    path = row.route.replace("<", "{").replace(">", "}")
    body = DOCUMENT["paths"].get(path, {}).get(row.method.lower(), {}).get("requestBody")
    return resolved(body["content"]["application/json"]["schema"]) if body else None


def resolved(shape: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in shape:
        shape = DOCUMENT["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return shape


def may_be_null(shape: dict[str, Any]) -> bool:
    """Whether the document lets something be null."""
    found = resolved(shape)
    kinds = found.get("type", [])
    choices = [*found.get("oneOf", ()), *found.get("anyOf", ()), *found.get("allOf", ())]
    return (
        not found.keys() - {"description", "readOnly", "writeOnly"}
        or "null" in ([kinds] if isinstance(kinds, str) else kinds)
        or None in found.get("enum", ())
        or any(map(may_be_null, choices))
    )


FIELDS = [
    (row, name, may_be_null(shape))
    for row in SENDING
    if not row.route.endswith(BODILESS) and (found := shape_of(row))
    for name, shape in found.get("properties", {}).items()
]


def is_refused(stage: Stage, row: Row, body: Any, field: str) -> bool:
    """Whether null is refused in this field, for being null."""
    BODIES[str(row)], before = body, BODIES.get(str(row))
    try:
        answer: Any = stage.send(row, "dora")
    finally:
        BODIES.pop(str(row))
        if before is not None:
            BODIES[str(row)] = before
    if answer.status_code != 422:
        return False
    errors = json.loads(answer.content)["errors"]
    return any(e["code"] == "null" and (e["field"] or "") == field for e in errors)


@pytest.mark.parametrize(("row", "name", "may_be"), FIELDS, ids=str)
def test_null_is_taken_where_the_document_says_so(
    stage: Stage, row: Row, name: str, may_be: bool
) -> None:
    body = {**BODIES.get(str(row), {}), name: None}
    assert is_refused(stage, row, body, name) is not may_be


@pytest.mark.parametrize("row", [row for row in SENDING if shape_of(row)], ids=str)
@pytest.mark.parametrize("body", [None, [], "", 0, False], ids=repr)
def test_a_body_that_is_no_object_is_refused(stage: Stage, row: Row, body: Any) -> None:
    if row.route.endswith("measurements/") and body == []:
        return  # a delivery of no rows
    BODIES[str(row)], before = body, BODIES.get(str(row))
    try:
        answer: Any = stage.send(row, "dora")
    finally:
        BODIES.pop(str(row))
        if before is not None:
            BODIES[str(row)] = before
    assert answer.status_code in (400, 422), (answer.status_code, answer.content[:300])


# --- words -------------------------------------------------------------------------------------


def shapes(kind: Any) -> list[Any]:
    """All serializers of ours below a class."""
    below = [kind, *(one for sub in kind.__subclasses__() for one in shapes(sub))]
    ours = [one for one in below if not one.__module__.startswith("rest_framework")]
    return list(dict.fromkeys(ours))


def words_of(shape: dict[str, Any]) -> set[str]:
    """The words that the document lets something be."""
    found = resolved(shape)
    choices = [*found.get("oneOf", ()), *found.get("anyOf", ()), *found.get("allOf", ())]
    return {*found.get("enum", ()), *(word for one in choices for word in words_of(one))} - {None}


CHOICES = [
    (shape.__name__, name, {*map(str, field.choices), *[""] * field.allow_blank})
    for shape in shapes(serializers.Serializer)
    if shape.__name__ in DOCUMENT["components"]["schemas"]
    for name, field in shape().fields.items()
    if isinstance(field, serializers.ChoiceField)
]


@pytest.mark.parametrize(("shape", "name", "words"), CHOICES)
def test_the_words_of_a_field_are_those_of_the_document(
    shape: str, name: str, words: set[str]
) -> None:
    found = DOCUMENT["components"]["schemas"][shape]["properties"][name]
    assert words_of(found) == words


TIMES = ["9:30", "0930", "T09:30", "09:30+02:00", "09", "24:00", "09:30:00.5", 930, "09:30Z"]


@pytest.mark.parametrize("at", [*TIMES, "09:30", "09:30:15"])
def test_a_time_of_day_is_written_as_the_document_says(stage: Stage, at: Any) -> None:
    [row] = [row for row in SENDING if str(row) == "POST /api/v1/review-plans/"]
    shapes = DOCUMENT["components"]["schemas"]
    asked, told = (shapes[f"PlanShape{kind}"]["properties"]["meets_at"] for kind in ("Request", ""))
    known = isinstance(at, str) and re.fullmatch(asked["pattern"], at) is not None
    BODIES[str(row)], before = BODIES[str(row)] | {"meets_at": at}, BODIES[str(row)]
    try:
        answer: Any = stage.send(row, "dora")
    finally:
        BODIES[str(row)] = before
    assert known is (at not in TIMES)
    assert answer.status_code == (201 if known else 422)
    if known:
        assert re.fullmatch(told["pattern"], json.loads(answer.content)["meets_at"])


# --- answers -----------------------------------------------------------------------------------


def undeclared(shape: dict[str, Any], value: Any, place: str = "$") -> list[str]:
    """Where a value has fields that its schema does not name."""
    found = resolved(shape)
    choices = [*found.get("oneOf", ()), *found.get("anyOf", ()), *found.get("allOf", ())]
    if choices and "properties" not in found:
        return min((undeclared(one, value, place) for one in choices), key=len)
    if isinstance(value, list):
        return [p for one in value for p in undeclared(found.get("items", {}), one, f"{place}[]")]
    if not isinstance(value, dict) or "properties" not in found:
        return []
    fields = found["properties"]
    return [
        path
        for name, part in value.items()
        for path in (
            undeclared(fields[name], part, f"{place}.{name}")
            if name in fields
            else [f"{place}.{name}"]
        )
    ]


ANSWERING = [row for row in ROWS if row.scope and row.answers["dora"] in ("200", "201")]


@pytest.mark.parametrize("row", ANSWERING, ids=str)
def test_every_field_of_an_answer_is_in_the_document(stage: Stage, row: Row) -> None:
    answer: Any = stage.send(row, "dora")
    path = row.route.replace("<", "{").replace(">", "}")
    contents = DOCUMENT["paths"][path][row.method.lower()]["responses"][str(answer.status_code)]
    shape = contents["content"]["application/json"].get("schema", {})
    assert sorted(set(undeclared(shape, json.loads(answer.content)))) == []
