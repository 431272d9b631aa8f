"""The outbox: one row for each thing that somebody is to be told, exactly once an occasion."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from teams.models import Team, User

RETRY_AFTER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
LEASE = timedelta(minutes=5)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """The vocabulary of the outbox."""

    def visible_to(self, user: User) -> NotificationQuerySet:
        """One's own; an administrator sees all."""
        reach = user.reach
        return self if reach.is_administrator else self.filter(recipient_id=reach.user_id)

    def editable_by(self, user: User) -> NotificationQuerySet:
        """Administrators may send again."""
        return self if user.reach.is_administrator else self.none()

    def due(self, now: datetime) -> NotificationQuerySet:
        """Waiting for their turn, or left behind by a sender that died."""
        waiting = models.Q(state__in=["queued", "failed"], next_attempt_at__lte=now)
        return self.filter(waiting | models.Q(state="sending", lease_until__lt=now))

    def claim(self, size: int, now: datetime) -> list[Notification]:
        """Take up to `size` due rows for sending; nobody else gets them while the lease runs."""
        taken = self.due(now).order_by("next_attempt_at", "pk")
        ids = list(taken.select_for_update(skip_locked=True).values_list("pk", flat=True)[:size])
        self.filter(pk__in=ids).update(state=Notification.State.SENDING, lease_until=now + LEASE)
        return list(self.filter(pk__in=ids).select_related("recipient"))


class Notification(models.Model):
    """One message to one person through one channel; `occasion` makes it unique."""

    class State(models.TextChoices):
        """queued → sending → sent, or failed and tried again, or dead and shown."""

        QUEUED = "queued", "Queued"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed, will be tried again"
        DEAD = "dead", "Given up"

    class Channel(models.TextChoices):
        """How it is told."""

        EMAIL = "email", "E-mail"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    occasion = models.CharField(
        max_length=200, help_text="What it is about, such as value-due:conversion:2026-11-01."
    )
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    team = models.ForeignKey(
        Team, null=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    context = models.JSONField(default=dict, help_text="What the templates are rendered with.")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "recipient", "channel"], name="notification_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="notification_waiting",
                condition=models.Q(state__in=["queued", "failed", "sending"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"

    def mark_sent(self, now: datetime) -> None:
        """It went out."""
        self.state, self.sent_at, self.error = self.State.SENT, now, ""
        self.attempts += 1
        self.save(update_fields=["state", "sent_at", "error", "attempts"])

    def mark_failed(self, problem: str, now: datetime) -> None:
        """It did not: try again later, or give up after the last wait."""
        self.error = problem[:2000]
        if self.attempts < len(RETRY_AFTER):
            self.state = self.State.FAILED
            self.next_attempt_at = now + RETRY_AFTER[self.attempts]
        else:
            self.state = self.State.DEAD
        self.attempts += 1
        self.save(update_fields=["state", "error", "attempts", "next_attempt_at"])

    def send_again(self, now: datetime) -> None:
        """Start over with a row that failed or was given up."""
        self.state, self.attempts, self.next_attempt_at = self.State.QUEUED, 0, now
        self.save(update_fields=["state", "attempts", "next_attempt_at"])
