"""Measurements as files: of one indicator, and of all that a team has."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from dashboards.listing import of_team
from indicators.author import Author
from indicators.models import Indicator
from measurements import exports as exporting
from measurements.exports import Format
from teams.models import Team


@login_required
@require_safe
def indicator_measurements(request: HttpRequest, key: str, form: Format) -> HttpResponseBase:
    """All that is known of an indicator now."""
    author = Author.of(request)
    seen = Indicator.objects.visible_to(author.user).select_related("team")
    indicator = get_object_or_404(seen, key=key)
    author.note_on(indicator, "measurements.exported", format=str(form))
    rows = exporting.current_values_of(indicator, author.user)
    return exporting.file_response(form, exporting.COLUMNS, rows, name=indicator.key)


@login_required
@require_safe
def team_measurements(request: HttpRequest, slug: str, form: Format) -> HttpResponseBase:
    """All that is known now of the indicators at home in a team or shared with it."""
    author = Author.of(request)
    team = get_object_or_404(Team.objects.visible_to(author.user), slug=slug)
    author.note("measurements.exported", subject=team.slug, team=team, format=str(form))
    indicators = of_team(Indicator.objects.visible_to(author.user), team)
    rows = exporting.current(indicators, author.user)
    return exporting.file_response(form, exporting.COLUMNS, rows, name=team.slug)
