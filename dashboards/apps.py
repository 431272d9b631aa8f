"""The Django configuration of the app."""

from __future__ import annotations

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """See: pages that read everything and decide nothing."""

    name = "dashboards"
    default_auto_field = "django.db.models.BigAutoField"
