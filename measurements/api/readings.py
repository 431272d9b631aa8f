"""Reading measurements: what is or was known, page by page or as one stream."""

from __future__ import annotations

import base64
import binascii
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from indicators.author import Author
from indicators.models import Indicator
from measurements.api import options
from measurements.exports import Format, file_response
from measurements.models import Measurement, Superseded
from measurements.moments import begins, calendar_of, ends
from teams.gate import person
from teams.models import Organisation, User
from web.api.queries import bad_option
from web.api.rendering import ExactJSONRenderer
from web.numbers import Unacceptable

COLUMNS = ("at", "recorded_at", "value", "numerator", "denominator", "note")
BROUGHT = ("batch__actor__email", "batch__door")
ENDED = ("superseded_at", "superseded_by__actor__email", "withdrawn")
SHOWN = ("at", "value", "numerator", "denominator", "note")
HISTORY = ("superseded_at", "withdrawn", "recorded_by", "source", "superseded_by")
PAGE_SIZE, LARGEST_PAGE = 100, 1000
CHUNK = 2000


class KnownMeasurement(NamedTuple):
    """One measurement as known from `recorded_at` on, until `superseded_at` where it was.

    Who brought it through which door, and who ended it, is read for the history alone; where the
    installation did it itself it is nobody.
    """

    at: datetime
    recorded_at: datetime
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    note: str
    recorded_by: str | None = None
    source: str = ""
    superseded_at: datetime | None = None
    superseded_by: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Between two rows: after (or before) the row with this `at` and `recorded_at`."""

    at: datetime
    recorded_at: datetime
    is_backward: bool = False

    def as_text(self) -> str:
        """As a link carries it."""
        sign = "-" if self.is_backward else "+"
        text = f"{sign}{self.at.isoformat()}|{self.recorded_at.isoformat()}"
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """The place in a link; 422 where it is not one of ours."""
        try:
            plain = base64.urlsafe_b64decode(text.encode()).decode()
            at, recorded_at = (datetime.fromisoformat(part) for part in plain[1:].split("|"))
        except (ValueError, binascii.Error, UnicodeError) as problem:
            raise bad_option("cursor", "The cursor is not from a link of ours.") from problem
        if at.tzinfo is None or recorded_at.tzinfo is None:
            raise bad_option("cursor", "The cursor is not from a link of ours.")
        return cls(at, recorded_at, is_backward=plain[0] == "-")


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """Which measurements of an indicator somebody asks for."""

    user: User
    indicator: Indicator
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    history: bool = False
    place: Cursor | None = None

    def rows(self, *, limit: int | None = None) -> Iterator[KnownMeasurement]:
        """The rows in the order of time, or against it from a backward place."""
        backward = self.place is not None and self.place.is_backward
        sources = [self._current(), *self._past()]
        read = [self._ordered(source, backward=backward, limit=limit) for source in sources]
        merged = heapq.merge(*read, key=lambda row: row[:2], reverse=backward)
        return islice((self._as_then(row) for row in without_repeats(merged)), limit)

    def _current(self) -> QuerySet[Any, Any]:
        found = Measurement.objects.visible_to(self.user).filter(indicator=self.indicator)
        found = found if self.as_of is None else found.known_at(self.as_of)
        return found.values_list(*COLUMNS, *(BROUGHT if self.history else ()))

    def _past(self) -> list[QuerySet[Any, Any]]:
        found = Superseded.objects.visible_to(self.user).filter(indicator=self.indicator)
        if self.history:
            if self.as_of is not None:
                found = found.filter(recorded_at__lte=self.as_of)
            return [found.values_list(*COLUMNS, *BROUGHT, *ENDED)]
        return [] if self.as_of is None else [found.known_at(self.as_of).values_list(*COLUMNS)]

    def _ordered(
        self, source: QuerySet[Any, Any], *, backward: bool, limit: int | None
    ) -> Iterator[KnownMeasurement]:
        if self.since is not None:
            source = source.filter(at__gte=self.since)
        if self.until is not None:
            source = source.filter(at__lt=self.until)
        if (place := self.place) is not None:
            beyond = "lt" if backward else "gt"
            same_time = Q(**{"at": place.at, f"recorded_at__{beyond}": place.recorded_at})
            source = source.filter(Q(**{f"at__{beyond}": place.at}) | same_time)
        names = ("-at", "-recorded_at") if backward else ("at", "recorded_at")
        ordered = source.order_by(*names)
        rows: Iterable[Any] = ordered.iterator(CHUNK) if limit is None else ordered[:limit]
        return (KnownMeasurement(*row) for row in rows)

    def _as_then(self, row: KnownMeasurement) -> KnownMeasurement:
        """Hide what happened to the row after the moment that is asked about."""
        if self.as_of is None or row.superseded_at is None or row.superseded_at <= self.as_of:
            return row
        return row._replace(superseded_at=None, superseded_by=None, withdrawn=False)


def without_repeats(rows: Iterable[KnownMeasurement]) -> Iterator[KnownMeasurement]:
    """The rows without repetitions.

    A row that is corrected after the current ones were read and before the past ones are is among
    both; it is told as the first found it.
    """
    told: tuple[Any, ...] = ()
    for row in rows:
        if row[: len(COLUMNS)] != told:
            told = row[: len(COLUMNS)]
            yield row


def question_of(request: Request, indicator: Indicator) -> ReadQuery:
    """What the query string asks for; 422 names the option that cannot be understood."""
    calendar = calendar_of(Organisation.current(), indicator.timezone)
    found: dict[str, datetime | None] = {}
    for name, read in (("from", begins), ("to", ends), ("as_of", ends)):
        text = options.time_option(request, name)
        try:
            found[name] = read(text, calendar) if text else None
        except Unacceptable as problem:
            raise bad_option(name, str(problem), problem.code) from problem
    as_of = found["as_of"]
    cursor = request.query_params.get("cursor")
    return ReadQuery(
        person(request),
        indicator,
        since=found["from"],
        until=found["to"],
        as_of=None if as_of is None else as_of - timedelta(microseconds=1),
        history=options.flag(request, "history"),
        place=Cursor.parse(cursor) if cursor else None,
    )


def page_of(question: ReadQuery, request: Request) -> dict[str, Any]:
    """One page: `{"next", "previous", "results"}`."""
    size = options.page_size(request, PAGE_SIZE, largest=LARGEST_PAGE)
    rows = list(question.rows(limit=size + 1))
    backward = question.place is not None and question.place.is_backward
    has_more, rows = len(rows) > size, rows[:size]
    if backward:
        rows.reverse()
    before = has_more if backward else question.place is not None
    after = has_more or backward
    return {
        "next": link(request, rows[-1], is_backward=False) if rows and after else None,
        "previous": link(request, rows[0], is_backward=True) if rows and before else None,
        "results": [as_result(row, history=question.history) for row in rows],
    }


def link(request: Request, row: KnownMeasurement, *, is_backward: bool) -> str:
    """The address of the page after or before a row."""
    query = request.query_params.copy()
    query["cursor"] = Cursor(row.at, row.recorded_at, is_backward=is_backward).as_text()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def as_result(row: KnownMeasurement, *, history: bool) -> dict[str, Any]:
    """One row as a page shows it."""
    names = (*SHOWN, "recorded_at", *(HISTORY if history else ()))
    return {name: getattr(row, name) for name in names}


# --- as files -------------------------------------------------------------------------------------


class CSVRenderer(ExactJSONRenderer):
    """Lets a caller ask for CSV; only refusals are rendered here, as everywhere in JSON."""

    media_type = Format.CSV.media_type
    format = "csv"


class NDJSONRenderer(ExactJSONRenderer):
    """Lets a caller ask for NDJSON; only refusals are rendered here."""

    media_type = Format.NDJSON.media_type
    format = "ndjson"


class XLSXRenderer(ExactJSONRenderer):
    """Lets a caller ask for a workbook; only refusals are rendered here."""

    media_type = Format.XLSX.media_type
    format = "xlsx"


FILES: tuple[type[BaseRenderer], ...] = (CSVRenderer, NDJSONRenderer, XLSXRenderer)


def export(request: Request, question: ReadQuery) -> StreamingHttpResponse:
    """All that is asked for as one stream, whatever its length; the audit trail says so."""
    form = Format(request.accepted_renderer.format)
    columns = (*SHOWN, "recorded_at", *HISTORY) if question.history else SHOWN
    key = question.indicator.key
    Author.of(request).note_on(question.indicator, "measurements.exported", format=str(form))
    rows = ((key, *(getattr(row, name) for name in columns)) for row in question.rows())
    return file_response(form, ("indicator", *columns), rows, name=key)
