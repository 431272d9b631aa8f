"""Writes everything of this installation to one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kpitrack import backups


class Command(BaseCommand):
    help = "Write database, secret key and uploaded files to one file; serving goes on meanwhile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The file to write, for example kpitrack.tar.")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["file"].absolute()
        try:
            with backups.database_at_hand(settings.KPITRACK_HOME):
                size = backups.write_backup(target, now=timezone.now())
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}") from error
        self.stdout.write(f"Wrote {target} ({size / 1e6:.1f} MB). It holds the secret key.")
