"""The tasks that the timetable rings: thin, and safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from notifications import alerts, outbox, reminders


@shared_task(name="notifications.tasks.deliver")
def deliver_messages() -> int:
    """Send what is due in the outbox."""
    return outbox.deliver_due(timezone.now())


@shared_task(name="notifications.tasks.announce")
def announce_verdicts() -> int:
    """Put alerts about changed verdicts into the outbox."""
    return alerts.announce_changes(timezone.now())


@shared_task(name="notifications.tasks.remind_values")
def remind_values() -> int:
    """Put reminders about missed values and due re-evaluations into the outbox."""
    return reminders.remind_owners(timezone.now())
