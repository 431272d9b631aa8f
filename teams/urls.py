"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from teams import views

urlpatterns: list[URLPattern] = [
    path("teams/<slug:slug>/settings/", views.team_settings, name="team_settings"),
    path("teams/<slug:slug>/archive/", views.team_archive, name="team_archive"),
    path("teams/<slug:slug>/restore/", views.team_restore, name="team_restore"),
    path("teams/<slug:slug>/members/", views.member_add, name="member_add"),
    path(
        "teams/<slug:slug>/members/<int:membership_id>/", views.member_change, name="member_change"
    ),
    path(
        "teams/<slug:slug>/members/<int:membership_id>/remove/",
        views.member_remove,
        name="member_remove",
    ),
    path("organisation/teams/new/", views.team_new, name="team_new"),
    path("organisation/people/", views.person_list, name="person_list"),
    path("organisation/people/new/", views.person_new, name="person_new"),
    path("organisation/people/<int:person_id>/", views.person_edit, name="person_edit"),
    path("organisation/people/<int:person_id>/link/", views.person_link, name="person_link"),
    path("account/", views.account_settings, name="account_settings"),
]
