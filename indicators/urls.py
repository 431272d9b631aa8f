"""The addresses of the app's pages; the page of an indicator itself is in dashboards."""

from __future__ import annotations

from django.urls import URLPattern, path

from indicators.views import (
    entry,
    entry_links,
    imports,
    indicators,
    life,
    objectives,
    process,
    talk,
    targets,
    tokens,
    undo,
    values,
)

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
    path(
        "indicators/<str:key>/activate/", indicators.indicator_activate, name="indicator_activate"
    ),
    path("indicators/<str:key>/promote/", life.indicator_promote, name="indicator_promote"),
    path("indicators/<str:key>/demote/", life.indicator_demote, name="indicator_demote"),
    path("indicators/<str:key>/share/", life.indicator_share, name="indicator_share"),
    path("indicators/<str:key>/retire/", life.indicator_retire, name="indicator_retire"),
    path("indicators/<str:key>/target/", targets.target_edit, name="target_edit"),
    path("indicators/<str:key>/targets/<int:version>/end/", targets.target_end, name="target_end"),
    path("indicators/<str:key>/rebases/new/", process.rebase_new, name="rebase_new"),
    path(
        "indicators/<str:key>/rebases/<str:on>/withdraw/",
        process.rebase_withdraw,
        name="rebase_withdraw",
    ),
    path("indicators/<str:key>/values/", values.value_new, name="value_new"),
    path("indicators/<str:key>/values/withdraw/", values.value_withdraw, name="value_withdraw"),
    path("indicators/<str:key>/integrate/", tokens.indicator_integrate, name="indicator_integrate"),
    path("indicators/<str:key>/comments/", talk.comment_new, name="comment_new"),
    path("comments/<int:comment_id>/delete/", talk.comment_delete, name="comment_delete"),
    path("annotations/new/", talk.annotation_new, name="annotation_new"),
    path(
        "annotations/<int:annotation_id>/delete/", talk.annotation_delete, name="annotation_delete"
    ),
    path("entry/", entry.entry_grid, name="entry_grid"),
    path("teams/<slug:slug>/entry/", entry.entry_team, name="entry_team"),
    path("enter/<str:public_id>/<str:secret>/", entry_links.entry_link, name="entry_link"),
    path("imports/", imports.import_new, name="import_new"),
    path("imports/<slug:public_id>/", imports.import_detail, name="import_detail"),
    path("imports/<slug:public_id>/columns/", imports.import_columns, name="import_columns"),
    path("imports/<slug:public_id>/take/", imports.import_take, name="import_take"),
    path("imports/<slug:public_id>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<slug:public_id>/refused.csv", imports.import_refused, name="import_refused"),
    path("deliveries/<int:batch_id>/undo/", undo.import_undo, name="import_undo"),
    path("objectives/", objectives.objective_list, name="objective_list"),
    path("objectives/<slug:slug>/", objectives.objective_edit, name="objective_edit"),
    path("integrations/", tokens.token_list, name="token_list"),
    path("integrations/tokens/<slug:public_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("perspectives/", objectives.perspective_list, name="perspective_list"),
]
