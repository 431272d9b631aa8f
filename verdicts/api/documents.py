"""The OpenAPI shapes of series and analyses, read off the types that are served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from analysis.values import Point, RuleSet
from analysis.verdict import SUMMARY, Verdict
from indicators.models import Indicator
from verdicts.calculator import GRAINS
from verdicts.served import POINT_FIELDS
from web.api.schema import READING, refusals

RULES = get_args(RuleSet)
NAMED = "A day or period, or a date-time with an offset."
FROM = OpenApiParameter("from", description=f"{NAMED} Periods whose first day is not before it.")
TO = OpenApiParameter("to", description=f"{NAMED} Periods whose first day is not after its end.")
AS_OF = OpenApiParameter(
    "as_of", description=f"{NAMED} What was known at its end, judged as of then."
)
SERIES_PARAMETERS = [OpenApiParameter("period", enum=GRAINS), FROM, TO, AS_OF]
ANALYSIS_PARAMETERS = [FROM, TO, AS_OF, OpenApiParameter("rules", enum=RULES)]

Shape = dict[str, Any]
BASIC: Mapping[Any, Shape] = {
    float: {"type": ["number", "null"]},  # what is not known is null
    Decimal: {"type": "number"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    date: {"type": "string", "format": "date"},
}
MORE: Mapping[str, Shape] = {
    "candidate": {"description": "What the rules said before steadying and guard."},
    "confidence": {"type": "number"},
    "coverage": {"type": "number", "description": "Share of the expected measurements that came."},
    "expected_now": {"description": "What is expected in the period of now."},
    "measured_through": {"description": "First day of the last measured period."},
    "period": {"description": "First day of the period."},
    "projected": {"description": "Where the period is heading at its pace."},
    "provisional": {"description": "Not over yet, or not all has come."},
}


def shape_of(hint: Any) -> Shape:
    """The JSON schema of what `analysis.verdict.plain` makes of values of a type."""
    if hint in BASIC:
        return BASIC[hint]
    origin, inner = get_origin(hint), [one for one in get_args(hint) if one is not NoneType]
    if origin is Literal:
        return {"type": "string", "enum": inner}
    if origin is tuple:
        return {"type": "array", "items": shape_of(inner[0])}
    if origin is Mapping:
        return {"type": "object"}
    if origin is not None:
        return or_null(shape_of(inner[0]))
    parts = {name.removesuffix("_"): shape_of(part) for name, part in get_type_hints(hint).items()}
    return record_of({name: {**part, **MORE.get(name, {})} for name, part in parts.items()})


def or_null(shape: Shape) -> Shape:
    """A shape that may be null as well."""
    if shape["type"] == ["number", "null"]:
        return shape
    words = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, "type": [shape["type"], "null"], **words}


def record_of(parts: Mapping[str, Shape]) -> Shape:
    """An object with these properties, all of which are there."""
    return {"type": "object", "required": list(parts), "properties": dict(parts)}


def analysis_shape() -> Shape:
    """The shape of `served.analysis_document`."""
    parts = shape_of(Verdict)["properties"]
    parts.pop("grain")
    when: dict[str, Shape] = {
        "computed_at": {"type": ["string", "null"], "format": "date-time"},
        "fresh": {"type": "boolean", "description": "False while a recomputation is due."},
    }
    verdict = record_of({name: parts.pop(name) for name in SUMMARY} | when)
    indicator = {"type": ["string", "null"]}
    return record_of(
        {"indicator": indicator, "period": PERIOD, **parts, **when, "verdict": verdict}
    )


def series_shape() -> Shape:
    """The shape of `served.series_document`."""
    parts = shape_of(Point)["properties"]
    parts["n"] = {"type": "integer", "description": "How many measurements it is made of."}
    points = record_of({name: parts[name] for name in POINT_FIELDS})
    unit = {"type": "string", "enum": list(Indicator.Unit.values)}
    return record_of(
        {
            "indicator": {"type": "string"},
            "period": PERIOD,
            "unit": unit,
            "points": {"type": "array", "items": points},
        }
    )


PERIOD: Shape = {"type": "string", "enum": list(GRAINS)}
ANALYSIS = analysis_shape()
SERIES_RESPONSES: dict[Any, Any] = {200: series_shape(), **READING}
ANALYSIS_RESPONSES: dict[Any, Any] = {200: ANALYSIS, **READING}
CALCULATOR_RESPONSES: dict[Any, Any] = {200: ANALYSIS, **refusals(413, 415, 422)}
SERIES_POINT = {
    "period": "2026-11-09",
    "value": 3.2,
    "numerator": 768,
    "denominator": 24000,
    "n": 1,
    "coverage": 1.0,
    "provisional": False,
}
SERIES_EXAMPLES = [
    OpenApiExample(
        "Weeks of a ratio",
        response_only=True,
        value={
            "indicator": "conversion",
            "period": "week",
            "unit": "percent",
            "points": [SERIES_POINT],
        },
    )
]
CALCULATOR_EXAMPLES = [
    OpenApiExample(
        "Three months against a target",
        request_only=True,
        value={
            "period": "month",
            "values": [470000, 474000, 480000],
            "direction": "up",
            "target": {"kind": "standing", "comparator": "gte", "value": 500000},
        },
    )
]
