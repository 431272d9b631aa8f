"""The outbox, one row for each message, and who declined which topic."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from teams.models import Team, User

# 10 seconds, 1, 5 and 30 minutes, 2, 8 and 24 hours
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 28_800, 86_400))
LEASE = timedelta(minutes=5)


class Topic(models.TextChoices):
    """What messages are about; the first word of a notification's kind tells which."""

    REMINDERS = (
        "reminders",
        "Reminders: values, commentary, actions and re-evaluations that are due",
    )
    ALERTS = "alerts", "Alerts: the status changed, or there is a signal"
    REVIEWS = "reviews", "Reviews: invitations and minutes"

    @classmethod
    def of(cls, kind: str) -> Topic | None:
        """The topic of a kind; what belongs to none is always told.

        >>> Topic.of("reminder_value_due"), Topic.of("password_reset")
        (Topic.REMINDERS, None)
        """
        first, _, _ = kind.partition("_")
        return {"reminder": cls.REMINDERS, "alert": cls.ALERTS, "review": cls.REVIEWS}.get(first)


class PreferenceQuerySet(models.QuerySet["Preference"]):
    """The vocabulary of reading preferences."""

    def visible_to(self, user: User) -> PreferenceQuerySet:
        """One's own."""
        return self.filter(user_id=user.pk)

    def editable_by(self, user: User) -> PreferenceQuerySet:
        """One's own."""
        return self.visible_to(user)

    def declining(self, topic: Topic) -> PreferenceQuerySet:
        """Of those who do not want to hear of the topic."""
        return self.filter(**{topic.value: False})


class Preference(models.Model):
    """One person's choice per topic."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="preference"
    )
    reminders = models.BooleanField(Topic.REMINDERS.label, default=True)
    alerts = models.BooleanField(Topic.ALERTS.label, default=True)
    reviews = models.BooleanField(Topic.REVIEWS.label, default=True)

    objects = PreferenceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Preferences of {self.user}"

    @classmethod
    def decline(cls, user_id: Any, topic: Topic) -> None:
        """Tell this person no more of the topic; repeating it changes nothing."""
        cls.objects.update_or_create(user_id=user_id, defaults={topic.value: False})


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

    def claim(self, now: datetime) -> Notification | None:
        """Take the row that waits longest; nobody else gets it while the lease runs.

        The attempt is counted here and not after it, so that a message which kills its sender is
        given up in the end too.
        """
        with transaction.atomic():
            waiting = self.due(now).order_by("next_attempt_at", "pk")
            found = waiting.select_for_update(skip_locked=True, of=("self",)).first()
            if found is not None:
                found.state, found.lease_until = Notification.State.SENDING, now + LEASE
                found.attempts += 1
                found.save(update_fields=["state", "lease_until", "attempts"])
        return found


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

    @property
    def about(self) -> str:
        """What it is about in a list: the name of the indicator, the title of the review."""
        found = self.context.get("name") or self.context.get("title") or self.context.get("text")
        return str(found or self.kind)

    @property
    def kind_word(self) -> str:
        """What kind of message it is: "Alert status", "Review minutes"."""
        return self.kind.replace("_", " ").capitalize()

    @property
    def is_stuck(self) -> bool:
        """Whether somebody has to look at it: it failed, or was given up."""
        return self.state in (self.State.FAILED, self.State.DEAD)

    @property
    def was_tried_enough(self) -> bool:
        """Whether this attempt is one more than the waits between attempts allow."""
        return self.attempts > len(RETRY_AFTER) + 1

    def mark_sent(self, now: datetime) -> bool:
        """It went out; False when the lease was lost meanwhile and somebody else answers for it."""
        return self._settle(state=self.State.SENT, sent_at=now, error="")

    def mark_failed(self, problem: str, now: datetime) -> bool:
        """It did not: try again later, or give up after the last wait."""
        if self.attempts > len(RETRY_AFTER):
            return self.mark_dead(problem)
        wait = RETRY_AFTER[max(self.attempts, 1) - 1]
        return self._settle(
            state=self.State.FAILED, next_attempt_at=now + wait, error=problem[:2000]
        )

    def mark_dead(self, problem: str) -> bool:
        """Give up until an administrator sends it again."""
        return self._settle(state=self.State.DEAD, error=problem[:2000])

    def send_again(self, now: datetime) -> bool:
        """Start over with a row that failed or was given up; False for every other one."""
        stuck = type(self).objects.filter(pk=self.pk, state__in=["failed", "dead"])
        return bool(stuck.update(state=self.State.QUEUED, attempts=0, next_attempt_at=now))

    def _settle(self, **fields: Any) -> bool:
        """Write the outcome of this attempt, if it is still this sender's to write."""
        mine = type(self).objects.filter(
            pk=self.pk, state=self.State.SENDING, lease_until=self.lease_until
        )
        for name, value in fields.items():
            setattr(self, name, value)
        return bool(mine.update(**fields))
