"""Fills an empty installation with the demo organisation and says how to sign in."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kpitrack.demo.load import NotEmpty, judge_all, load
from kpitrack.demo.people import sign_in_words


class Command(BaseCommand):
    help = "Load the demo into an empty installation: real A&E figures and a synthetic web shop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--password", help="For all demo accounts; made up and printed if none."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or "-".join(secrets.token_hex(3) for _ in range(3))
        try:
            load(password=password, now=timezone.now())
        except NotEmpty as refusal:
            raise CommandError(str(refusal)) from refusal
        judge_all(timezone.now())
        self.stdout.write(sign_in_words(password))
