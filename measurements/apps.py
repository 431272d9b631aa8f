"""Values and their history, and every way in and out."""

from __future__ import annotations

from django.apps import AppConfig


class MeasurementsConfig(AppConfig):
    """The app's entry in Django's registry."""

    name = "measurements"
