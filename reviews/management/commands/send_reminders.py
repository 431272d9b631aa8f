"""`manage.py send_reminders`: do now what the timetable does by itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notifications import alerts, outbox, reminders
from reviews import invitations


class Command(BaseCommand):
    """Puts every reminder and alert that is due into the outbox, and sends what is waiting."""

    help = "Remind of everything that is due, announce changes, and send what waits."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        new = reminders.remind_owners(now) + invitations.remind_attendees(now)
        new += alerts.announce_changes(now)
        sent = outbox.deliver_due(now)
        if options["verbosity"]:
            self.stdout.write(f"{new} new, {sent} sent")
