"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from dashboards import organisation
from dashboards.board import views as board
from dashboards.company import views as company
from dashboards.indicator import views as indicator
from measurements.exports import Format

urlpatterns: list[URLPattern] = [
    path("", board.home_page, name="home"),
    path("overview/", company.overview, name="overview"),
    path("scorecard/", company.scorecard, name="scorecard"),
    path("search/", company.search, name="search"),
    path("teams/<slug:slug>/", board.team_board, name="team_board"),
    path("teams/<slug:slug>/indicators/", company.team_indicators, name="team_indicators"),
    path("indicators/<str:key>/", indicator.indicator_detail, name="indicator_detail"),
    path("indicators/<str:key>/figure.json", indicator.indicator_figure, name="indicator_figure"),
    *(
        path(
            f"indicators/<str:key>/measurements.{form}",
            indicator.indicator_measurements,
            {"form": form},
            name=f"indicator_{form}",
        )
        for form in Format
    ),
    *(
        path(
            f"teams/<slug:slug>/measurements.{form}",
            indicator.team_measurements,
            {"form": form},
            name=f"team_{form}",
        )
        for form in Format
    ),
    path(
        "organisation/people/<int:person_id>/handover/",
        organisation.person_handover,
        name="person_handover",
    ),
    path("organisation/", organisation.organisation_settings, name="organisation_settings"),
    path("organisation/email/", organisation.organisation_email, name="organisation_email"),
    path("organisation/audit/", organisation.organisation_audit, name="organisation_audit"),
]
