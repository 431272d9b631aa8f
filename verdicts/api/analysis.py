"""The REST doors of judgement: series, the stored analysis, and a calculator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.values import Calendar
from indicators.models import Indicator
from measurements.api import options
from measurements.moments import begins, calendar_of, ends
from teams.access import Scope
from teams.models import Organisation
from verdicts.api import documents
from verdicts.api.documents import PERIODS, RULES
from web.api.queries import refused, word
from web.exact import Unacceptable

if TYPE_CHECKING:
    from verdicts.served import Within

COUNTED = range(1000, 9000)  # years that are years in every time zone
A_MOMENT = timedelta(microseconds=1)


class SeriesView(APIView):
    """Period values of an indicator."""

    read_scope = Scope.MEASUREMENTS_READ
    parameters: ClassVar = {"GET": documents.SERIES_PARAMETERS}

    @extend_schema(
        operation_id="series_of_indicator",
        responses=documents.SERIES_RESPONSES,
        examples=documents.SERIES_EXAMPLES,
    )
    def get(self, request: Request, key: str) -> Response:
        """The measurements rolled up into periods; a missing period has the value null."""
        from indicators.definition import defined_at
        from measurements.series import series_of
        from verdicts import served

        indicator, now = find(request, key), timezone.now()
        then = as_of(request, indicator, now=now)
        asked = within(request, indicator)
        if then is not None:
            indicator = defined_at(indicator, then)
        grain = word(request, "period", PERIODS) or indicator.period
        series = series_of(indicator, now=now, as_of=then, grain=grain)
        return Response(served.series(indicator, series, asked))


class AnalysisView(APIView):
    """The whole judgement of an indicator."""

    read_scope = Scope.MEASUREMENTS_READ
    parameters: ClassVar = {"GET": documents.ANALYSIS_PARAMETERS}

    @extend_schema(
        operation_id="analysis_of_indicator",
        responses=documents.ANALYSIS_RESPONSES,
    )
    def get(self, request: Request, key: str) -> Response:
        """As the worker stored it; computed anew for `as_of` and for other rules."""
        from verdicts import served

        indicator, now = find(request, key), timezone.now()
        then, rules = as_of(request, indicator, now=now), word(request, "rules", RULES) or "nhs"
        asked = within(request, indicator)
        if then is None and rules == "nhs":
            return Response(served.stored(indicator, asked))
        return Response(served.computed(indicator, asked, as_of=then or now, rules=rules))


class CalculatorView(APIView):
    """The same judgement of values that are sent and not stored."""

    read_scope = write_scope = Scope.MEASUREMENTS_READ

    @extend_schema(
        operation_id="analysis_calculator",
        request={"application/json": documents.CALCULATION},
        responses=documents.CALCULATOR_RESPONSES,
        examples=documents.CALCULATOR_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Judge `{"period", "values", "direction", "target", "options"}`."""
        from verdicts import calculator

        return Response(calculator.calculate(request.data, now=timezone.now()))


def find(request: Request, key: str) -> Indicator:
    """The indicator if the caller may see it; 404 says no more."""
    seen = Indicator.objects.visible_to(request.user).with_verdict()
    indicator = seen.filter(key=key).first()
    if indicator is None:
        raise Http404
    return indicator


def within(request: Request, indicator: Indicator) -> Within:
    """The periods from that of `from` to that of `to`, both by their first days."""
    from verdicts import served

    calendar = calendar_of(Organisation.current(), indicator.timezone)
    since, until = moment(request, "from", begins, calendar), moment(request, "to", ends, calendar)
    first = None if since is None else since.astimezone(calendar.zone).date()
    last = None if until is None else (until - A_MOMENT).astimezone(calendar.zone).date()
    return served.between(first, last)


def as_of(request: Request, indicator: Indicator, *, now: datetime) -> datetime | None:
    """The instant whose knowledge is asked for: of a day or period its end, and none ahead."""
    calendar = calendar_of(Organisation.current(), indicator.timezone)
    after = moment(request, "as_of", ends, calendar)
    return None if after is None else min(after - A_MOMENT, now)


def moment(
    request: Request, name: str, read: Callable[[str, Calendar], datetime], calendar: Calendar
) -> datetime | None:
    """What `read` makes of a time of the query string, or None; 422 where it is none."""
    text = options.time_option(request, name)
    try:
        found = read(text, calendar) if text else None
    except Unacceptable as problem:
        raise refused(name, str(problem), problem.code) from problem
    if found is not None and found.year not in COUNTED:
        raise refused(name, "It is of a year in which nothing was measured.", "out_of_range")
    return found
