"""The addresses of the app's REST doors, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from indicators.api import analysis, measurements

urlpatterns: list[URLPattern] = [
    path("measurements/", measurements.MeasurementBulk.as_view(), name="api_measurements"),
    path(
        "indicators/<str:key>/measurements/",
        measurements.MeasurementList.as_view(),
        name="api_indicator_measurements",
    ),
    path("analysis/", analysis.CalculatorView.as_view(), name="api_calculator"),
    path("indicators/<str:key>/analysis/", analysis.AnalysisView.as_view(), name="api_analysis"),
    path("indicators/<str:key>/series/", analysis.SeriesView.as_view(), name="api_series"),
]
