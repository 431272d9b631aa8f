"""Measurements on their way out: which columns, in which format, of any length in flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.http import FileResponse, StreamingHttpResponse

from indicators.models import Indicator
from indicators.models.indicator import IndicatorQuerySet
from measurements.exports.texts import csv_bytes, ndjson_bytes
from measurements.exports.workbook import workbook_file
from measurements.models import Measurement
from teams.models import User

# As the doors take them in again; what an indicator is comes first in every row.
COLUMNS = ("indicator", "at", "value", "numerator", "denominator", "note")
AT_ONCE = 5000

Write = Callable[[Sequence[str], Iterable[Sequence[Any]]], Iterator[bytes]]


class Format(StrEnum):
    """What measurements go out as; the word is also the ending of the file's name."""

    CSV = "csv"
    XLSX = "xlsx"
    NDJSON = "ndjson"

    @property
    def media_type(self) -> str:
        """As `Accept` and `Content-Type` name it."""
        return MEDIA_TYPES[self]


MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.NDJSON: "application/x-ndjson",
}
WRITERS: Mapping[Format, Write] = {
    Format.CSV: csv_bytes,
    Format.NDJSON: ndjson_bytes,
}


def streamed(
    form: Format, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str
) -> StreamingHttpResponse:
    """The rows as a file `name` and its ending; texts are sent while the rows are read."""
    if form is Format.XLSX:
        book = workbook_file(columns, rows)
        return FileResponse(
            book, as_attachment=True, filename=f"{name}.{form}", content_type=form.media_type
        )
    answer = StreamingHttpResponse(
        WRITERS[form](columns, rows), content_type=f"{form.media_type}; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def current(indicators: IndicatorQuerySet, user: User) -> Iterator[tuple[Any, ...]]:
    """What is known now of some indicators, one after the other and each in the order of time.

    They have passed the gate: `indicators` comes from `visible_to(user)`. All of it is read by
    one statement, so that it is the knowledge of one moment.
    """
    held = Measurement.objects.visible_to(user).filter(indicator__in=indicators)
    found = held.order_by("indicator_id", "at").values_list("indicator__key", *COLUMNS[1:])
    return found.iterator(AT_ONCE)


def current_of(indicator: Indicator, user: User) -> Iterator[tuple[Any, ...]]:
    """What is known now of one indicator, in the order of time."""
    held = Measurement.objects.visible_to(user).filter(indicator=indicator)
    found = held.order_by("at").values_list(*COLUMNS[1:])
    return ((indicator.key, *row) for row in found.iterator(AT_ONCE))
