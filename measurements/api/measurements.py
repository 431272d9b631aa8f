"""The doors through which measurements come in, are read and are taken back."""

from __future__ import annotations

from typing import ClassVar

from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators.author import Author
from indicators.gate import the_indicator
from indicators.models import Indicator
from measurements.api import documents, options
from measurements.api.bodies import CSVParser, JSONParser, NDJSONParser
from measurements.api.deliveries import take_in
from measurements.api.readings import FILES, export, page_of, question_of
from measurements.delivery import withdraw
from measurements.models import Batch
from measurements.moments import Clock
from measurements.row import Sender
from teams.access import Action, Scope
from web.api.queries import bad_option
from web.api.rendering import ExactJSONRenderer
from web.numbers import Unacceptable

PARSERS = [JSONParser, NDJSONParser, CSVParser]


class MeasurementBulk(APIView):
    """Measurements of any number of indicators."""

    read_scope = Scope.MEASUREMENTS_READ  # there is nothing to read: 405 says so
    write_scope = Scope.MEASUREMENTS_WRITE
    parser_classes = PARSERS
    parameters: ClassVar = {"POST": documents.DELIVERY_PARAMETERS}

    @extend_schema(
        operation_id="store_measurements",
        request=documents.bodies(documents.KEYED),
        responses=documents.BULK_RESPONSES,
        examples=documents.BULK_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Store a list of measurements: all, or with `on_error=skip` the good ones."""
        return take_in(request)


class MeasurementList(APIView):
    """The measurements of one indicator."""

    read_scope = Scope.MEASUREMENTS_READ
    write_scope = Scope.MEASUREMENTS_WRITE
    parser_classes = PARSERS
    parameters: ClassVar = {
        "GET": documents.READ_PARAMETERS,
        "POST": documents.DELIVERY_PARAMETERS,
        "DELETE": documents.WITHDRAW_PARAMETERS,
    }

    def get_renderers(self) -> list[BaseRenderer]:
        """Files are for reading; what was stored is answered in JSON alone."""
        if self.request.method not in ("GET", "HEAD"):
            return [ExactJSONRenderer()]
        return [ExactJSONRenderer(), *(kind() for kind in FILES)]

    @extend_schema(
        operation_id="measurements_of_indicator",
        responses=documents.READ_RESPONSES,
        examples=documents.READ_EXAMPLES,
    )
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """What is known, or was known at `as_of`; with `history` all that was ever known."""
        indicator = the_indicator(request, key)
        question = question_of(request, indicator)
        if isinstance(request.accepted_renderer, FILES):
            return export(request, question)
        return Response(page_of(question, request))

    @extend_schema(
        operation_id="store_measurements_of_indicator",
        request=documents.bodies(documents.FIELDS),
        responses=documents.LIST_RESPONSES,
        examples=documents.LIST_EXAMPLES,
    )
    def post(self, request: Request, key: str) -> Response:
        """Store one measurement or a list of them."""
        enterable(request, key)
        return take_in(request)

    @extend_schema(
        operation_id="withdraw_measurement",
        responses=documents.WITHDRAW_RESPONSES,
    )
    def delete(self, request: Request, key: str) -> Response:
        """Take the measurement at `?at=` back; the history keeps it."""
        indicator = enterable(request, key)
        if indicator.is_derived:
            raise bad_option("indicator", "It is computed from other indicators.", "derived")
        try:
            at = Clock(timezone.now()).read(options.time_option(request, "at"), indicator.timezone)
        except Unacceptable as problem:
            raise bad_option("at", str(problem), problem.code) from problem
        author = Author.of(request)
        sender = Sender(
            actor=author.user,
            door=Batch.Door.API,
            token=author.token,
            request_id=author.request_id,
        )
        if not withdraw(indicator, at, sender, now=timezone.now()):
            raise NotFound("There is no measurement at that time.")
        return Response(status=204)


def enterable(request: Request, key: str) -> Indicator:
    """The indicator: 404 where it may not be seen, 403 where values may not be entered."""
    return the_indicator(request, key, Action.ENTER)
