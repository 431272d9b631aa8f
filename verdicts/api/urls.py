"""The addresses of the app's REST doors, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from verdicts.api import analysis, rebases

urlpatterns: list[URLPattern] = [
    path("indicators/<str:key>/rebases/", rebases.RebaseList.as_view(), name="api_rebases"),
    path(
        "indicators/<str:key>/rebases/<str:on>/",
        rebases.RebaseDetail.as_view(),
        name="api_rebase",
    ),
    path("analysis/", analysis.CalculatorView.as_view(), name="api_calculator"),
    path("indicators/<str:key>/analysis/", analysis.AnalysisView.as_view(), name="api_analysis"),
    path("indicators/<str:key>/series/", analysis.SeriesView.as_view(), name="api_series"),
]
