"""What the OpenAPI document says of refusals: one shape, by status."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

PROBLEM = "application/problem+json"
WORDS = {
    400: "The request cannot be read.",
    401: "No or bad credentials.",
    403: "You may see it, but not do that.",
    404: "There is nothing here that you may see.",
    405: "There is no such method here.",
    406: "None of the media types accepted is served here.",
    409: "Somebody else is doing the same.",
    413: "Larger than the limit it names.",
    415: "The media type is not understood.",
    422: "Valid syntax with bad content; each problem names row and field.",
}


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


READING = refusals(404)
LISTING = refusals(404)
WRITING = refusals(403, 404, 409, 413, 415, 422)


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
