"""What the OpenAPI document says of refusals: one shape, by status."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from web.api.queries import declared

PROBLEM = "application/problem+json"
REQUEST_ID = "5f1c9ad2b3e84d6f9a0c1d2e"
WORDS = {
    400: "The request cannot be read.",
    401: "No or bad credentials.",
    403: "You may see it, but not do that; or the token has not the scope.",
    404: "There is nothing here that you may see.",
    406: "None of the media types accepted is served here.",
    409: "Somebody else is doing the same.",
    413: "Larger than the limit it names.",
    415: "The media type is not understood.",
    422: "Valid syntax with bad content; each problem names row and field.",
    429: "Too often. Nothing was done; come back later.",
    503: "The database is away, or too much comes at once. Nothing was stored; come back later.",
}
# What a refusal says where the operation has no example of its own.
DETAILS = {
    400: "The body is not valid JSON: Expecting value: line 1 column 1 (char 0)",
    401: "The token is unknown, revoked or expired.",
    403: "The token needs the scope measurements:write.",
    404: "There is nothing here that you may see.",
    406: "Could not satisfy the request Accept header.",
    409: "Somebody else has just made the same. Read it and try again.",
    413: "A body holds at most 2 MiB here.",
    415: "Unsupported media type “text/html” in request.",
    422: "The request was understood, but its content cannot be accepted.",
    429: "Request was throttled. Expected available in 12 seconds.",
    503: "The database cannot be reached or is too busy. Try again shortly.",
}
UNREADABLE_QUERY = "The address holds characters that are not text."
WITH_BODY = (413, 415, 422)
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer"}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}},
}


PAGES: list[dict[str, Any]] = [
    {
        "in": "query",
        "name": "cursor",
        "schema": {"type": "string"},
        "description": "From `next` or `previous`.",
    },
    {
        "in": "query",
        "name": "page_size",
        "schema": {"type": "integer", "minimum": 1},
        "description": "Rows a page, 100 by default and 1,000 at most.",
    },
]


class ProblemError(serializers.Serializer[Any]):
    """One problem of one row."""

    index = serializers.IntegerField(help_text="Row, from 0.")
    field = serializers.CharField(allow_null=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField()
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]


def refusals(*statuses: int) -> dict[Any, Any]:
    """The refusals of an operation; 400 and 401 belong to every one."""
    return {
        (status, PROBLEM): OpenApiResponse(Problem, description=WORDS[status])
        for status in sorted({400, 401, *statuses})
    }


def complete_refusals(
    result: dict[str, Any], generator: Any, request: Any, public: Any
) -> dict[str, Any]:
    """Declare what every operation can answer besides its own, each refusal with an example.

    A hook of drf-spectacular, which passes all four by place.
    """
    shapes = result["components"]["schemas"]
    for item in result["paths"].values():
        for operation in item.values():
            responses = operation["responses"]
            for status in sorted(possible(operation) - set(map(status_number, responses))):
                responses[str(status)] = {"description": WORDS[status]}
            for status in list(responses):
                if status_number(status) >= 400:
                    complete_refusal(
                        responses[status], refusal_example(status_number(status), operation, shapes)
                    )
            operation["responses"] = dict(sorted(responses.items()))
    return result


def declare_pages(
    result: dict[str, Any], generator: Any, request: Any, public: Any
) -> dict[str, Any]:
    """Say of every operation that answers in pages how to turn them.

    A hook of drf-spectacular, which misses them where refusals are declared by media type.
    """
    for item in result["paths"].values():
        for operation in item.values():
            contents = operation["responses"].get("200", {}).get("content", {}).values()
            named = (content.get("schema", {}).get("$ref", "") for content in contents)
            if any(name.startswith("#/components/schemas/Paginated") for name in named):
                operation.setdefault("parameters", []).extend(PAGES)
    return result


def write_null(result: dict[str, Any], generator: Any, request: Any, public: Any) -> dict[str, Any]:
    """Write as OpenAPI 3.1 does what may be null, where the libraries write it otherwise.

    A hook of drf-spectacular. `nullable` is a word of OpenAPI 3.0 that readers of 3.1 pass over;
    and what may be anything may be null already, so that "exactly one of both" fits no null.
    """
    for shape in schemas_in(result):
        if shape.pop("nullable", False):
            shape["type"] = [shape["type"], "null"]
        if {} in shape.get("oneOf", ()):
            del shape["oneOf"]
    return result


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document, whether it is a schema or holds some."""
    if isinstance(part, dict):
        yield part
    if isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from schemas_in(inner)


def possible(operation: dict[str, Any]) -> set[int]:
    """The refusals of an operation that follow from its shape."""
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    found = {400, 401, 403, 406, 422, 429, 503}
    if "path" in places:
        found.add(404)
    return found.union(WITH_BODY) if "requestBody" in operation else found


def status_number(status: str) -> int:
    """The number of a status; of none it is 0."""
    return int(status) if status.isdigit() else 0


def complete_refusal(response: dict[str, Any], document: dict[str, Any]) -> None:
    """Give one refusal its shape, its headers and an example, where it has none."""
    content = response.setdefault("content", {}).setdefault(PROBLEM, {})
    content.setdefault("schema", {"$ref": "#/components/schemas/Problem"})
    if not content.get("examples"):
        content["examples"] = {document["title"]: {"value": document}}
    if document["status"] in HEADERS:
        response.setdefault("headers", {}).update(HEADERS[document["status"]])


def refusal_example(
    status: int, operation: dict[str, Any], shapes: dict[str, Any]
) -> dict[str, Any]:
    """The document of one refusal, with a field of the operation where its content is bad."""
    has_body = "requestBody" in operation
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": DETAILS[status] if status != 400 or has_body else UNREADABLE_QUERY,
        "request_id": REQUEST_ID,
    }
    if status == 422:
        document["errors"] = [misfit(operation, shapes)]
    return document


def misfit(operation: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """A problem with a field that the operation takes."""
    if "requestBody" not in operation:
        asked = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "query"]
        if not asked:
            detail = "There is no such option. Those of this address: none."
            return {"index": 0, "field": "x", "code": "unknown", "detail": detail}
        return {
            "index": 0,
            "field": asked[0],
            "code": "invalid",
            "detail": "“x” is not understood.",
        }
    [shape, *_] = (part.get("schema", {}) for part in operation["requestBody"]["content"].values())
    shape = shapes.get(shape.get("$ref", "").rpartition("/")[2], shape)
    names = shape.get("required") or list(shape.get("properties", ())) or [None]
    detail = "This field may not be null."
    return {"index": 0, "field": names[0], "code": "null", "detail": detail}


READING = refusals(404)
LISTING = refusals()  # what is not seen is not in the list
WRITING = refusals(403, 404, 409, 413, 415, 422)


class DeclaredSchema(AutoSchema):
    """An operation with the parameters that its view declares, which are those it takes."""

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *declared(self.view, self.method)]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document names access tokens."""

    target_class = "teams.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token; the other spellings are said in words."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "kpt_<public id>_<secret>",
            "description": "`Token kpt_…` and HTTP Basic with the token as user name work too.",
        }
