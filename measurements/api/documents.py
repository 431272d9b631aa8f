"""What the OpenAPI document says of the measurement doors: bodies, options, answers, examples."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from measurements.exports import Format
from measurements.models import Batch
from web.api.schema import PROBLEM, ProblemError, refusals

JSON = "application/json"
CSV, XLSX, NDJSON = (form.media_type for form in (Format.CSV, Format.XLSX, Format.NDJSON))
NUMBER = {
    "oneOf": [
        {"type": "number"},
        {"type": "string", "pattern": r"^[+-]?[0-9]{1,30}(\.[0-9]{1,100})?$"},
        {"type": "null"},
    ],
    "description": "A finite number, or a string holding a decimal number; all digits are kept.",
}
AT = {
    "type": "string",
    "description": (
        "An RFC 3339 date-time with an offset, or a day or period (2026-11-20, 2026-11, 2026-W47, "
        "2026-Q4, 2026), which means its first day in the indicator's time zone."
    ),
    "examples": ["2026-11-20", "2026-11-20T10:00:00Z", "2026-W47"],
}
FIELDS: dict[str, Any] = {
    "at": AT,
    "value": NUMBER,
    "numerator": {**NUMBER, "description": "With a denominator, for indicators that are ratios."},
    "denominator": {**NUMBER, "description": "0 is stored and yields no value."},
    "note": {"type": ["string", "null"], "maxLength": 500},
}
KEYED = {"indicator": {"type": "string", "description": "Key of the indicator."}, **FIELDS}


def measurement(fields: dict[str, Any]) -> dict[str, Any]:
    """The schema of one measurement."""
    required = [name for name in ("indicator", "at") if name in fields]
    return {
        "type": "object",
        "properties": fields,
        "required": required,
        "additionalProperties": False,
    }


def bodies(fields: dict[str, Any]) -> dict[str, Any]:
    """The schema of a delivery, by media type."""
    one = measurement(fields)
    many = {"type": "array", "items": one, "maxItems": 50_000}
    wrapped = {
        "type": "object",
        "properties": {"measurements": many},
        "required": ["measurements"],
        "additionalProperties": False,
    }
    return {
        JSON: {"oneOf": [many, wrapped, one]},
        NDJSON: {"type": "string", "description": "One such object a line."},
        CSV: {"type": "string", "description": f"A header line of {', '.join(fields)}."},
    }


class Answer(serializers.Serializer[Any]):
    """What became of a delivery; `received` is the sum of the rest."""

    received = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField(help_text="Corrections; what they correct is kept.")
    unchanged = serializers.IntegerField(help_text="Stored already with the same value.")
    rejected = ProblemError(many=True, help_text="Only with on_error=skip.")
    request_id = serializers.CharField()


PAGE = {
    "type": "object",
    "required": ["next", "previous", "results"],
    "properties": {
        "next": {"type": ["string", "null"], "format": "uri"},
        "previous": {"type": ["string", "null"], "format": "uri"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "value", "numerator", "denominator", "note", "recorded_at"],
                "properties": {
                    "at": {"type": "string", "format": "date-time"},
                    "value": {"type": ["number", "null"]},
                    "numerator": {"type": ["number", "null"]},
                    "denominator": {"type": ["number", "null"]},
                    "note": {"type": "string"},
                    "recorded_at": {"type": "string", "format": "date-time"},
                    "recorded_by": {
                        "type": ["string", "null"],
                        "description": "With history: whose delivery it came in; null: computed.",
                    },
                    "source": {
                        "type": "string",
                        "enum": list(Batch.Door.values),
                        "description": "With history: how it came in.",
                    },
                    "superseded_at": {"type": ["string", "null"], "format": "date-time"},
                    "superseded_by": {
                        "type": ["string", "null"],
                        "description": "With history: who corrected or withdrew it.",
                    },
                    "withdrawn": {"type": "boolean"},
                },
            },
        },
    },
}

ON_ERROR = OpenApiParameter(
    "on_error", enum=["refuse", "skip"], description="All or nothing, or the good rows alone."
)
DRY_RUN = OpenApiParameter("dry_run", OpenApiTypes.BOOL, description="Check and store nothing.")
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="The same key and request get the first answer again for 48 hours.",
)
DELIVERY_PARAMETERS = [ON_ERROR, DRY_RUN, IDEMPOTENCY_KEY]
TIME = "A date-time with an offset, or a day or period."
READ_PARAMETERS = [
    OpenApiParameter("from", description=f"{TIME} The first one wanted."),
    OpenApiParameter("to", description=f"{TIME} The last one wanted, with all of the period."),
    OpenApiParameter("as_of", description=f"{TIME} What was known then."),
    OpenApiParameter("history", OpenApiTypes.BOOL, description="All that was ever known."),
    OpenApiParameter(
        "format", enum=["json", "csv", "ndjson", "xlsx"], description="In a link, for `Accept`."
    ),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="1 to 1000, 100 by default."),
    OpenApiParameter("cursor", description="From `next` or `previous`."),
]
WITHDRAW_PARAMETERS = [OpenApiParameter("at", required=True, description=TIME)]

ROW = {"at": "2026-11-20", "value": 204}
RATIO = {"at": "2026-11-20", "numerator": 768, "denominator": 24000}
ANSWER = {
    "received": 3,
    "created": 1,
    "updated": 1,
    "unchanged": 1,
    "rejected": [],
    "request_id": "5f1c9ad2b3e84d6f9a0c1d2e",
}
REFUSED_ROW = {
    "index": 3,
    "field": "at",
    "code": "offset_required",
    "detail": "“2026-11-20T10:00:00” needs an offset from UTC, such as Z or +01:00.",
}


def refusal_example(status: int, title: str, detail: str, **more: Any) -> OpenApiExample:
    """An example of one refusal."""
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": ANSWER["request_id"],
        **more,
    }
    return OpenApiExample(
        f"{status} {title}",
        value=document,
        response_only=True,
        status_codes=[str(status)],
        media_type=PROBLEM,
    )


REFUSAL_EXAMPLES = [
    refusal_example(400, "Bad Request", "Line 2 is not valid JSON: Input data was truncated."),
    refusal_example(401, "Unauthorized", "The token is unknown, revoked or expired."),
    refusal_example(403, "Forbidden", "You do not have permission to perform this action."),
    refusal_example(409, "Conflict", "The same request is being processed."),
    refusal_example(413, "Request Entity Too Large", "A request holds at most 50,000 rows."),
    refusal_example(
        415, "Unsupported Media Type", "Unsupported media type “text/html” in request."
    ),
    refusal_example(
        422,
        "Unprocessable Entity",
        "1 of 4 rows refused; nothing was stored.",
        errors=[REFUSED_ROW],
    ),
]


EXPORTED = (
    "indicator,at,value,numerator,denominator,note\n"
    "newsletter-subscribers,2026-11-20T00:00:00Z,204,,,\n"
)
READ_EXAMPLES = [
    OpenApiExample("CSV", value=EXPORTED, response_only=True, media_type=CSV),
    OpenApiExample(
        "NDJSON",
        value='{"indicator":"newsletter-subscribers","at":"2026-11-20T00:00:00Z","value":204,'
        '"numerator":null,"denominator":null,"note":""}\n',
        response_only=True,
        media_type=NDJSON,
    ),
]


def body_examples(row: dict[str, Any], ratio: dict[str, Any], table: str) -> list[OpenApiExample]:
    """Examples of a delivery in each format, of its answer and of its refusals."""
    return [
        OpenApiExample("A list", value=[row], request_only=True, media_type=JSON),
        OpenApiExample(
            "Wrapped", value={"measurements": [row]}, request_only=True, media_type=JSON
        ),
        OpenApiExample("A ratio", value=[ratio], request_only=True, media_type=JSON),
        OpenApiExample(
            "NDJSON", value=f"{json.dumps(row)}\n", request_only=True, media_type=NDJSON
        ),
        OpenApiExample("CSV", value=table, request_only=True, media_type=CSV),
        OpenApiExample("Stored", value=ANSWER, response_only=True, status_codes=["200"]),
        *REFUSAL_EXAMPLES,
    ]


BULK_EXAMPLES = body_examples(
    {"indicator": "newsletter-subscribers", **ROW},
    {"indicator": "conversion", **RATIO},
    "indicator,at,value\nnewsletter-subscribers,2026-11-20,204\n",
)
LIST_EXAMPLES = body_examples(ROW, RATIO, "at,value\n2026-11-20,204\n")
BULK_RESPONSES = {200: Answer, **refusals(403, 409, 413, 415, 422)}
LIST_RESPONSES = {200: Answer, **refusals(403, 404, 409, 413, 415, 422)}
READ_RESPONSES: dict[Any, Any] = {
    (200, JSON): PAGE,
    (200, CSV): OpenApiTypes.STR,
    (200, NDJSON): OpenApiTypes.STR,
    (200, XLSX): OpenApiTypes.BINARY,
    **refusals(403, 404, 406, 422),
}
WITHDRAW_RESPONSES: dict[Any, Any] = {
    204: OpenApiResponse(description="Withdrawn; the history keeps it."),
    **refusals(403, 404, 422),
}
