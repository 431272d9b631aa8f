"""Says of every part whether it is well, and what to do where it is not."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from kpitrack.doctor import examine


class Command(BaseCommand):
    help = "Examine every dependency; exit status 1 when something needs to be done."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        ill = 0
        for finding in examine():
            mark = self.style.ERROR("!!") if finding.advice else self.style.SUCCESS("ok")
            self.stdout.write(f"{mark}  {finding.subject}: {finding.found}")
            if finding.advice:
                ill += 1
                self.stdout.write(f"      {finding.advice}")
        if ill:
            sys.exit(1)
