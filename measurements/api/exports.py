"""Measurements as files over the API: what a caller can ask for, and the answer as one stream."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from indicators.author import Author
from measurements.api.readings import HISTORY, SHOWN, Question
from measurements.exports import Format, streamed
from web.api.rendering import ExactJSONRenderer


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


def export(request: Request, question: Question) -> StreamingHttpResponse:
    """All that is asked for as one stream, whatever its length; the audit trail says so."""
    form = Format(request.accepted_renderer.format)
    columns = (*SHOWN, "recorded_at", *HISTORY) if question.history else SHOWN
    key = question.indicator.key
    Author.of(request).note_on(question.indicator, "measurements.exported", format=str(form))
    rows = ((key, *(getattr(row, name) for name in columns)) for row in question.rows())
    return streamed(form, ("indicator", *columns), rows, name=key)
