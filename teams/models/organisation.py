"""The organisation that runs the installation: one row, read often, changed rarely."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from analysis.values import Calendar


def known_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not hold."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as problem:
        raise ValidationError(f"“{name}” is not a time zone name.", code="timezone") from problem


class Organisation(models.Model):
    """Time zone, calendar, currency and locale that hold for every team."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=120, default="Our organisation")
    timezone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])
    week_start = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(7)],
        help_text="First day of the week, 1 is Monday and 7 is Sunday.",
    )
    fiscal_year_start = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
        help_text="Month in which the fiscal year begins, 1 is January.",
    )
    currency = models.CharField(max_length=8, default="EUR")
    locale = models.CharField(max_length=12, default="en")
    notice = models.CharField(
        max_length=300, blank=True, help_text="Shown on every page, for example where data is from."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="organisation_single_row"),
            models.CheckConstraint(
                condition=models.Q(week_start__range=(1, 7)), name="organisation_week_start"
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__range=(1, 12)),
                name="organisation_fiscal_year_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def calendar(self, zone: str = "") -> Calendar:
        """Return how periods are counted, in `zone` where one is given."""
        return Calendar(zone or self.timezone, self.week_start, self.fiscal_year_start)

    @classmethod
    def current(cls) -> Organisation:
        """The one organisation, made with safe defaults on first use."""
        found = cls.objects.filter(pk=1).first()
        return found or cls.objects.get_or_create(pk=1)[0]

    @classmethod
    def hold(cls) -> None:
        """Lock the row until the transaction ends: one at a time changes the tree of teams."""
        cls.current()
        cls.objects.select_for_update(no_key=True).get(pk=1)
