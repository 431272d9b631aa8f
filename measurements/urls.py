"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from measurements.views import entry, entry_links, imports, tokens, values

urlpatterns: list[URLPattern] = [
    path("indicators/<str:key>/values/", values.value_new, name="value_new"),
    path("indicators/<str:key>/values/withdraw/", values.value_withdraw, name="value_withdraw"),
    path("indicators/<str:key>/integrate/", tokens.indicator_integrate, name="indicator_integrate"),
    path("entry/", entry.entry_grid, name="entry_grid"),
    path("teams/<slug:slug>/entry/", entry.entry_team, name="entry_team"),
    path("enter/<str:public_id>/<str:secret>/", entry_links.entry_link, name="entry_link"),
    path("imports/", imports.import_new, name="import_new"),
    path("imports/<slug:public_id>/", imports.import_detail, name="import_detail"),
    path("imports/<slug:public_id>/columns/", imports.import_columns, name="import_columns"),
    path("imports/<slug:public_id>/take/", imports.import_take, name="import_take"),
    path("imports/<slug:public_id>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<slug:public_id>/refused.csv", imports.import_refused, name="import_refused"),
    path("deliveries/<int:batch_id>/undo/", imports.import_undo, name="import_undo"),
    path("integrations/", tokens.token_list, name="token_list"),
    path("integrations/tokens/<slug:public_id>/revoke/", tokens.token_revoke, name="token_revoke"),
]
