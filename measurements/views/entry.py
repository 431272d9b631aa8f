"""The grid in which people enter numbers: the page, its saved cells, and the preview of a block."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from indicators.author import Author
from measurements.entry.due import indicators_by_key
from measurements.entry.grid import GridQuery, Said, build_grid, grid_cell
from measurements.entry.saving import WRITTEN, CellOutcome, CellResult, save_cells
from measurements.forms.entry import HINT, Typed, as_mark, cells_of, cells_of_row, changes_of
from measurements.models import Batch
from measurements.row import RowResult
from teams.access import Action
from teams.gate import person, the_team
from teams.models import Organisation, Team


@login_required
@require_http_methods(["GET", "POST"])
def entry_grid(request: HttpRequest) -> HttpResponse:
    """Everything that the person may enter, what is due first."""
    return grid_or_saved(request, None)


@login_required
@require_http_methods(["GET", "POST"])
def entry_team(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for one team."""
    return grid_or_saved(request, the_team(request, slug, Action.ENTER))


def grid_or_saved(request: HttpRequest, team: Team | None) -> HttpResponse:
    """The page; cells from its script are answered as data, a row of a plain form as a page."""
    if request.method == "POST" and "cells" in request.POST:
        return scripted(request)
    if request.method == "POST":
        return posted_row(request, team)
    return grid_page(request, team)


def grid_page(
    request: HttpRequest,
    team: Team | None,
    said: dict[tuple[str, str], Said] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The grid, with what was typed and not stored."""
    asked = GridQuery(
        team=team,
        show=request.GET.get("show", ""),
        page=request.GET.get("page", "1"),
        said=said or {},
    )
    found = build_grid(person(request), asked, timezone.now())
    context = {"grid": found, "team": team, "show": found.show, "page": found.page}
    return render(request, "measurements/entry_grid.html", context, status=status)


def scripted(request: HttpRequest) -> HttpResponse:
    """Cells as data: what became of each, or with `preview` a page of what would."""
    try:
        cells = cells_of(request.POST["cells"])
    except ValueError:
        return HttpResponseBadRequest("These are no cells.", content_type="text/plain")
    is_preview = "preview" in request.POST
    outcomes = save_typed(request, cells, is_block=is_preview, dry_run=is_preview)
    if is_preview:
        return preview(request, outcomes)
    return JsonResponse({"cells": [as_data(one) for one in outcomes]})


def save_typed(
    request: HttpRequest, cells: list[Typed], *, is_block: bool = False, dry_run: bool = False
) -> list[CellOutcome]:
    """Send cells through the one core."""
    indicators = indicators_by_key({cell.indicator for cell in cells}, person(request))
    mark = as_mark(request.POST.get("mark", ""))
    changes = changes_of(cells, indicators, mark=mark, is_block=is_block)
    return save_cells(
        changes,
        author=Author.of(request),
        door=Batch.Door.FORM,
        now=timezone.now(),
        dry_run=dry_run,
    ).outcomes


def preview(request: HttpRequest, outcomes: list[CellOutcome]) -> HttpResponse:
    """What a block would do, and the one question it leaves open."""
    asked = next((one.detail for one in outcomes if one.state == CellResult.ASKED), "")
    context = {
        "outcomes": outcomes,
        "question": asked,
        "good": sum(one.state in WRITTEN and one.state != RowResult.UNCHANGED for one in outcomes),
        "mark": as_mark(request.POST.get("mark", "")),
    }
    return render(request, "measurements/entry_preview.html", context)


def as_data(outcome: CellOutcome) -> dict[str, Any]:
    """One cell's answer for the script: its state, and what it holds now."""
    found: dict[str, Any] = {
        "indicator": outcome.change.key,
        "period": outcome.change.period,
        "state": outcome.state,
        "detail": outcome.detail,
        "by": outcome.by,
    }
    if outcome.indicator is not None and outcome.column is not None:
        locale = Organisation.current().locale
        cell = grid_cell(outcome.indicator, outcome.column, outcome.stored, locale=locale)
        found |= {
            "texts": [entry.text for entry in cell.inputs],
            "shown": [entry.shown for entry in cell.inputs],
            "exact": [entry.exact for entry in cell.inputs],
            "seen": cell.seen,
            "note": cell.note,
        }
    return found


def posted_row(request: HttpRequest, team: Team | None) -> HttpResponse:
    """One row of the page without scripts: back to it, or the page with what was refused."""
    cells = cells_of_row(request.POST)
    outcomes = save_typed(request, cells)
    refused = {
        (cell.indicator, cell.period): Said(texts=typed_in(cell), detail=refusal_words(one))
        for cell, one in zip(cells, outcomes, strict=True)
        if one.state not in WRITTEN
    }
    stored = len(outcomes) - len(refused)
    if stored:
        values = "1 value" if stored == 1 else f"{stored} values"
        messages.success(request, f"{values} saved. The status follows in a moment.")
    if refused:
        return grid_page(request, team, refused, status=422)
    if not outcomes:
        messages.success(request, "Nothing changed.")
    return redirect(request.get_full_path())


def typed_in(cell: Typed) -> tuple[str | None, ...]:
    """What a person typed; None for what was left as it was stored."""
    return tuple(None if text.startswith("=") else text for text in cell.texts)


def refusal_words(outcome: CellOutcome) -> str:
    """Why a cell was not stored, on a page without scripts."""
    if outcome.state != CellResult.CONFLICT:
        return outcome.detail + (HINT if outcome.state == CellResult.ASKED else "")
    there = outcome.now if outcome.stored else "empty"
    return (
        f"{outcome.by or 'Somebody'} changed it meanwhile: it is {there} now. Save to replace it."
    )
