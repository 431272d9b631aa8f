"""The REST doors of judgement: series, the stored analysis, and a calculator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analysis.values import Calendar
from indicators.definition import defined_at
from indicators.models import Indicator
from measurements.api import options
from measurements.moments import begins, calendar_of, ends
from measurements.series import series_of
from teams.access import Scope
from teams.models import Organisation
from verdicts import calculator, served
from verdicts.api import documents
from web.api.queries import bad_option, option_word
from web.numbers import Unacceptable

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
        indicator, now = find_indicator(request, key), timezone.now()
        then = as_of(request, indicator, now=now)
        asked = asked_periods(request, indicator)
        if then is not None:
            indicator = defined_at(indicator, then)
        grain = option_word(request, "period", calculator.GRAINS) or indicator.period
        series = series_of(indicator, now=now, as_of=then, grain=grain)
        return Response(served.series_document(indicator, series, asked))


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
        indicator, now = find_indicator(request, key), timezone.now()
        then, rules = (
            as_of(request, indicator, now=now),
            option_word(request, "rules", documents.RULES) or "nhs",
        )
        asked = asked_periods(request, indicator)
        if then is None and rules == "nhs":
            return Response(served.stored_analysis(indicator, asked))
        return Response(served.computed_analysis(indicator, asked, as_of=then or now, rules=rules))


class CalculatorView(APIView):
    """The same judgement of values that are sent and not stored."""

    read_scope = write_scope = Scope.MEASUREMENTS_READ

    @extend_schema(
        operation_id="analysis_calculator",
        request=calculator.Calculation,
        responses=documents.CALCULATOR_RESPONSES,
        examples=documents.CALCULATOR_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Judge `{"period", "values", "direction", "target", "options"}`."""
        return Response(calculator.calculate(request.data, now=timezone.now()))


def find_indicator(request: Request, key: str) -> Indicator:
    """The indicator if the caller may see it; 404 says no more."""
    seen = Indicator.objects.visible_to(request.user).with_verdict()
    return get_object_or_404(seen, key=key)


def asked_periods(request: Request, indicator: Indicator) -> served.Within:
    """The periods from that of `from` to that of `to`, both by their first days."""
    calendar = calendar_of(Organisation.current(), indicator.timezone)
    since, until = (
        asked_moment(request, "from", begins, calendar),
        asked_moment(request, "to", ends, calendar),
    )
    first = None if since is None else since.astimezone(calendar.zone).date()
    last = None if until is None else (until - A_MOMENT).astimezone(calendar.zone).date()
    return served.within_days(first, last)


def as_of(request: Request, indicator: Indicator, *, now: datetime) -> datetime | None:
    """The instant whose knowledge is asked for: of a day or period its end, and none ahead."""
    calendar = calendar_of(Organisation.current(), indicator.timezone)
    after = asked_moment(request, "as_of", ends, calendar)
    return None if after is None else min(after - A_MOMENT, now)


def asked_moment(
    request: Request, name: str, read: Callable[[str, Calendar], datetime], calendar: Calendar
) -> datetime | None:
    """What `read` makes of a time of the query string, or None; 422 where it is none."""
    text = options.time_option(request, name)
    try:
        found = read(text, calendar) if text else None
    except Unacceptable as problem:
        raise bad_option(name, str(problem), problem.code) from problem
    if found is not None and found.year not in COUNTED:
        raise bad_option(name, "It is of a year in which nothing was measured.", "out_of_range")
    return found
