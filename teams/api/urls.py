"""The addresses of the app's REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams.api import teams

urlpatterns: list[URLPattern] = [
    path("teams/", teams.TeamList.as_view(), name="api_teams"),
    path("teams/<str:slug>/", teams.TeamDetail.as_view(), name="api_team"),
]
