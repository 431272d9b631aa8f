"""The Django configuration of the app."""

from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Tell: people and machines, once."""

    name = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
