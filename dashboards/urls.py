"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboards.views import board, exports, indicator, lists, organisation, people, search
from measurements.exports import Format

urlpatterns: list[URLPattern] = [
    path("", board.home_page, name="home"),
    path("overview/", lists.overview, name="overview"),
    path("scorecard/", lists.scorecard, name="scorecard"),
    path("search/", search.search, name="search"),
    path("teams/<slug:slug>/", board.team_board, name="team_board"),
    path("teams/<slug:slug>/indicators/", lists.team_indicators, name="team_indicators"),
    path("indicators/<str:key>/", indicator.indicator_detail, name="indicator_detail"),
    path("indicators/<str:key>/figure.json", indicator.indicator_figure, name="indicator_figure"),
    *(
        path(
            f"indicators/<str:key>/measurements.{form}",
            exports.indicator_measurements,
            {"form": form},
            name=f"indicator_{form}",
        )
        for form in Format
    ),
    *(
        path(
            f"teams/<slug:slug>/measurements.{form}",
            exports.team_measurements,
            {"form": form},
            name=f"team_{form}",
        )
        for form in Format
    ),
    path(
        "organisation/people/<int:person_id>/handover/",
        people.person_handover,
        name="person_handover",
    ),
    path("organisation/", organisation.organisation_settings, name="organisation_settings"),
    path("organisation/email/", organisation.organisation_email, name="organisation_email"),
    path("organisation/audit/", organisation.organisation_audit, name="organisation_audit"),
]
