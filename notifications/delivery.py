"""Delivery: takes what is due out of the outbox and sends it, one message at a time."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from notifications.channels import email
from notifications.models import Notification
from web.loops import isolated

log = logging.getLogger(__name__)

# A pass ends well within the lease of a message and within the worker's time limit.
PASS = timedelta(seconds=60)

CHANNELS = {Notification.Channel.EMAIL: email.send}


def deliver_due(now: datetime) -> int:
    """Send what is due at `now` until nothing is left or the pass has lasted long enough.

    Any number of these may run side by side. Returns how many messages went out.
    """
    until = time.monotonic() + PASS.total_seconds()
    sent = 0
    while time.monotonic() < until and (row := Notification.objects.claim(now)) is not None:
        sent += deliver_one(row, now)
    return sent


def deliver_one(row: Notification, now: datetime) -> bool:
    """Send a claimed message and note the outcome; no problem of one stops the others."""
    if row.was_tried_enough:
        row.mark_dead("Every attempt ended without an answer.")
    elif not row.recipient.is_active:
        row.mark_dead("The recipient is not active any more.")
    else:
        with isolated(log, "notification %s not sent", row.pk, level=logging.WARNING) as attempt:
            CHANNELS[Notification.Channel(row.channel)](row)
        if (problem := attempt.problem) is None:
            return row.mark_sent(now)
        row.mark_failed(f"{type(problem).__name__}: {problem}", now)
    return False
