"""Show the page of an indicator and its figure to explore, and send measurements as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.board.board import Rights
from dashboards.company.listing import indicators_of
from dashboards.frame import number_asked, organisation_of
from dashboards.indicator.detail import Detail, build_detail, describe_indicator, with_page
from dashboards.indicator.tabs import MOST_PERIODS, build_tab, figure_of
from indicators.author import Author
from indicators.deriving import Origin
from indicators.models import Indicator
from measurements import exports as exporting
from measurements.exports import Format
from teams.models import Team, User
from web.links import address


@login_required
@require_safe
def indicator_detail(request: HttpRequest, key: str) -> HttpResponse:
    """Facts, the chart of a tab, why this status, and all that surrounds it."""
    detail = detail_of(request, key)
    assert isinstance(request.user, User)
    indicator = detail.indicator
    tab = build_tab(
        detail,
        request.user,
        name=request.GET.get("tab", ""),
        span=request.GET.get("span", ""),
        page=max(number_asked(request, "page", digits=6), 1),
        most=None if request.GET.get("periods") == "all" else MOST_PERIODS,
    )
    rights, about = (
        Rights.of(request.user, indicator.team),
        describe_indicator(detail, request.user),
    )
    context = {
        "detail": about,
        "indicator": indicator,
        "team": indicator.team,
        "tab": tab,
        "links": indicator_links(indicator, rights) if indicator.state != "retired" else {},
        "notices": indicator_notices(indicator, about["origin"]),
    }
    return render(request, "dashboards/indicator_detail.html", context)


@login_required
@require_safe
def indicator_figure(request: HttpRequest, key: str) -> HttpResponse:
    """The chart of a tab as a Plotly figure."""
    figure = figure_of(
        detail_of(request, key),
        name=request.GET.get("tab", ""),
        span=request.GET.get("span", ""),
        theme="dark" if request.GET.get("theme") == "dark" else "light",
    )
    return JsonResponse(figure)


def detail_of(request: HttpRequest, key: str) -> Detail:
    """The data of the page of an indicator that this person may see; else 404."""
    assert isinstance(request.user, User)
    indicator = get_object_or_404(with_page(user=request.user, key=key))
    request.team = indicator.team  # type: ignore[attr-defined]  # for the frame of the page
    return build_detail(indicator, now=timezone.now(), organisation=organisation_of(request))


@dataclass(frozen=True, slots=True)
class Act:
    """Something further that can be done; with `post` it is a button, else a link."""

    label: str
    url: str
    post: bool = False


def indicator_links(indicator: Indicator, rights: Rights) -> dict[str, Any]:
    """Where the buttons lead, as far as this person may press them."""
    links: dict[str, Any] = {}
    further: list[Act] = []
    if rights.enter:
        further.append(Act("Send numbers", address("indicator_integrate", indicator.key)))
        if not indicator.is_derived:
            further.append(Act("Import a file", address("import_new", indicator=indicator.key)))
        links["note"] = address("annotation_new", indicator=indicator.key)
        links["value"] = "" if indicator.is_derived else address("value_new", indicator.key)
        links["comment"] = address("comment_new", indicator.key)
    if rights.define:
        links["edit"] = address("indicator_edit", indicator.key)
        links["target"] = address("target_edit", indicator.key)
        further = [*further_acts(indicator), *further]
    links["more"] = [act for act in further if act.url]
    return {name: url for name, url in links.items() if url}


def further_acts(indicator: Indicator) -> Iterator[Act]:
    """What those who define do less often."""
    key = indicator.key
    if indicator.state == Indicator.State.DRAFT:
        yield Act("Start measuring", address("indicator_activate", key), post=True)
    yield Act("Set target", address("target_edit", key))
    yield Act("Edit definition", address("indicator_edit", key))
    if indicator.is_key:
        yield Act("Remove from key indicators", address("indicator_demote", key))
    elif indicator.is_active:
        yield Act("Make it a key indicator", address("indicator_promote", key))
    yield Act("Share with teams", address("indicator_share", key))
    yield Act("Retire", address("indicator_retire", key))


def indicator_notices(indicator: Indicator, origin: Origin | None) -> list[str]:
    """What must be said about where the numbers are from, and about the end of an indicator."""
    told = [indicator.team.notice]
    if indicator.synthetic and "synthetic" not in indicator.team.notice.lower():
        told.append("Synthetic data: these numbers are made up for demonstration.")
    if indicator.state == Indicator.State.DRAFT:
        told.append("This is a draft: it is not judged, not on any board, and reminds nobody.")
    if origin:
        told.extend(origin.troubles)
    return [text for text in told if text]


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
    indicators = indicators_of(Indicator.objects.visible_to(author.user), team)
    rows = exporting.current(indicators, author.user)
    return exporting.file_response(form, exporting.COLUMNS, rows, name=team.slug)
