"""What the OpenAPI document says of series and analyses: shapes, options, examples."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from indicators.models import Indicator
from verdicts.models import Verdict
from web.api.schema import READING, refusals

PERIODS = ("day", "week", "month", "quarter", "year", "fiscal_year")
RULES = ("nhs", "wheeler")
POINT_TYPES = ["common_cause", "improvement", "concern", "neutral_high", "neutral_low"]

NAMED = "A day or period, or a date-time with an offset."
FROM = OpenApiParameter("from", description=f"{NAMED} Periods whose first day is not before it.")
TO = OpenApiParameter("to", description=f"{NAMED} Periods whose first day is not after its end.")
AS_OF = OpenApiParameter(
    "as_of", description=f"{NAMED} What was known at its end, judged as of then."
)
SERIES_PARAMETERS = [OpenApiParameter("period", enum=PERIODS), FROM, TO, AS_OF]
ANALYSIS_PARAMETERS = [FROM, TO, AS_OF, OpenApiParameter("rules", enum=RULES)]

Shape = dict[str, Any]
NUMBER: Shape = {"type": ["number", "null"]}
COUNT: Shape = {"type": "integer"}
FLAG: Shape = {"type": "boolean"}
TEXT: Shape = {"type": "string"}
TEXT_OR_NONE: Shape = {"type": ["string", "null"]}
DAY: Shape = {"type": "string", "format": "date"}
DAY_OR_NONE: Shape = {"type": ["string", "null"], "format": "date"}
MOMENT: Shape = {"type": ["string", "null"], "format": "date-time"}
OPEN: Shape = {"type": "object"}


def one_of(words: list[str], *, or_none: bool = False) -> Shape:
    """A text that is one of some words."""
    if or_none:
        return {"type": ["string", "null"], "enum": [*words, None]}
    return {"type": "string", "enum": words}


def record(**parts: Shape) -> Shape:
    """An object with these properties, all of which are there."""
    named = {name.removesuffix("_"): part for name, part in parts.items()}
    return {"type": "object", "required": list(named), "properties": named}


def some(items: Shape) -> Shape:
    """A list."""
    return {"type": "array", "items": items}


def or_none(shape: Shape) -> Shape:
    """The same, or null."""
    return {"oneOf": [shape, {"type": "null"}]}


STATUS = one_of(list(Verdict.Status.values))
SIGNAL = one_of(list(Verdict.Signal.values))

SERIES = record(
    indicator=TEXT,
    period=one_of(list(PERIODS)),
    unit=one_of(list(Indicator.Unit.values)),
    points=some(
        record(
            period={**DAY, "description": "First day of the period."},
            value={**NUMBER, "description": "With all digits; null where nothing is known."},
            numerator=NUMBER,
            denominator=NUMBER,
            n={**COUNT, "description": "How many measurements it is made of."},
            coverage={"type": "number", "description": "Share of the expected ones that came."},
            provisional={**FLAG, "description": "Not over yet, or not all has come."},
        )
    ),
)

POINT = record(
    period=DAY,
    value=NUMBER,
    expected=NUMBER,
    expected_upper=NUMBER,
    status=one_of(list(Verdict.Status.values), or_none=True),
    point_type=one_of(POINT_TYPES, or_none=True),
    signals=some(TEXT),
    provisional=FLAG,
    coverage={"type": "number"},
    total=NUMBER,
    expected_total=NUMBER,
)
LIMITS = record(
    from_=DAY,
    to=DAY,
    centre=NUMBER,
    lower=NUMBER,
    upper=NUMBER,
    near_lower=NUMBER,
    near_upper=NUMBER,
    n=COUNT,
    frozen=FLAG,
)
TREND = record(
    slope=NUMBER,
    slope_low=NUMBER,
    slope_high=NUMBER,
    confidence={"type": "number"},
    direction=one_of(["rising", "falling", "flat", "unknown"]),
    good={"type": ["boolean", "null"]},
    p=NUMBER,
    n=COUNT,
    method=TEXT,
    reason=TEXT_OR_NONE,
    line=some(record(period=DAY, value=NUMBER)),
)
FORECAST = record(
    method=TEXT,
    reason=TEXT_OR_NONE,
    points=some(
        record(period=DAY, mean=NUMBER, low80=NUMBER, high80=NUMBER, low95=NUMBER, high95=NUMBER)
    ),
    probability_of_target=NUMBER,
    probability_on=DAY_OR_NONE,
    expected_on=DAY_OR_NONE,
)
PROJECTION = record(
    period=DAY,
    so_far=NUMBER,
    projected={**NUMBER, "description": "Where the period is heading at its pace."},
    low=NUMBER,
    high=NUMBER,
    coverage={"type": "number"},
)
VERDICT = record(
    status=STATUS,
    signal=SIGNAL,
    needs_talk=FLAG,
    reason=TEXT,
    question=TEXT,
    period={**DAY_OR_NONE, "description": "First day of the judged period."},
    value=NUMBER,
    previous=NUMBER,
    change=NUMBER,
    expected=NUMBER,
    expected_now={**NUMBER, "description": "What is expected in the period of now."},
    gap=NUMBER,
    band=NUMBER,
    candidate={**STATUS, "description": "What the rules said before steadying and guard."},
    explain=some(record(rule=TEXT, inputs=OPEN, outcome={"type": ["string", "null"]})),
    definition_version={"type": ["integer", "null"]},
    target_version={"type": ["integer", "null"]},
    measured_through={**DAY_OR_NONE, "description": "First day of the last measured period."},
    computed_at=MOMENT,
    fresh=FLAG,
)
ANALYSIS = record(
    indicator={"type": ["string", "null"]},
    period=one_of(list(PERIODS)),
    through=DAY_OR_NONE,
    n=COUNT,
    computed_at=MOMENT,
    fresh={**FLAG, "description": "False while a recomputation is due."},
    points=some(POINT),
    limits=some(LIMITS),
    alerts=some(record(period=DAY, kind=one_of(POINT_TYPES))),
    proposed_rebase=or_none(record(from_=DAY, reason=TEXT)),
    variation=one_of(
        ["improving", "deteriorating", "steady", "neutral_high", "neutral_low", "unknown"]
    ),
    assurance=one_of(["consistently_hits", "consistently_misses", "hit_or_miss", "none"]),
    trend=or_none(TREND),
    forecast=or_none(FORECAST),
    projection=or_none(PROJECTION),
    verdict=VERDICT,
)

SENT: Shape = {"oneOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]}
CALCULATION: Shape = {
    "type": "object",
    "required": ["values"],
    "properties": {
        "period": {**one_of(list(PERIODS)), "default": "month"},
        "values": {
            **some(SENT),
            "maxItems": 5000,
            "description": "Numbers or null, oldest first; all digits are kept.",
        },
        "direction": {**one_of(["up", "down", "range"]), "default": "up"},
        "target": or_none({"$ref": "#/components/schemas/TargetShapeRequest"}),
        "options": {
            "type": "object",
            "properties": {
                "start": {**DAY, "description": "First period; else counted back from now."},
                "now": {"type": "string", "format": "date-time"},
                "rules": {**one_of(list(RULES)), "default": "nhs"},
                "rebase": some(DAY),
                "timezone": TEXT,
                "unit": TEXT,
                "unit_label": TEXT,
                "rollup": one_of(["sum", "mean", "last", "min", "max", "ratio", "none"]),
                "decimals": {"type": "integer", "minimum": 0, "maximum": 10},
                "minimum": SENT,
                "maximum": SENT,
                "meaningful_change": SENT,
                "guard_status": TEXT,
                "guard_signal": one_of(["improving", "deteriorating", "steady", "unknown"]),
            },
        },
    },
}

SERIES_RESPONSES: dict[Any, Any] = {200: SERIES, **READING}
ANALYSIS_RESPONSES: dict[Any, Any] = {200: ANALYSIS, **READING}
CALCULATOR_RESPONSES: dict[Any, Any] = {200: ANALYSIS, **refusals(413, 415, 422)}

SERIES_EXAMPLES = [
    OpenApiExample(
        "Weeks of a ratio",
        response_only=True,
        value={
            "indicator": "conversion",
            "period": "week",
            "unit": "percent",
            "points": [
                {
                    "period": "2026-11-09",
                    "value": 3.2,
                    "numerator": 768,
                    "denominator": 24000,
                    "n": 1,
                    "coverage": 1.0,
                    "provisional": False,
                }
            ],
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
