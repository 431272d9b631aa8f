"""The Django configuration of the app."""

from __future__ import annotations

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Definitions, targets, objectives, and talk about them."""

    name = "indicators"
