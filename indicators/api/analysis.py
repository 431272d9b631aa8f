"""The REST doors of judgement: series, the stored analysis, and a calculator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar

from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from indicators.models import Indicator
from teams.access import Scope

PERIODS = ("day", "week", "month", "quarter", "year", "fiscal_year")
RULES = ("nhs", "wheeler")
COUNTED = range(1000, 9000)  # years that are years in every time zone
Parsed = TypeVar("Parsed", date, datetime)

FROM = OpenApiParameter("from", OpenApiTypes.DATE, description="First period, by its first day.")
TO = OpenApiParameter("to", OpenApiTypes.DATE, description="Last period, by its first day.")
AS_OF = OpenApiParameter(
    "as_of", OpenApiTypes.DATETIME, description="What was known then, judged as of then."
)


class SeriesView(APIView):
    """Period values of an indicator."""

    read_scope = Scope.MEASUREMENTS_READ

    @extend_schema(
        operation_id="series_of_indicator",
        parameters=[OpenApiParameter("period", enum=PERIODS), FROM, TO, AS_OF],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, key: str) -> Response:
        """The measurements rolled up into periods; a missing period has the value null."""
        from indicators import readers, served

        indicator = find(request, key)
        grain = choice(request, "period", PERIODS) or indicator.period
        series = readers.series_of(
            indicator, now=timezone.now(), as_of=instant(request, "as_of"), grain=grain
        )
        within = served.between(day(request, "from"), day(request, "to"))
        return Response(served.series(indicator, series, within))


class AnalysisView(APIView):
    """The whole judgement of an indicator."""

    read_scope = Scope.MEASUREMENTS_READ

    @extend_schema(
        operation_id="analysis_of_indicator",
        parameters=[FROM, TO, AS_OF, OpenApiParameter("rules", enum=RULES)],
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request, key: str) -> Response:
        """As the worker stored it; computed anew for `as_of` and for other rules."""
        from indicators import served

        indicator = find(request, key)
        as_of, rules = instant(request, "as_of"), choice(request, "rules", RULES)
        within = served.between(day(request, "from"), day(request, "to"))
        if as_of is None and rules in (None, "nhs"):
            return Response(served.stored(indicator, within))
        moment = as_of or timezone.now()
        return Response(served.computed(indicator, within, as_of=moment, rules=rules or "nhs"))


class CalculatorView(APIView):
    """The same judgement of values that are sent and not stored."""

    read_scope = write_scope = Scope.MEASUREMENTS_READ

    @extend_schema(
        operation_id="analysis_calculator",
        request=OpenApiTypes.OBJECT,
        responses={200: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        """Judge `{"period", "values", "direction", "target", "options"}`."""
        from indicators import calculator

        return Response(calculator.calculate(request.data, now=timezone.now()))


def find(request: Request, key: str) -> Indicator:
    """The indicator if the caller may see it; 404 says no more."""
    seen = Indicator.objects.visible_to(request.user).with_verdict()
    indicator = seen.filter(key=key).first()
    if indicator is None:
        raise Http404
    return indicator


def choice(request: Request, name: str, allowed: tuple[str, ...]) -> str | None:
    """A word of the query string, or None; 400 where it is none of those allowed."""
    given = request.query_params.get(name)
    if given is not None and given not in allowed:
        raise ParseError(f"“{name}” is one of {', '.join(allowed)}.")
    return given


def day(request: Request, name: str) -> date | None:
    """A date of the query string, or None; 400 where it is none."""
    return parsed(request, name, parse_date, "a date such as 2026-11-20")


def instant(request: Request, name: str) -> datetime | None:
    """A date-time with an offset, or None; 400 where it is none."""
    found = parsed(request, name, parse_datetime, "a date-time with an offset")
    if found is None:
        return None
    if timezone.is_naive(found):
        raise ParseError(f"“{name}” needs an offset, such as 2026-11-20T08:00:00Z.")
    if found.year not in COUNTED:
        raise ParseError(f"“{name}” is of a year in which nothing was measured.")
    return found.astimezone(UTC)


def parsed(
    request: Request, name: str, parse: Callable[[str], Parsed | None], wanted: str
) -> Parsed | None:
    """What `parse` makes of a parameter, with one refusal for all that goes wrong."""
    given = request.query_params.get(name)
    if given is None:
        return None
    try:
        # A plus sign in a query string that was not escaped arrives as a space.
        found = parse(given.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None:
        raise ParseError(f"“{name}” must be {wanted}.")
    return found
