"""What the worker judged of indicators."""

from __future__ import annotations

from django.apps import AppConfig


class VerdictsConfig(AppConfig):
    """The app's entry in Django's registry."""

    name = "verdicts"
