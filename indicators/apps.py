"""The Django configuration of the app."""

from __future__ import annotations

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """What: definitions, measurements and their judgement."""

    name = "indicators"
    default_auto_field = "django.db.models.BigAutoField"
