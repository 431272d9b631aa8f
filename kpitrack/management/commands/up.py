"""Starts everything and keeps it running: servers, web, worker and clock."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Start PostgreSQL, Redis, web, worker and clock, and stop them all on Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--with-parent", action="store_true", help="Stop when the calling process ends."
        )

        parser.add_argument(
            "--reload", action="store_true", help="Serve by Django's server for development."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wishes = {"--with-parent": options["with_parent"], "--reload": options["reload"]}
        arguments = [name for name, is_wanted in wishes.items() if is_wanted]
        # The supervisor takes over this process without Django, which costs 60 MB it never uses.
        os.execv(sys.executable, [sys.executable, "-m", "kpitrack.embedded", *arguments])
