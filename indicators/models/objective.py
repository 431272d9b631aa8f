"""Objectives: the business goals that indicators serve, each under a perspective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models

from teams.access import Action
from teams.models import Team, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

DEEPEST = 50  # objectives one above the other


class Perspective(models.Model):
    """A view of the scorecard, such as Customer; the list is editable."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ObjectiveQuerySet(models.QuerySet["Objective"]):
    """The vocabulary of reading objectives."""

    def visible_to(self, user: User | AnonymousUser) -> ObjectiveQuerySet:
        """Objectives of teams that this person may see."""
        return self.filter(team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ObjectiveQuerySet:
        """Objectives that this person may change."""
        return self.filter(team__in=Team.objects.where_may(user, Action.DEFINE))


class Objective(models.Model):
    """What a team wants to reach, and why."""

    slug = models.SlugField(max_length=80, unique=True)
    statement = models.CharField(max_length=200)
    why = models.TextField(blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="objectives")
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="objectives"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    perspective = models.ForeignKey(
        Perspective, null=True, blank=True, on_delete=models.SET_NULL, related_name="objectives"
    )
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    objects = ObjectiveQuerySet.as_manager()

    class Meta:
        ordering = ["statement"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(starts_on=None)
                | models.Q(ends_on=None)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="objective_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.statement

    def clean(self) -> None:
        """Refuse a parent that stands below the objective."""
        above, steps = self.parent, 0
        while above is not None and steps < DEEPEST:
            if above.pk == self.pk:
                words = "An objective cannot serve itself or one of its own."
                raise ValidationError({"parent": ValidationError(words, code="circle")})
            above, steps = above.parent, steps + 1
