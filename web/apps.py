"""What all apps share towards browsers and programs."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The app's entry in Django's registry."""

    name = "web"
