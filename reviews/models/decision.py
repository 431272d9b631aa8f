"""Decisions: what a review resolved about an indicator, perhaps with a prediction to be checked."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from indicators.models import Indicator
from reviews.models.review import ReviewItem
from teams.access import Action
from teams.models import Team, User
from web.decimals import ExactDecimalField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class DecisionQuerySet(models.QuerySet["Decision"]):
    """The vocabulary of reading decisions."""

    def visible_to(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """Decisions on visible indicators in visible teams."""
        return self.filter(
            item__review__team__in=Team.objects.visible_to(user),
            item__indicator__in=Indicator.objects.visible_to(user),
        )

    def editable_by(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """Decisions of open reviews that this person runs."""
        return self.visible_to(user).filter(
            item__review__state="open",
            item__review__team__in=Team.objects.where_may(user, Action.REVIEW),
        )

    def predicting(self) -> DecisionQuerySet:
        """With an expected effect that nobody has found out about for good."""
        open_ended = ["", Decision.Outcome.WAITING, Decision.Outcome.EARLY]
        return self.exclude(expected_effect=None).filter(outcome__in=open_ended)

    def to_check(self, today: date) -> DecisionQuerySet:
        """Those predictions whose day has come."""
        return self.predicting().filter(check_on__lte=today)


class Decision(models.Model):
    """Keep, act, change the target or the definition, or retire; with the reason."""

    class Kind(models.TextChoices):
        """What may be decided."""

        KEEP = "keep", "Keep"
        ACT = "act", "Act"
        CHANGE_TARGET = "change_target", "Change target"
        CHANGE_DEFINITION = "change_definition", "Change definition"
        RETIRE = "retire", "Retire"

    class Outcome(models.TextChoices):
        """What the clock found of a prediction."""

        WAITING = "waiting", "Waiting for its date"
        MOVED = "moved", "Moved beyond limits"
        NOTHING = "nothing", "No detectable effect"
        OPPOSITE = "opposite", "Moved the other way"
        EARLY = "early", "Too early to say"

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=18, choices=Kind)
    reason = models.TextField(help_text="What do we see, and why?")
    doing = models.TextField(blank=True, help_text="What will we do?")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions"
    )
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    expected_effect = ExactDecimalField(null=True, blank=True, help_text="Change of the value.")
    check_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    outcome_detail = models.JSONField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expected_effect=None) | models.Q(check_on__isnull=False),
                name="decision_prediction_has_date",
                violation_error_message="A prediction needs a date on which it is checked.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason[:60]}"
