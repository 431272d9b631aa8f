"""Actions: what somebody promised to do until when."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from reviews.models.decision import Decision
from reviews.models.review import Review
from teams.access import Action as Act
from teams.models import Team, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ActionQuerySet(models.QuerySet["Action"]):
    """The vocabulary of reading actions."""

    def visible_to(self, user: User | AnonymousUser) -> ActionQuerySet:
        """Actions of visible reviews."""
        return self.filter(review__team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ActionQuerySet:
        """One's own, and those of reviews that this person runs."""
        runs = Team.objects.where_may(user, Act.REVIEW)
        return self.visible_to(user).filter(
            models.Q(owner_id=user.pk) | models.Q(review__team__in=runs)
        )

    def open(self) -> ActionQuerySet:
        """Not done yet."""
        return self.filter(done_at=None)

    def overdue(self, today: date) -> ActionQuerySet:
        """Open although the day has passed."""
        return self.open().filter(due_on__lt=today)


class Action(models.Model):
    """A promise with an owner and a due date."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="actions")
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    text = models.CharField(max_length=300)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="actions"
    )
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["done_at", "due_on", "id"]

    def __str__(self) -> str:
        return self.text

    def finish(self, now: datetime) -> None:
        """It is done; repeating it keeps the first time. Allowed after the review is closed."""
        if self.done_at is None:
            self.done_at = now
            self.save(update_fields=["done_at"])

    def reopen(self) -> None:
        """It is not done after all."""
        self.done_at = None
        self.save(update_fields=["done_at"])
