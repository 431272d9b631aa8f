"""The Django configuration of the app that knows people."""

from __future__ import annotations

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """People, teams, roles, tokens and audit."""

    name = "teams"

    def ready(self) -> None:
        """Listen to sign-ins."""
        from teams import sign_ins  # noqa: F401  # its receivers connect themselves
