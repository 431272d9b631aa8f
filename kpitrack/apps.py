"""The Django configuration of the composition root, which brings the commands."""

from __future__ import annotations

from django.apps import AppConfig


class KpitrackConfig(AppConfig):
    """Commands and checks of the whole installation."""

    name = "kpitrack"

    def ready(self) -> None:
        """Join what Django does not find by itself: the Celery app, so that `delay` knows it."""
        from kpitrack import celery, checks  # noqa: F401

        celery.app.set_default()
