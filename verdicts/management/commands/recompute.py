"""Asks for indicators to be judged again, and can wait until the worker has done it."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from indicators.models import Indicator, StaleMark
from web import wake

PAUSE = 0.2


class Command(BaseCommand):
    help = "Mark indicators as stale, so that the worker judges them again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("keys", nargs="*", metavar="KEY", help="The indicators' keys.")
        parser.add_argument("--all", action="store_true", help="All that are not retired.")
        parser.add_argument("--wait", action="store_true", help="Until all of them are judged.")
        parser.add_argument("--timeout", type=float, default=600, help="Seconds to wait at most.")

    def handle(self, *args: Any, **options: Any) -> None:
        ids = named_indicators(options["keys"], every=options["all"])
        count = StaleMark.objects.set_for(ids, timezone.now())
        wake.wake_worker()
        self.stdout.write(f"{count} indicators will be judged again.")
        if options["wait"]:
            self.wait(ids, options["timeout"])

    def wait(self, ids: list[int], seconds: float) -> None:
        """Return when none of them is stale any more."""
        until = time.monotonic() + seconds
        waiting = StaleMark.objects.waiting().filter(pk__in=ids)
        while left := waiting.count():
            if time.monotonic() > until:
                raise CommandError(f"{left} are still waiting. Is the worker running?")
            time.sleep(PAUSE)
        self.stdout.write("Done.")


def named_indicators(keys: list[str], *, every: bool) -> list[int]:
    """The ids of the indicators that were named; unknown keys are refused."""
    if every == bool(keys):
        raise CommandError("Name keys, or say --all.")
    kept = Indicator.objects.exclude(state=Indicator.State.RETIRED)
    found = dict(
        (kept if every else Indicator.objects.filter(key__in=keys)).values_list("key", "pk")
    )
    if missing := sorted(set(keys) - set(found)):
        raise CommandError(f"No such indicator: {', '.join(missing)}")
    return list(found.values())
