"""Preferences: of what a person does not want to be told; without a row, of everything."""

from __future__ import annotations

from typing import Any

from django.db import models

from teams.models import User


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
