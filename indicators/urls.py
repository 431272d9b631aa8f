"""The addresses of the app's pages; the page of an indicator itself is in dashboards."""

from __future__ import annotations

from django.urls import URLPattern, path

from indicators.views import indicators, life, objectives, talk, targets

urlpatterns: list[URLPattern] = [
    path("teams/<slug:slug>/indicators/new/", indicators.indicator_new, name="indicator_new"),
    path(
        "teams/<slug:slug>/indicators/library/",
        indicators.indicator_library,
        name="indicator_library",
    ),
    path("teams/<slug:slug>/indicators/check/", indicators.smarter_check, name="smarter_check"),
    path("teams/<slug:slug>/objectives/new/", objectives.objective_new, name="objective_new"),
    path("indicators/<str:key>/edit/", indicators.indicator_edit, name="indicator_edit"),
    path("indicators/<str:key>/activate/", life.indicator_activate, name="indicator_activate"),
    path("indicators/<str:key>/promote/", life.indicator_promote, name="indicator_promote"),
    path("indicators/<str:key>/demote/", life.indicator_demote, name="indicator_demote"),
    path("indicators/<str:key>/share/", life.indicator_share, name="indicator_share"),
    path("indicators/<str:key>/retire/", life.indicator_retire, name="indicator_retire"),
    path("indicators/<str:key>/target/", targets.target_edit, name="target_edit"),
    path("indicators/<str:key>/targets/<int:version>/end/", targets.target_end, name="target_end"),
    path("indicators/<str:key>/comments/", talk.comment_new, name="comment_new"),
    path("comments/<int:comment_id>/delete/", talk.comment_delete, name="comment_delete"),
    path("annotations/new/", talk.annotation_new, name="annotation_new"),
    path(
        "annotations/<int:annotation_id>/delete/", talk.annotation_delete, name="annotation_delete"
    ),
    path("objectives/", objectives.objective_list, name="objective_list"),
    path("objectives/<slug:slug>/", objectives.objective_edit, name="objective_edit"),
    path("perspectives/", objectives.perspective_list, name="perspective_list"),
]
