"""Refusals that the API knows besides DRF's own."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions


class Unprocessable(exceptions.APIException):
    """Valid syntax with bad content: 422 with a row and field for each problem."""

    status_code = 422
    default_detail = "The request was understood, but its content cannot be accepted."
    default_code = "invalid"

    def __init__(self, errors: list[dict[str, Any]], detail: str | None = None) -> None:
        super().__init__(detail or self.default_detail)
        self.errors = errors


class TooLarge(exceptions.APIException):
    """More than a limit allows: 413, naming the limit."""

    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


class Conflict(exceptions.APIException):
    """The same thing is under way: 409."""

    status_code = 409
    default_detail = "The same request is being processed."
    default_code = "conflict"


class Busy(exceptions.APIException):
    """Too much of the kind at once: 503 with a time to come back."""

    status_code = 503
    default_detail = "Too many large bodies are being stored. Send this one again shortly."
    default_code = "busy"
    wait = 5  # seconds, sent as Retry-After
