"""Puts a backup in the place of everything in this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kpitrack import backups
from kpitrack.management.commands.prepare import migrate


class Command(BaseCommand):
    help = "Restore a backup into an empty installation, or with --force over this one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A file that `backup` wrote.")
        parser.add_argument(
            "--force", action="store_true", help="Delete what is in the database now."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["file"]
        if not source.is_file():
            raise CommandError(f"{source} is not a file.")
        with backups.database_at_hand(settings.KPITRACK_HOME):
            if not options["force"] and not backups.is_empty():
                raise CommandError(
                    "This installation is not empty. Back it up first, then repeat with --force "
                    "to replace everything in it."
                )
            backups.restore_backup(source)
            migrate()
        self.stdout.write("Restored. Restart KPItrack if it is running.")
