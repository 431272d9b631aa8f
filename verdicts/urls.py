"""The addresses of the app's pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from verdicts import views

urlpatterns: list[URLPattern] = [
    path("indicators/<str:key>/rebases/new/", views.rebase_new, name="rebase_new"),
    path(
        "indicators/<str:key>/rebases/<str:on>/withdraw/",
        views.rebase_withdraw,
        name="rebase_withdraw",
    ),
]
