"""Review plans: when a team meets over its indicators, and who comes."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone as clock

from teams.access import Action
from teams.models import Actor, Organisation, Team, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ReviewPlanQuerySet(models.QuerySet["ReviewPlan"]):
    """The vocabulary of reading plans."""

    def visible_to(self, user: User | AnonymousUser) -> ReviewPlanQuerySet:
        """Plans of teams that this person may see."""
        return self.filter(team__in=Team.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> ReviewPlanQuerySet:
        """Plans of teams whose reviews this person runs."""
        return self.filter(team__in=Team.objects.where_may(user, Action.REVIEW))

    def due(self, now: datetime) -> ReviewPlanQuerySet:
        """Active plans whose next review is to be opened: `remind_days` before the meeting.

        It opens before people meet, so that owners can write their commentary into it.
        """
        ahead = models.ExpressionWrapper(
            models.F("remind_days") * models.Value(timedelta(days=1)),
            output_field=models.DurationField(),
        )
        opens_at = models.ExpressionWrapper(
            models.F("next_at") - ahead, output_field=models.DateTimeField()
        )
        active = self.filter(is_active=True, next_at__isnull=False, team__archived_at=None)
        return active.alias(opens_at=opens_at).filter(opens_at__lte=now)


class ReviewPlan(models.Model):
    """A cadence; `next_at` is the next meeting without a review, moved when that is opened."""

    class Cadence(models.TextChoices):
        """How often the team meets."""

        WEEKLY = "weekly", "Every week"
        MONTHLY = "monthly", "Every month"
        QUARTERLY = "quarterly", "Every quarter"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="review_plans")
    name = models.CharField(max_length=80, default="Monthly review")
    cadence = models.CharField(max_length=10, choices=Cadence, default=Cadence.MONTHLY)
    weekday = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(7)],
        help_text="1 is Monday.",
    )
    nth = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="Which such weekday of the month, 1 to 4; 5 is the last.",
    )
    meets_at = models.TimeField(default=time(10, 0))
    minutes = models.PositiveSmallIntegerField(
        default=45, validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    remind_days = models.PositiveSmallIntegerField(
        default=2,
        validators=[MaxValueValidator(6)],
        help_text="The review opens this many days before, for commentary.",
    )
    attendees = models.ManyToManyField(User, blank=True, related_name="review_plans")
    is_active = models.BooleanField(default=True)
    next_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewPlanQuerySet.as_manager()

    class Meta:
        ordering = ["team", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__range=(1, 7)), name="review_plan_weekday"
            ),
            models.CheckConstraint(condition=models.Q(nth__range=(1, 5)), name="review_plan_nth"),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new plan gets its next meeting."""
        if self._state.adding and self.next_at is None:
            self.next_at = self.occurrence_after(clock.now())
        super().save(*args, **kwargs)

    @transaction.atomic
    def keep(self, *, actor: Actor, attendees: Iterable[User] | None = None, now: datetime) -> None:
        """Save it with its next meeting and who comes (None: as before), as somebody's act."""
        is_new = self.pk is None
        if not is_new:
            self.reschedule(now)
        self.save()
        if attendees is not None:
            self.attendees.set(attendees)
        actor.note(
            "review_plan.created" if is_new else "review_plan.changed",
            subject=self.name,
            team=self.team,
            cadence=self.cadence,
        )

    def reschedule(self, now: datetime) -> None:
        """Set the next meeting after the cadence was changed; one that has its review stays."""
        last = self.reviews.aggregate(at=models.Max("scheduled_at"))["at"]
        after = max(now, last + timedelta(days=1)) if last else now
        self.next_at = self.occurrence_after(after)

    def slots_until(self, now: datetime) -> list[datetime]:
        """The meetings from `next_at` on whose review should be open at `now`, oldest first."""
        found: list[datetime] = []
        slot = self.next_at
        while slot is not None and slot - timedelta(days=self.remind_days) <= now:
            found.append(slot)
            slot = self.occurrence_after(slot)
        return found

    def occurrence_after(self, moment: datetime, zone: str | None = None) -> datetime:
        """The first meeting strictly after `moment`, as an aware UTC instant."""
        local = ZoneInfo(zone or Organisation.current().timezone)
        day = moment.astimezone(local).date()
        for on in self._candidates(day):
            at = datetime.combine(on, self.meets_at, local)
            if at > moment:
                return at.astimezone(ZoneInfo("UTC"))
        raise AssertionError("a cadence always has a next meeting")

    def _candidates(self, day: date) -> list[date]:
        if self.cadence == self.Cadence.WEEKLY:
            first = day + timedelta(days=(self.weekday - day.isoweekday()) % 7)
            return [first, first + timedelta(days=7)]
        step = 1 if self.cadence == self.Cadence.MONTHLY else 3
        months = [day.year * 12 + day.month - 1 + k for k in range(7)]
        starts = [m for m in months if m % step == 0]
        return [nth_weekday(m // 12, m % 12 + 1, self.weekday, self.nth) for m in starts]


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; 5 is the last one.

    >>> nth_weekday(2026, 12, 2, 2)
    datetime.date(2026, 12, 8)
    >>> nth_weekday(2026, 12, 2, 5)
    datetime.date(2026, 12, 29)
    """
    first, days = calendar.monthrange(year, month)
    found = list(range((weekday - 1 - first) % 7 + 1, days + 1, 7))
    return date(year, month, found[-1] if nth == 5 else found[nth - 1])
