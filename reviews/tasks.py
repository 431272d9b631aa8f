"""The tasks that the timetable rings: thin, and safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from reviews import invitations, opening


@shared_task(name="reviews.tasks.open_due")
def open_due() -> int:
    """Open the reviews whose time has come."""
    return opening.open_due_reviews(timezone.now())


@shared_task(name="reviews.tasks.remind")
def remind() -> int:
    """Ask owners for commentary, and remind of actions."""
    return invitations.remind_attendees(timezone.now())


@shared_task(name="reviews.tasks.check_predictions")
def check_predictions() -> int:
    """Find out whether decisions did what they were to do."""
    from reviews import predictions  # with numpy, which the other tasks do not need

    return predictions.check_due(timezone.now())
