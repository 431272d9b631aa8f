"""Examples for the OpenAPI document where an operation brings none: made from its schema.

Each property is filled with what usually stands under its name, so that an example reads like an
answer; what is unknown there is filled by its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]

INGRID = "ingrid@example.org"
SAMPLES: Mapping[str, Any] = {
    "key": "conversion",
    "name": "Conversion",
    "description": "Of 100 visitors, how many buy.",
    "indicator": "conversion",
    "slug": "growth",
    "team": "growth",
    "parent": "lumen-shop",
    "objective": "profitable-growth",
    "perspective": "financial",
    "statement": "Grow with customers who stay",
    "title": "Week 47",
    "owner": INGRID,
    "lead": INGRID,
    "author": INGRID,
    "attendees": [INGRID],
    "made_by": INGRID,
    "opened_by": INGRID,
    "decided_by": INGRID,
    "commented_by": INGRID,
    "text": "Order status page released",
    "commentary": "The order status page helps.",
    "reason": "It works: fewer people ask where their order is.",
    "rationale": "Best of three comparable shops.",
    "note": "The new refund rules hold.",
    "why": "Growth that has to be bought again every month is not growth.",
    "area": "marketing",
    "timezone": "Europe/London",
    "meets_at": "10:00:00",
    "formula": "orders / visits × 100",
    "unit": "percent",
    "role": "manager",
    "factor": 100,
    "tolerance": 0.10,
    "value": 3.2,
    "previous": 3.1,
    "expected": 3,
    "period": "2026-11-16",
    "next": None,
    "request_id": "5f1c9ad2b3e84d6f9a0c1d2e",
    "weekday": 2,
    "minutes": 30,
    "score": 7,
    "coverage": 1.0,
    "confidence": 0.95,
    "n": 24,
    "number": 1,
    "recorded_by": INGRID,
    "source": "api",
    "definition": {"unit": "percent", "factor": 100, "period": "week", "rollup": "ratio"},
    "cadence": "weekly",
    "done": True,
    "fresh": True,
    "is_active": True,
    "summary": "The order status page stays.",
    "doing": "Put the delivery date on the first screen.",
    "purpose": "The right visitors find us, and buy.",
    "advice": [],
}
UNKNOWN = frozenset({
    "ended_at", "retired_at", "closed_at", "closed_by", "checked_at", "done_at", "superseded_at",
    "superseded_by", "upper", "baseline", "baseline_on", "starts_on", "due_on", "growth", "minimum",
    "maximum", "meaningful_change", "numerator", "denominator", "total", "expected_total",
    "expected_upper",
})  # fmt: skip
TELLING = frozenset({
    "description", "purpose", "why", "minutes", "text", "title", "commentary", "done", "summary",
})  # fmt: skip
FORMATS: Mapping[str, str] = {
    "date": "2026-11-20",
    "date-time": "2026-11-20T10:00:00Z",
    "time": "09:00:00",
    "uri": "https://kpi.example.org/api/v1/",
}
ANSWERS: Mapping[str, str] = {
    "200": "The answer.",
    "201": "Made, as it stands now.",
    "204": "Done; there is nothing to add.",
}
BY_TYPE: Mapping[str, Any] = {
    "number": 3.2,
    "integer": 1,
    "boolean": False,
    "null": None,
    "object": {},
}
PYTHON: Mapping[str, Any] = {
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": (),
    "object": dict,
    "array": list,
    "string": str,
}


def example_for(shape: Shape, shapes: Shape, *, name: str = "", sent: bool = False) -> Any:
    """A value that the schema allows; with `sent` as a caller sends it, without what is computed.

    `shapes` holds the schemas that others name, `name` is the property that the value stands in.
    """
    shape = resolved_shape(shape, shapes)
    for known in ("example", "default", "const"):
        if known in shape and name not in SAMPLES:
            return shape[known]
    if "properties" in shape:
        return {
            inner: example_for(part, shapes, name=inner, sent=sent)
            for inner, part in shape["properties"].items()
            if is_shown(inner, part, shape, sent=sent)
        }
    types = shape.get("type", "null" if "enum" not in shape else "string")
    types = [types] if isinstance(types, str) else types
    if "null" in types and (name in UNKNOWN or shape.get("format") == "uri"):
        return None
    if "enum" in shape:
        sample = SAMPLES.get(name)
        return shape["enum"][0] if sample is None or sample not in shape["enum"] else sample
    return of_type(types[0], shape, shapes, name=name, sent=sent)


def of_type(kind: str, shape: Shape, shapes: Shape, *, name: str, sent: bool) -> Any:
    """A value of one of JSON's types."""
    sample = SAMPLES.get(name)
    if sample is not None and isinstance(sample, PYTHON[kind]):
        return sample
    if kind == "array":
        items = resolved_shape(shape.get("items", {}), shapes)
        return [example_for(items, shapes, sent=sent)] if "properties" in items else []
    if kind == "string":
        return FORMATS.get(shape.get("format", ""), "")
    return shape.get("minimum", BY_TYPE[kind])


def is_shown(name: str, part: Shape, whole: Shape, *, sent: bool) -> bool:
    """Whether a property stands in an example: of what is sent, what is needed or telling."""
    if not sent:
        return not part.get("writeOnly", False)
    if part.get("readOnly", False):
        return False
    return name in whole.get("required", ()) or name in TELLING


def resolved_shape(shape: Shape, shapes: Shape) -> Shape:
    """The schema itself, where this one names it or is one of several."""
    while True:
        if "$ref" in shape:
            shape = shapes[shape["$ref"].rpartition("/")[2]]
        elif inner := shape.get("allOf") or shape.get("oneOf") or shape.get("anyOf"):
            shape = inner[0]
        else:
            return shape


def complete_examples(
    result: dict[str, Any], generator: Any, request: Any, public: Any
) -> dict[str, Any]:
    """Give each body and each answer of every operation an example, where it has none.

    A hook of drf-spectacular, which passes all four by place.
    """
    shapes = result["components"]["schemas"]
    for item in result["paths"].values():
        for operation in item.values():
            add_to(operation.get("requestBody", {}).get("content", {}), shapes, sent=True)
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    answer["description"] = answer.get("description") or ANSWERS[status]
                    add_to(answer.get("content", {}), shapes, sent=False)
    return result


def add_to(contents: dict[str, Any], shapes: Shape, *, sent: bool) -> None:
    """An example for each JSON of these media types."""
    for kind, content in contents.items():
        if kind.endswith("json") and not content.get("examples"):
            value = example_for(content.get("schema", {}), shapes, sent=sent)
            content["examples"] = {"Example": {"value": value}}
