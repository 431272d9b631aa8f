"""Django's own shell, also while nobody runs the embedded servers."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.commands import shell

from kpitrack import backups


class Command(shell.Command):
    help = "Open a Python prompt with the models at hand; starts the servers when nobody runs them."

    def handle(self, *args: Any, **options: Any) -> None:
        with backups.database_at_hand(settings.KPITRACK_HOME):
            super().handle(*args, **options)
