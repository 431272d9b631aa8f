"""The addresses of the app's REST doors, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from indicators.api import analysis

urlpatterns: list[URLPattern] = [
    path("analysis/", analysis.CalculatorView.as_view(), name="api_calculator"),
    path("indicators/<str:key>/analysis/", analysis.AnalysisView.as_view(), name="api_analysis"),
    path("indicators/<str:key>/series/", analysis.SeriesView.as_view(), name="api_series"),
]
