"""Annotations on the time axis, and questions and comments on definitions and points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone

from indicators.models.indicator import Indicator
from teams.access import Action
from teams.models import Team, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    """The vocabulary of reading annotations."""

    def visible_to(self, user: User | AnonymousUser) -> AnnotationQuerySet:
        """Those on visible indicators and those of visible teams as a whole."""
        seen = Indicator.objects.visible_to(user)
        return self.filter(
            models.Q(indicator__in=seen)
            | models.Q(indicator=None, team__in=Team.objects.visible_to(user))
        )

    def editable_by(self, user: User | AnonymousUser) -> AnnotationQuerySet:
        """Those of teams in which this person may enter things."""
        return self.visible_to(user).filter(team__in=Team.objects.where_may(user, Action.ENTER))

    def on_charts_of(self, indicator: int, *, team: int) -> AnnotationQuerySet:
        """Those of an indicator and those of its whole team, both by their ids."""
        return self.filter(models.Q(indicator=indicator) | models.Q(indicator=None, team=team))


class Annotation(models.Model):
    """An event: a release, a campaign, an outage. On one indicator, or on all of a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="annotations")
    indicator = models.ForeignKey(
        Indicator, null=True, blank=True, on_delete=models.CASCADE, related_name="annotations"
    )
    on = models.DateField()
    text = models.CharField(max_length=200)
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["on", "id"]

    def __str__(self) -> str:
        return f"{self.on} {self.text}"


class CommentQuerySet(models.QuerySet["Comment"]):
    """The vocabulary of reading comments."""

    def visible_to(self, user: User | AnonymousUser) -> CommentQuerySet:
        """Comments on indicators that this person may see."""
        return self.filter(indicator__in=Indicator.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> CommentQuerySet:
        """One's own."""
        return self.visible_to(user).filter(author_id=user.pk)


class Comment(models.Model):
    """A question or remark on the definition, or on the point of a period."""

    indicator = models.ForeignKey(Indicator, on_delete=models.CASCADE, related_name="comments")
    period = models.DateField(null=True, blank=True, help_text="Of a point; empty: definition.")
    text = models.TextField()
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.text[:60]
