"""The addresses of the app's REST doors, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path

from measurements.api import measurements

urlpatterns: list[URLPattern] = [
    path("measurements/", measurements.MeasurementBulk.as_view(), name="api_measurements"),
    path(
        "indicators/<str:key>/measurements/",
        measurements.MeasurementList.as_view(),
        name="api_indicator_measurements",
    ),
]
