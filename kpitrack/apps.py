"""The Django configuration of the composition root, which brings the commands."""

from __future__ import annotations

import django_stubs_ext
from django.apps import AppConfig

# Lets `ModelForm[Thing]` and the like stand in the code as they do for the type checker: before
# any model is loaded, but not for the clock, which loads none and would take 15 MB more.
django_stubs_ext.monkeypatch()


class KpitrackConfig(AppConfig):
    """Commands and checks of the whole installation."""

    name = "kpitrack"

    def ready(self) -> None:
        """Join what Django does not find by itself: the Celery app, so that `delay` knows it."""
        from kpitrack import celery, checks  # noqa: F401

        celery.app.set_default()
