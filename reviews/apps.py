"""The Django configuration of the app."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Decide: meetings, decisions, actions."""

    name = "reviews"
    default_auto_field = "django.db.models.BigAutoField"
