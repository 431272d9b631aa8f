"""The Django configuration of the composition root, which brings the commands."""

from __future__ import annotations

from django.apps import AppConfig


class KpitrackConfig(AppConfig):
    """Commands and checks of the whole installation."""

    name = "kpitrack"
